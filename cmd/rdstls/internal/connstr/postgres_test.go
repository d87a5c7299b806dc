package connstr_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
	"github.com/rdstls/go/internal/testcerts"
	rdspgx "github.com/rdstls/go/pgx"
)

// TestMain makes the tests independent of who runs them: pgx reads these
// variables, and files of the home directory.
func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "PG") {
			_ = os.Unsetenv(name)
		}
	}
	_ = os.Setenv("HOME", os.DevNull)
	os.Exit(m.Run())
}

// ROOTS in a string of these tests stands for the path of a file with a root.
var postgresStrings = map[string]struct {
	s    string
	want connstr.Verdict
}{
	"url":                   {"postgres://app:pw@db.prod.net/orders", connstr.Plaintext},
	"url-long-scheme":       {"postgresql://app:pw@db.prod.net:5433/orders", connstr.Plaintext},
	"url-disable":           {"postgres://app:pw@db.prod.net/orders?sslmode=disable", connstr.Plaintext},
	"url-allow":             {"postgres://app:pw@db.prod.net/orders?sslmode=allow", connstr.Plaintext},
	"url-prefer":            {"postgres://app:pw@db.prod.net/orders?sslmode=prefer", connstr.Plaintext},
	"url-require":           {"postgres://app:pw@db.prod.net/orders?sslmode=require", connstr.Unverified},
	"url-require-root":      {"postgres://app:pw@db.prod.net/orders?sslmode=require&sslrootcert=ROOTS", connstr.ChainOnly},
	"url-verify-ca":         {"postgres://app:pw@db.prod.net/orders?sslmode=verify-ca&sslrootcert=ROOTS", connstr.ChainOnly},
	"url-verify-full":       {"postgres://app:pw@db.prod.net/orders?sslmode=verify-full&sslrootcert=ROOTS", connstr.Verified},
	"url-verify-full-bare":  {"postgres://app:pw@db.prod.net/orders?sslmode=verify-full", connstr.SystemRoots},
	"url-system":            {"postgres://app:pw@db.prod.net/orders?sslrootcert=system", connstr.SystemRoots},
	"url-system-disable":    {"postgres://app:pw@db.prod.net/orders?sslmode=disable&sslrootcert=system", connstr.SystemRoots},
	"url-encoded-key":       {"postgres://app:pw@db.prod.net/orders?ssl%6Dode=disable", connstr.Plaintext},
	"url-encoded-value":     {"postgres://app:pw@db.prod.net/orders?sslmode=verify%2Dfull&sslrootcert=ROOTS", connstr.Verified},
	"url-twice":             {"postgres://app:pw@db.prod.net/orders?sslmode=disable&sslmode=verify-full&sslrootcert=ROOTS", connstr.Verified},
	"url-ssl-true-last":     {"postgres://app:pw@db.prod.net/orders?sslmode=verify-full&ssl=true", connstr.Unverified},
	"url-ssl-true-first":    {"postgres://app:pw@db.prod.net/orders?ssl=true&sslmode=verify-full&sslrootcert=ROOTS", connstr.Verified},
	"url-two-hosts":         {"postgres://app:pw@db1.prod.net:1,db2.prod.net/orders?sslmode=require", connstr.Unverified},
	"url-direct":            {"postgres://app:pw@db.prod.net/orders?sslnegotiation=direct", connstr.Unverified},
	"url-direct-allow":      {"postgres://app:pw@db.prod.net/orders?sslnegotiation=direct&sslmode=allow", connstr.Plaintext},
	"url-upper":             {"postgres://app:pw@db.prod.net/orders?sslmode=VERIFY-FULL", connstr.Invalid},
	"url-bogus":             {"postgres://app:pw@db.prod.net/orders?sslmode=required", connstr.Invalid},
	"url-no-path":           {"postgres://app:pw@db.prod.net?sslmode=require", connstr.Unverified},
	"url-at-in-query":       {"postgres://db.prod.net?application_name=a@b&sslmode=disable", connstr.Plaintext},
	"url-ipv6":              {"postgres://app:pw@[2001:db8::1]:5432/orders?sslmode=require", connstr.Unverified},
	"url-host-parameter":    {"postgres://app:pw@localhost/orders?host=db.prod.net&sslmode=require", connstr.Unverified},
	"kv":                    {"host=db.prod.net user=app password=pw dbname=orders", connstr.Plaintext},
	"kv-require":            {"host=db.prod.net sslmode=require", connstr.Unverified},
	"kv-spaces":             {"host = db.prod.net  sslmode = verify-full sslrootcert='ROOTS'", connstr.Verified},
	"kv-quoted":             {`host=db.prod.net password='a b\'c sslmode=verify-full' sslmode=require`, connstr.Unverified},
	"kv-escaped":            {`host=db.prod.net password=a\ sslmode=verify-full sslmode=require`, connstr.Unverified},
	"kv-empty-password":     {"host=db.prod.net password= sslmode=verify-full", connstr.Plaintext},
	"kv-twice":              {"sslmode=verify-full host=db.prod.net sslmode=disable", connstr.Plaintext},
	"kv-ssl-true":           {"host=db.prod.net ssl=true", connstr.Plaintext},
	"kv-empty-mode":         {"host=db.prod.net sslmode=''", connstr.Plaintext},
	"kv-trailing-backslash": {`host=db.prod.net password=a\`, connstr.Plaintext},
}

// TestPgx checks the verdicts, and that they are what pgx does: silence means that
// rdspgx.Check accepts what pgx makes of the string, apart from roots.
func TestPgx(t *testing.T) {
	t.Parallel()
	roots := rootsFile(t)
	for name, tt := range postgresStrings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := strings.ReplaceAll(tt.s, "ROOTS", roots)
			c, err := connstr.ParsePostgres(s)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Pgx(); got != tt.want {
				t.Errorf("Pgx = %v, want %v", got, tt.want)
			}
			comparePgx(t, s)
		})
	}
}

func rootsFile(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "roots.pem")
	if err := os.WriteFile(path, testcerts.New("eu-west-1", testcerts.ECC384).PEM(), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// comparePgx compares the verdict with what rdspgx.Check says of pgx's own result.
func comparePgx(t *testing.T, s string) {
	t.Helper()
	cfg, driverErr := pgx.ParseConfig(s)
	c, err := connstr.ParsePostgres(s)
	if driverErr != nil {
		return // a program with this string does not connect
	}
	if err != nil {
		t.Fatalf("pgx accepts %q, but ParsePostgres says %v", s, err)
	}
	if c.Pgx() == connstr.SystemRoots && cfg.TLSConfig != nil && cfg.TLSConfig.RootCAs == nil {
		cfg.TLSConfig.RootCAs = testcerts.New("eu-west-1", testcerts.ECC384).Pool() // "apart from roots"
		for _, f := range cfg.Fallbacks {
			f.TLSConfig.RootCAs = cfg.TLSConfig.RootCAs
		}
	}
	checkErr := rdspgx.Check(cfg)
	verified := c.Pgx() == connstr.Verified || c.Pgx() == connstr.SystemRoots
	if verified != (checkErr == nil) && !hasSocket(c.Hosts) {
		t.Errorf("%q: verdict %v, but rdspgx.Check = %v", s, c.Pgx(), checkErr)
	}
}

// hasSocket reports whether one of hosts is a Unix socket to pgx, which has no TLS.
func hasSocket(hosts []string) bool {
	for _, host := range hosts {
		if host == "" || host[0] == '/' || host[0] == '@' {
			return true
		}
	}
	return false
}

// FuzzPgx checks that silence means what it says for strings near real ones.
func FuzzPgx(f *testing.F) {
	for _, tt := range postgresStrings {
		if !strings.Contains(tt.s, "ROOTS") {
			f.Add(tt.s)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Contains(s, "sslcert") || strings.Contains(s, "sslkey") || strings.Contains(s, "sslrootcert") || strings.Contains(s, "service") || connstr.HasHole(s) {
			return // files decide, or the string cannot be a driver's
		}
		comparePgx(t, s)
	})
}

// TestHoles checks that an unknown part matters only where it can hold a mode.
func TestHoles(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		s    string
		want connstr.Verdict
		host connstr.HostClass
	}{
		"everything":      {"%", connstr.Unknown, connstr.UnknownHost},
		"credentials":     {"postgres://%:%@db.prod.net/orders", connstr.Plaintext, connstr.RemoteHost},
		"host-and-port":   {"postgres://app:pw@%:%/orders", connstr.Plaintext, connstr.UnknownHost},
		"database":        {"postgres://app:pw@db.prod.net/%", connstr.Plaintext, connstr.RemoteHost},
		"database-query":  {"postgres://app:pw@db.prod.net/%%", connstr.Unknown, connstr.RemoteHost},
		"query":           {"postgres://app:pw@db.prod.net/orders?%", connstr.Unknown, connstr.RemoteHost},
		"query-and-mode":  {"postgres://app:pw@db.prod.net/orders?sslmode=disable&%", connstr.Plaintext, connstr.RemoteHost},
		"mode":            {"postgres://app:pw@db.prod.net/orders?sslmode=%", connstr.Unknown, connstr.RemoteHost},
		"other-parameter": {"postgres://app:pw@db.prod.net/orders?connect_timeout=%", connstr.Plaintext, connstr.RemoteHost},
		"kv-values":       {"host=% user=% password=% dbname=%", connstr.Plaintext, connstr.UnknownHost},
		"kv-mode":         {"host=% sslmode=%", connstr.Unknown, connstr.UnknownHost},
		"kv-rest":         {"host=db.prod.net %", connstr.Unknown, connstr.RemoteHost},
		"kv-middle":       {"host=db.prod.net % sslmode=require", connstr.Unverified, connstr.RemoteHost},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := connstr.ParsePostgres(strings.ReplaceAll(tt.s, "%", connstr.Hole))
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Pgx(); got != tt.want || c.HostClass() != tt.host {
				t.Errorf("verdict %v and host %v, want %v and %v", got, c.HostClass(), tt.want, tt.host)
			}
		})
	}
}
