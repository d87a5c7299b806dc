package audit

import (
	"strconv"
	"strings"
)

// The names of the parameters that make a server refuse clients without TLS.
const (
	forceSSL      = "rds.force_ssl"
	secureTrans   = "require_secure_transport"
	documentDBTLS = "tls"
)

// setting is on, off, or not known.
type setting int

const (
	unclear setting = iota
	off
	on
)

// Rule tells how an engine version enforces TLS.
type Rule struct {
	// Parameter is "" if the engine is not judged or cannot enforce TLS.
	Parameter string
	// Why says why the engine is not judged, or cannot enforce TLS.
	Why string

	cannot   bool
	standard setting // what holds without a value
	control  string  // the Security Hub control for an instance of this engine
	next     string  // the version that turns enforcement on by default
	label    string  // such as "PostgreSQL 14"
}

// EngineRule returns the rule for an engine and its version, as the API writes
// them. Defaults are those of the AWS documentation in November 2026.
func EngineRule(engine, version string) Rule {
	switch {
	case engine == "postgres":
		return postgresRule(engineVersion(version), "PostgreSQL", "RDS.38", 15)
	case engine == "aurora-postgresql":
		return postgresRule(engineVersion(version), "Aurora PostgreSQL", "", 17)
	case engine == "mysql":
		return mysqlRule(engineVersion(version))
	case engine == "aurora-mysql", engine == "aurora":
		return auroraMySQLRule(engineVersion(version))
	case engine == "mariadb":
		return mariaDBRule(engineVersion(version))
	case strings.HasPrefix(engine, "sqlserver-"):
		return sqlServerRule(engineVersion(version))
	case engine == "docdb":
		return Rule{Parameter: documentDBTLS, standard: on, control: "DocumentDB.6", label: "DocumentDB"}
	}
	return Rule{Why: unjudged(engine)}
}

// Engines returns the engines that a resource counts as in a filter. A proxy has
// a family, and its databases can be of each engine of that.
func Engines(res *Resource) []string {
	if res.Kind != Proxy {
		return []string{res.Engine}
	}
	switch res.Engine {
	case "postgresql":
		return []string{"postgresql", "postgres", "aurora-postgresql"}
	case "mysql":
		return []string{"mysql", "aurora-mysql", "mariadb"}
	case "sqlserver":
		return []string{"sqlserver", "sqlserver-ee", "sqlserver-se", "sqlserver-ex", "sqlserver-web"}
	}
	return []string{res.Engine}
}

func unjudged(engine string) string {
	switch {
	case strings.HasPrefix(engine, "oracle-"):
		return "Oracle is not judged: its SSL option does not close the plaintext port."
	case strings.HasPrefix(engine, "db2-"):
		return "Db2 is not judged: DB2COMM decides, which the RDS API does not show."
	case strings.HasPrefix(engine, "custom-"):
		return "RDS Custom (" + engine + ") is not judged: its operating system and settings are the customer's."
	case engine == "neptune":
		return "Neptune is not judged: it has no parameter for TLS in this audit, and its certificates are not RDS's."
	}
	return "The engine " + strconv.Quote(engine) + " is not judged."
}

// newest versions that this table knows. What a newer version does without a
// value is unknown.
const (
	newestPostgres  = 18
	newestSQLServer = 16
)

func postgresRule(v number, label, control string, onFrom int) Rule {
	r := Rule{Parameter: forceSSL, control: control, label: label + " " + strconv.Itoa(v.major)}
	switch {
	case !v.ok || v.major > newestPostgres:
	case v.major >= onFrom:
		r.standard = on
	default:
		r.standard, r.next = off, label+" "+strconv.Itoa(onFrom)
	}
	return r
}

func mysqlRule(v number) Rule {
	r := Rule{Parameter: secureTrans, control: "RDS.39", label: "MySQL " + v.String()}
	switch {
	case !v.ok || v.after(9, 7):
	case v.before(5, 7):
		return cannotEnforce(r, "MySQL before 5.7 has no parameter that refuses clients without TLS")
	case v == (number{9, 7, true}):
		r.standard = on
	default:
		r.standard, r.next = off, "MySQL 9.7"
	}
	return r
}

func auroraMySQLRule(v number) Rule {
	r := Rule{Parameter: secureTrans, label: "Aurora MySQL " + v.String()}
	switch {
	case !v.ok || v.after(8, 4):
	case v.before(5, 7):
		return cannotEnforce(r, "Aurora MySQL before 5.7 has no parameter that refuses clients without TLS")
	case v == (number{8, 4, true}):
		r.standard = on
	case v.after(8, 0):
	default:
		r.standard, r.next = off, "Aurora MySQL 8.4"
	}
	return r
}

func mariaDBRule(v number) Rule {
	r := Rule{Parameter: secureTrans, control: "RDS.44", label: "MariaDB " + v.String()}
	switch {
	case !v.ok || v.after(11, 8):
	case v.before(10, 5):
		r.control = ""
		return cannotEnforce(r, "MariaDB before 10.5 has no parameter that refuses clients without TLS")
	case v == (number{11, 8, true}):
		r.standard = on
	case v.after(11, 4):
	default:
		r.standard, r.next = off, "MariaDB 11.8"
	}
	return r
}

func sqlServerRule(v number) Rule {
	r := Rule{Parameter: forceSSL, control: "RDS.41", label: "SQL Server " + strconv.Itoa(v.major)}
	if v.ok && v.major <= newestSQLServer {
		r.standard = off
	}
	return r
}

func cannotEnforce(r Rule, why string) Rule {
	r.Parameter, r.Why, r.cannot = "", why, true
	return r
}
