package rdspgx_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/advicetest"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// canary stands for a secret, or for a part of one that pgx takes for something
// else. It is a valid host name.
const canary = "c4n4ry0f0bsidian"

// malformed are connection strings in which a password is not where its author
// believes it is. Some of them parse.
var malformed = []string{
	// Characters in a password that must be encoded.
	"postgres://app:" + canary + "/x@" + orders + "/d",
	"postgres://app:" + canary + "?x@" + orders + "/d",
	"postgres://app:" + canary + "#x@" + orders + "/d",
	"postgres://app:" + canary + ",x@" + orders + "/d",
	"postgres://app:" + canary + ":x@" + orders + "/d",
	"postgres://app:" + canary + "[x@" + orders + "/d",
	"postgres://app:%" + canary + "@" + orders + "/d",
	"postgres://app:%00" + canary + "@" + orders + "/d",
	"postgres://app:" + canary + " @" + orders + "/d",
	"postgres://app:" + canary + " x@" + orders + "/d",
	"postgres://app:x/" + canary + "@" + orders + "/d",
	// The same for a tunnel: with a ServerName, any host is accepted.
	"postgres://app:x@" + canary + "/y@localhost:15432",
	"postgres://app:x@" + canary + "?y=1@localhost:15432/d",
	"postgres://app:12/" + canary + "@localhost",
	"postgres://app:12/" + canary + "@127.0.0.1:15432",
	"postgres://app:1/" + canary + "@" + orders + "/d",
	"postgres://app:1?" + canary + "@" + orders + "/d",
	"postgres://app:1," + canary + "@" + orders + "/d",
	"postgres://app:x@" + canary + "@" + orders + "/d",
	"postgres://app:x@" + canary + "/y@" + orders + "/d",
	"postgres://app:x@" + canary + "/y@" + orders + "/d?sslmode=verify-full",
	"postgres://app:x@" + canary + "/y@" + orders,
	"postgres://app:x@" + canary + "?y@" + orders + "/d",
	"postgres://app:x@" + canary + "?y=@" + orders + "/d",
	"postgres://app:x@" + canary + "#y@" + orders + "/d",
	"postgres://app:x@" + canary + ":y@" + orders + "/d",
	"postgres://app:x@" + canary + ":1/y@" + orders + "/d",
	"postgres://app:x@" + canary + ",y@" + orders + "/d",
	"postgres://app:x@y," + canary + "/z@" + orders + "/d",
	"postgres://app:x@[" + canary + "]/y@" + orders + "/d",
	"postgres://app:x@[" + canary + "@" + orders + "/d",
	"postgres://app:x@/" + canary + "@" + orders + "/d",
	"postgres://app:x@%2F" + canary + "/y@" + orders + "/d",
	"postgres://app:" + canary + "@" + orders + ":port/d",
	"postgres://app:" + canary + "@" + orders + ":99999/d",
	"postgres://app:" + canary + "@[" + orders + "/d",
	"postgres://app:" + canary + "@" + orders + "/d?sslmode=require=1",
	"postgres://app:" + canary + "@" + orders + "/d?sslmode",
	"postgres://app:" + canary + "@" + orders + "/d?sslmode=%zz",
	"postgres://app@" + orders + "/d?password=" + canary + "&sslmode=bogus",
	"postgres://app@" + orders + "/d?password=%zz" + canary,
	"postgres://app@" + orders + "/d?password=x=" + canary,
	"postgres://app@" + orders + "/d?password=x&" + canary,
	"postgres://app@" + orders + "/d?password=x&" + canary + "=1=2",
	// Other schemes and no scheme.
	"postgres:/app:" + canary + "@" + orders + "/d",
	"postgre://app:" + canary + "@" + orders + "/d",
	"postgre://app:" + canary + "@" + orders + "/d?sslmode=require",
	"POSTGRES://app:" + canary + "@" + orders + "/d?sslmode=require",
	" postgres://app:" + canary + "@" + orders + "/d?sslmode=require",
	"app:" + canary + "@" + orders + "/d",
	canary,
	canary + "=",
	// Values that end too late, or too early.
	"host=" + orders + " password='" + canary,
	"host=" + orders + " password='x' " + canary,
	"host=" + orders + " password=x " + canary + " user=u",
	"host=" + orders + " password=x y" + canary + "=z sslmode=bogus",
	"host=" + orders + ` password='` + canary + `\' sslmode=bogus`,
	"host=" + orders + " password=" + canary + " sslmode=bogus",
	"host=" + orders + " password = " + canary + " sslmode = bogus",
	"host=" + orders + " PASSWORD=" + canary + " sslmode=bogus",
	"host=" + orders + " passwd=" + canary + " sslmode=bogus",
	"host=" + orders + " password=" + canary + "\x00",
	"host='" + orders + " password=" + canary + "'",
	"host=" + orders + ",password=" + canary,
	"host='/tmp password=" + canary + "'",
	"host= /x=" + canary,
	"host=" + orders + " target_session_attrs='x`: invalid " + canary + "'",
	// A value that another setting took.
	"user= Password=" + canary + " host=" + orders,
	"host=" + orders + " replication= password=" + canary,
	"host=" + orders + " user=app;password=" + canary,
	"host=" + orders + " dbname='db password=" + canary + "'",
	"host=" + orders + " user=postgres://app:" + canary + "@alias/db",
	"postgres://app@" + orders + "/db&password=" + canary,
	"postgres://app:12/" + canary + "@tunnel:5432",
}

