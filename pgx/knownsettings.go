package rdspgx

import (
	"slices"
	"strings"

	"github.com/rdstls/go/internal/adapter"
)

// driverSettings are the names that pgx does not pass to the server (pgx v5.12.0,
// pgconn/config.go), and the names of libpq that pgx lacks.
const driverSettings = " host hostaddr port database dbname user password passfile connect_timeout " +
	"ssl sslmode sslkey sslcert sslcertmode sslrootcert sslcrl sslcrldir sslnegotiation sslpassword sslsni sslcompression " +
	"ssl_min_protocol_version ssl_max_protocol_version krbspn krbsrvname gsslib gssencmode gssdelegation requirepeer " +
	"target_session_attrs load_balance_hosts service servicefile min_protocol_version max_protocol_version " +
	"channel_binding require_auth keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout " +
	"fallback_application_name sslkeylogfile oauth_issuer oauth_client_id oauth_client_secret oauth_scope "

// parameters are those that a client can set at PostgreSQL 11 to 18 (postgres
// --describe-config), and at pgx (conn.go). parameterPrefixes are how the others
// begin, those of versions to come and of Aurora included.
const (
	parameters = " allow_system_table_mods application_name array_nulls backend_flush_after backtrace_functions backslash_quote bytea_output check_function_bodies " +
		"commit_delay commit_siblings compute_query_id constraint_exclusion createrole_self_grant cursor_tuple_fraction datestyle " +
		"deadlock_timeout description_cache_capacity dynamic_library_path effective_cache_size effective_io_concurrency " +
		"escape_string_warning event_triggers exit_on_error extension_control_path extra_float_digits file_copy_method " +
		"force_parallel_mode from_collapse_limit geqo hash_mem_multiplier icu_validation_level intervalstyle is_superuser jit " +
		"join_collapse_limit lo_compat_privileges local_preload_libraries md5_password_warnings options password_encryption " +
		"quote_all_identifiers random_page_cost recursive_worktable_factor replication role row_security scram_iterations search_path sql_inheritance " +
		"seed seq_page_cost standard_conforming_strings synchronize_seqscans synchronous_commit timezone transform_null_equals " +
		"update_process_title work_mem xmlbinary xmloption zero_damaged_pages "
	parameterPrefixes = "apg_ aurora_ autovacuum_ client_ cpu_ debug_ default_ enable_ geqo_ gin_ idle_ ignore_ io_ jit_ lc_ " +
		"lock_ log_ logical_ maintenance_ max_ min_ operator_ parallel_ plan_cache_ pool_ rds_ restrict_ session_ ssl_ statement_ " +
		"stats_ tcp_ temp_ timezone_ trace_ track_ transaction_ vacuum_ wal_"
)

func isDriverSetting(name string) bool { return strings.Contains(driverSettings, " "+name+" ") }

// isKnown reports whether pgx or PostgreSQL knows a setting, or it is one of an
// extension or of the program, such as app.actor. PostgreSQL ignores the case of names.
func isKnown(name string) bool {
	name = strings.ToLower(name)
	if name == "" {
		return false
	}
	class, rest, _ := strings.Cut(name, ".")
	return isDriverSetting(name) || isParameter(name) ||
		class != "" && rest != "" && (class[0] < '0' || class[0] > '9') ||
		slices.ContainsFunc(strings.Fields(parameterPrefixes), func(p string) bool { return strings.HasPrefix(name, p) })
}

// isKnownAfterPassword is isKnown for a name that can be the end of a password: of
// names that only begin like a parameter, it allows those made of words.
func isKnownAfterPassword(name string) bool {
	lower := strings.ToLower(name)
	return isKnown(name) && (isDriverSetting(lower) || isParameter(lower) || strings.Contains(name, ".") || isWords(name))
}

// isWords reports whether name is written as people write words: in lower case, in
// upper case, or Like_This.
func isWords(name string) bool {
	lower := strings.ToLower(name)
	if strings.Trim(lower, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return false
	}
	words := strings.Split(lower, "_")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:min(1, len(w))]) + w[min(1, len(w)):]
	}
	return name == lower || name == strings.ToUpper(name) || name == strings.Join(words, "_")
}

func isParameter(name string) bool { return strings.Contains(parameters, " "+name+" ") }

// isMistypedPassword reports whether an unknown name, in lower case, can stand for
// "password": a server would refuse it and could repeat its value.
func isMistypedPassword(name string) bool {
	return adapter.IsSecretName(name) || !isKnown(name) && (strings.HasPrefix(name, "pas") || strings.HasPrefix(name, "pw"))
}

// variableOf returns the environment variable from which pgx takes a setting, or
// "" (pgx v5.12.0, pgconn/config.go, parseEnvSettings).
func variableOf(setting string) string {
	switch setting {
	case "application_name":
		return "PGAPPNAME"
	case "timezone":
		return "PGTZ"
	case "connect_timeout":
		return "PGCONNECT_TIMEOUT"
	case "host", "port", "database", "user", "options", "service", "servicefile", "sslmode", "sslkey", "sslcert", "sslcertmode",
		"sslsni", "sslrootcert", "sslpassword", "sslnegotiation", "target_session_attrs", "min_protocol_version",
		"max_protocol_version", "channel_binding", "require_auth":
		return "PG" + strings.ToUpper(strings.ReplaceAll(setting, "_", ""))
	}
	return ""
}

// origin says where a setting that connString does not hold can come from. It is
// "" if connString holds it.
func origin(connString, setting string) string {
	variable := variableOf(setting)
	switch {
	case sets(connString, setting):
		return ""
	case setting == "service":
		return "; it comes from PGSERVICE"
	case variable == "":
		return "; it comes from a service file or the program"
	}
	return "; it comes from " + variable + ", a service file or the program"
}

func sets(connString, setting string) bool {
	pairs := keyValues(connString)
	if u, ok := cutURL(connString); ok {
		pairs = queryPairs(u.query)
		_, port, _ := strings.Cut(u.hosts, ":")
		pairs = append(pairs, pair{name: "user", value: u.userinfo}, pair{name: "host", value: u.hosts},
			pair{name: "port", value: port}, pair{name: "database", value: u.path})
	}
	return slices.ContainsFunc(pairs, func(p pair) bool {
		return p.value != "" && (p.name == setting || p.name == "dbname" && setting == "database")
	})
}