// settings take the next word as their value if they are given none.
var settings = []string{
	"host", "port", "user", "dbname", "connect_timeout", "sslmode", "sslcert", "sslkey", "sslrootcert", "sslpassword",
	"sslcertmode", "sslnegotiation", "sslsni", "service", "servicefile", "passfile", "target_session_attrs",
	"channel_binding", "require_auth", "min_protocol_version", "max_protocol_version", "krbsrvname", "options",
	"statement_cache_capacity", "description_cache_capacity", "default_query_exec_mode",
	"pool_max_conns", "pool_min_conns", "pool_min_idle_conns", "pool_max_conn_lifetime", "pool_max_conn_idle_time",
	"pool_health_check_period", "pool_max_conn_lifetime_jitter",
}

// secretStrings returns malformed, and strings in which a setting is left empty,
// so that "password=…" is its value.
func secretStrings() []string {
	all := slices.Clone(malformed)
	for _, s := range settings {
		all = append(all,
			"host="+orders+" "+s+"= password="+canary,
			"host="+orders+" sslmode=verify-full sslcert=x "+s+"= password="+canary,
			"host=localhost "+s+"= password="+canary)
	}
	return all
}

// wantNoCanary fails the test if err gives canary away, to %v, to %+v, or to
// whoever unwraps it.
func wantNoCanary(t *testing.T, call string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	advicetest.WantNoSecrets(t, call, err, canary)
	var parse *pgconn.ParseConfigError
	if errors.As(err, &parse) {
		t.Errorf("%s = %v, which leads to a *pgconn.ParseConfigError and so to the string", call, err)
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		t.Errorf("%s = %v, which leads to a *fs.PathError and so to a word of the string", call, err)
	}
	var refused *rdstls.ConfigError
	if !errors.As(err, &refused) {
		t.Errorf("%s = %v, want a *rdstls.ConfigError", call, err)
	}
}

// TestErrorsHoldNoSecret checks that no function of the package gives a secret
// away, for strings that are malformed and for strings that only look right.
func TestErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]*rdstls.Options{"default": nil, "roots": trust(), "name": {ServerName: orders}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, connString := range secretStrings() {
				wantErrorsWithoutCanary(t, connString, opts)
			}
		})
	}
}

// wantErrorsWithoutCanary connects with connString in every way and fails the test
// if an error gives canary away.
func wantErrorsWithoutCanary(t *testing.T, connString string, opts *rdstls.Options) {
	t.Helper()
	cfg, err := pgx.ParseConfig(connString)
	if err == nil {
		err = rdspgx.Configure(cfg, opts)
		wantNoCanary(t, fmt.Sprintf("Configure(%q)", connString), err)
	}
	if err == nil {
		route(cfg, nil)
		_, err := pgx.ConnectConfig(t.Context(), cfg)
		if err == nil || strings.Contains(err.Error(), canary) && cfg.Host != canary {
			t.Errorf("%q: connect = %v, want an error without the secret", connString, err)
		}
		return
	}
	for _, e := range entries {
		wantNoCanary(t, fmt.Sprintf("%s(%q)", e.name, connString), e.connect(t.Context(), connString, opts))
	}
}

// TestPoolErrorsHoldNoSecret checks strings that only pgxpool refuses.
func TestPoolErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	for _, s := range settings {
		if !strings.HasPrefix(s, "pool_") {
			continue
		}
		for _, connString := range []string{"host=" + orders + " " + s + "= password=" + canary, "host=" + orders + " " + s + "=" + canary} {
			_, err := rdspgx.ParsePoolConfig(connString, nil)
			if err == nil {
				t.Errorf("ParsePoolConfig(%q) = nil, want an error", connString)
			}
			wantNoCanary(t, "ParsePoolConfig", err)
		}
	}
}

// TestStockDriverErrorsHoldSecrets is the control: the errors of pgx hold what they
// are given.
func TestStockDriverErrorsHoldSecrets(t *testing.T) {
	t.Parallel()
	shown, reachable := 0, 0
	all := secretStrings()
	for _, connString := range all {
		_, err := pgx.ParseConfig(connString)
		if err == nil {
			continue
		}
		if strings.Contains(err.Error(), canary) {
			shown++
		}
		var parse *pgconn.ParseConfigError
		if errors.As(err, &parse) && strings.Contains(parse.ConnString, canary) {
			reachable++
		}
	}
	if shown == 0 || reachable == 0 {
		t.Errorf("of %d strings the driver's error shows the secret of %d and leads to that of %d, want some: this tests nothing", len(all), shown, reachable)
	}
}

// TestParseErrorTexts checks that an error says what is wrong with a string,
// without a word of it.
func TestParseErrorTexts(t *testing.T) {
	t.Parallel()
	noFile := t.TempDir() + "/none"
	for _, tt := range []struct{ params, want string }{
		{"sslmode=bogus", "sslmode is invalid"},
		{"sslmode=VERIFY-FULL", "sslmode is invalid"},
		{"port=x", "invalid port"},
		{"port=1,2", "number of ports"},
		{"port=0", "from 1 to 65535"},
		{"port=5432,", "number of ports"},
		{"connect_timeout=5s", "connect_timeout is invalid: it must be a whole number of seconds"},
		{"target_session_attrs=master", "target_session_attrs is invalid: it must be any, read-write"},
		{"channel_binding=required", "channel_binding is invalid: it must be disable"},
		{"require_auth=scram", "require_auth is invalid: it must be a list of password"},
		{"sslcertmode=x", "sslcertmode is invalid: it must be disable"},
		{"sslcert=" + noFile, "sslcert and sslkey must both be set"},
		{"sslcert=" + noFile + " sslkey=" + noFile, "no such file"},
		{"sslrootcert=" + noFile, "no such file"},
		{"sslkey=" + noFile, "sslcert and sslkey must both be set; the text"},
		{"service=x servicefile=" + noFile, "the service file (servicefile, PGSERVICEFILE or ~/.pg_service.conf) cannot be read; the text"},
		{"min_protocol_version=x", "min_protocol_version is invalid: it must be 3.0"},
		{"max_protocol_version=x", "max_protocol_version is invalid: it must be 3.0"},
		{"default_query_exec_mode=simple", "default_query_exec_mode is invalid: it must be cache_statement"},
		{"statement_cache_capacity=x", "statement_cache_capacity"},
		{"description_cache_capacity=x", "description_cache_capacity"},
		{"pool_max_conns=x", "pool_max_conns is invalid: it must be a whole number"},
		{"pool_max_conns=0", "pool_max_conns must be 1 or more"},
		{"pool_max_conn_lifetime=5", "pool_max_conn_lifetime is invalid: it must be a duration such as 30m"},
		{"sslrootcert=" + writeFile(t, "empty.crt", nil), "CA"},
		{"password='x", "cannot be parsed"},
	} {
		_, err := rdspgx.NewPool(t.Context(), "host="+orders+" "+tt.params, nil)
		advicetest.WantConfigError(t, fmt.Sprintf("NewPool(%q)", tt.params), err, "connection string", nil)
		if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("NewPool(%q) = %v, want %q in it", tt.params, err, tt.want)
		}
	}
}
