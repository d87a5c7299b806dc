package rdspgx_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/advicetest"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func passOn(_ context.Context, _ *pgconn.Config, conn net.Conn) (net.Conn, error) { return conn, nil }

func noPassword(context.Context, string, string) (string, error) { return "", nil }

// refusals are connection strings that Configure refuses. The error names
// setting and matches want and no other sentinel; nil means none.
var refusals = []struct {
	name       string
	connString string
	opts       *rdstls.Options
	setting    string
	want       error
}{
	{"plaintext", "host=" + orders + " sslmode=disable", nil, "sslmode", rdstls.ErrPlaintext},
	{"plaintext-URL", "postgres://u@" + orders + "/d?sslmode=disable", nil, "sslmode", rdstls.ErrPlaintext},
	{"plaintext-at-last", "host=" + orders + " sslmode=verify-full sslmode=disable", nil, "sslmode", rdstls.ErrPlaintext},
	{"plaintext-three-hosts", "postgres://u@" + orders + "," + billing + "," + archive + "/d?sslmode=disable", nil, "sslmode", rdstls.ErrPlaintext},
	{"plaintext-direct", "host=" + orders + " sslmode=disable sslnegotiation=direct", nil, "sslmode", rdstls.ErrPlaintext},
	{"plaintext-with-roots", "host=localhost sslmode=disable", trust(), "sslmode", rdstls.ErrPlaintext},
	{"plaintext-with-name", "host=localhost sslmode=disable", &rdstls.Options{ServerName: orders}, "sslmode", rdstls.ErrPlaintext},

	{"Unix-socket", "host=/var/run/postgresql", nil, "host", rdstls.ErrNotEndpoint},
	{"Unix-socket-verify-full", "host=/tmp sslmode=verify-full", nil, "host", rdstls.ErrNotEndpoint},
	{"Unix-socket-URL", "postgres://u@%2Fvar%2Frun%2Fpostgresql/d", nil, "host", rdstls.ErrNotEndpoint},
	{"Unix-socket-query", "postgres://u@" + orders + "/d?host=/tmp", nil, "host", rdstls.ErrNotEndpoint},
	{"Unix-socket-with-roots", "host=/tmp", trust(), "host", rdstls.ErrUnverified},
	{"Unix-socket-with-name", "host=/tmp", &rdstls.Options{ServerName: orders}, "host", rdstls.ErrUnverified},
	{"Unix-socket-in-list", "host=" + orders + ",/tmp", nil, "host", rdstls.ErrUnverified},
	{"abstract-socket", "host=@db", nil, "host", rdstls.ErrUnverified},
	{"abstract-socket-with-roots", "host=@db", trust(), "host", rdstls.ErrUnverified},
	{"Windows-socket", `host='C:\\db'`, trust(), "host", rdstls.ErrUnverified},

	{"no-host", "user=u", nil, "host", rdstls.ErrNotEndpoint},
	{"no-host-URL", "postgres:///d", nil, "host", rdstls.ErrNotEndpoint},
	{"no-host-but-port", "postgres://u@:5432/d?sslmode=verify-full", nil, "host", rdstls.ErrNotEndpoint},
	{"empty-host", "host='' user=u", nil, "host", rdstls.ErrNotEndpoint},
	{"empty-host-with-name", "host='' user=u", &rdstls.Options{ServerName: orders}, "host", rdstls.ErrUnverified},
	{"space", "host=' '", nil, "host", rdstls.ErrUnverified},
	{"trailing-comma", "host=" + orders + ",", nil, "host", rdstls.ErrUnverified},
	{"trailing-comma-URL", "postgres://u@" + orders + ",/d", nil, "host", rdstls.ErrUnverified},
	{"leading-comma", "postgres://u@," + orders + "/d", nil, "host", rdstls.ErrUnverified},
	{"eaten-sslmode", "host= sslmode=verify-full user=u", nil, "host", rdstls.ErrUnverified},
	{"eaten-sslmode-with-roots", "host= sslmode=verify-full user=u", trust(), "host", rdstls.ErrUnverified},
	{"eaten-user", "user=a host= user=u", &rdstls.Options{ServerName: orders}, "host", rdstls.ErrUnverified},
	{"quoted-words", "host='" + orders + " sslmode=verify-full'", nil, "host", rdstls.ErrUnverified},
	{"two-at-signs", "postgres://u:p@ss@" + orders + "/d", nil, "connection string", nil},
	{"two-at-signs-with-roots", "postgres://u:p@ss@" + orders + "/d", trust(), "connection string", nil},
	{"port-in-the-host", "host='" + orders + ":5432'", nil, "host", nil},
	{"port-in-the-host-with-roots", "host='" + orders + ":5432'", trust(), "host", nil},
	{"port-in-the-host-and-an-at-sign", "host='" + orders + ":5432' application_name=a@b", nil, "host", nil},
	{"alias-and-an-at-sign", "host=db.example.com application_name=a@b", nil, "host", rdstls.ErrNotEndpoint},
	{"port-in-one-host", "host='localhost," + orders + ":5432'", nil, "host", nil},

	{"alias", "host=db.example.com", nil, "host", rdstls.ErrNotEndpoint},
	{"single-label", "host=orders", nil, "host", rdstls.ErrNotEndpoint},
	{"localhost", "postgres://u@localhost/d", nil, "host", rdstls.ErrNotEndpoint},
	{"localhost-verify-full", "postgres://u@localhost/d?sslmode=verify-full", nil, "host", rdstls.ErrNotEndpoint},
	{"IPv4", "host=10.0.0.1", nil, "host", rdstls.ErrNotEndpoint},
	{"IPv6", "host=::1", nil, "host", rdstls.ErrNotEndpoint},
	{"IPv6-URL", "postgres://u@[2001:db8::1]:5432/d", nil, "host", rdstls.ErrNotEndpoint},
	{"IPv6-in-brackets", "host=[::1]", nil, "host", rdstls.ErrNotEndpoint},
	{"IPv6-in-brackets-with-roots", "host=[::1]", trust(), "host", nil},
	{"three-aliases", "host=localhost,10.0.0.1,db.example.com", nil, "host", rdstls.ErrNotEndpoint},
	{"suffix", "host=" + orders + ".evil.example", nil, "host", rdstls.ErrNotEndpoint},
	{"other-suffix", "host=orders.c9akciq32.eu-west-1.rds.amazonaws.example", nil, "host", rdstls.ErrNotEndpoint},
	{"prefixed-suffix", "host=orders.c9akciq32.eu-west-1.rds.evilamazonaws.com", nil, "host", rdstls.ErrNotEndpoint},
	{"misspelled-Region", "host=orders.c9akciq32.eu-west1.rds.amazonaws.com", nil, "host", rdstls.ErrUnverified},
	{"misspelled-Region-in-list", "host=localhost,orders.cluster-c9akciq32.eu-west1.rds.amazonaws.com", nil, "host", rdstls.ErrUnverified},
	{"misspelled-Region-plaintext", "host=orders.c9akciq32.euwest1.rds.amazonaws.com sslmode=disable", nil, "host", rdstls.ErrUnverified},
	{"missing-label", "host=c9akciq32.eu-west-1.rds.amazonaws.com", nil, "host", rdstls.ErrNotEndpoint},
	{"missing-Region", "host=orders.c9akciq32.rds.amazonaws.com", nil, "host", rdstls.ErrNotEndpoint},
	{"percent-sign", "host=orders%00." + orders, nil, "host", rdstls.ErrNotEndpoint},
	{"homograph", "host=оrders.c9akciq32.eu-west-1.rds.amazonaws.com", nil, "host", rdstls.ErrNotEndpoint},
	{"two-dots", "host=" + orders + "..", nil, "host", rdstls.ErrNotEndpoint},

	{"encoded-comma", "postgres://u@" + orders + "%2Cevil.example/d", nil, "host", rdstls.ErrUnverified},
	{"encoded-comma-first", "postgres://u@evil.example%2C" + orders + "/d", nil, "host", rdstls.ErrUnverified},
	{"mixed", "host=" + orders + ",localhost", nil, "host", rdstls.ErrUnverified},
	{"mixed-reversed", "host=localhost," + orders, nil, "host", rdstls.ErrUnverified},
	{"mixed-with-a-Kelvin-sign", "host=" + orders + "," + strings.Replace(orders, "k", "\u212a", 1), nil, "host", rdstls.ErrUnverified},
	{"mixed-plaintext", "host=localhost," + orders + " sslmode=disable", nil, "host", rdstls.ErrUnverified},
	{"query-host-mixed", "postgres://u@localhost/d?host=localhost," + orders, nil, "host", rdstls.ErrUnverified},
	{"local-plaintext", "host=localhost sslmode=disable", nil, "host", rdstls.ErrNotEndpoint},
	{"local-plaintext-socket", "host=/tmp sslmode=disable", nil, "host", rdstls.ErrNotEndpoint},
	{"local-bogus", "host=localhost sslnegotiation=bogus", nil, "host", rdstls.ErrNotEndpoint},

	{"unknown-Region", "host=orders.c9akciq32.xx-test-9.rds.amazonaws.com", nil, "host", rdstls.ErrNoRoots},
	{"unknown-Region-second", "host=" + orders + ",orders.c9akciq32.xx-test-9.rds.amazonaws.com", nil, "host", rdstls.ErrNoRoots},
	{"China", "host=orders.c9akciq32.rds.cn-north-1.amazonaws.com.cn sslmode=verify-full", nil, "host", rdstls.ErrNoRoots},
	{"China-plaintext", "host=orders.c9akciq32.rds.cn-north-1.amazonaws.com.cn sslmode=disable", nil, "sslmode", rdstls.ErrPlaintext},

	{"negotiation", "host=" + orders + " sslnegotiation=bogus", nil, "sslnegotiation", nil},
	{"negotiation-URL", "postgres://u@" + orders + "/d?sslnegotiation=Direct", nil, "sslnegotiation", nil},
	{"name-is-alias", "host=localhost", &rdstls.Options{ServerName: "db.example.com"}, "ServerName", rdstls.ErrUnverified},
	{"name-in-unknown-Region", "host=localhost", &rdstls.Options{ServerName: "a.b.xx-test-9.rds.amazonaws.com:1"}, "ServerName", rdstls.ErrNoRoots},
	{"name-with-bad-port", "host=localhost", &rdstls.Options{ServerName: orders + ":0"}, "ServerName", nil},
	{"endpoint-and-name-is-alias", "host=" + orders, &rdstls.Options{ServerName: "db.example.com"}, "ServerName", rdstls.ErrUnverified},
	{"Unix-socket-and-name-is-alias", "host=/tmp", &rdstls.Options{ServerName: "db.example.com"}, "host", rdstls.ErrUnverified},
	{"no-roots", "host=" + orders, &rdstls.Options{Roots: x509.NewCertPool()}, "host", nil},
	{"insecure-base", "host=" + orders, &rdstls.Options{Base: &tls.Config{InsecureSkipVerify: true}}, "Base.InsecureSkipVerify", rdstls.ErrUnverified},
	{"base-with-roots", "host=" + orders, &rdstls.Options{Base: &tls.Config{RootCAs: ca.Pool()}}, "Base.RootCAs", rdstls.ErrUnverified},
	{"base-for-second", "host=" + orders + "," + billing, &rdstls.Options{Base: &tls.Config{ServerName: orders}}, "Base.ServerName", rdstls.ErrUnverified},
	{"password-for-two-ports", "host=" + orders + "," + orders + " port=1,2", &rdstls.Options{Password: noPassword}, "Password", nil},
	{"password-for-two-addresses", "host=127.0.0.1,::1", &rdstls.Options{Password: noPassword, Roots: ca.Pool()}, "Password", nil},
}

// TestConfigureRefuses checks the errors of Configure, and that it changes nothing.
func TestConfigureRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range refusals {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := parse(t, tt.connString)
			if cfg.TLSConfig != nil {
				cfg.TLSConfig.VerifyConnection = func(tls.ConnectionState) error { return nil }
			}
			cfg.AfterNetConnect = passOn
			before := snapshot(cfg)
			err := rdspgx.Configure(cfg, tt.opts)
			advicetest.WantConfigError(t, fmt.Sprintf("Configure(%q)", tt.connString), err, tt.setting, tt.want)
			wantUnchanged(t, before, snapshot(cfg))
		})
	}
}

// TestConfigureRefusesHandWritten checks that a configuration that the caller changed is
// refused for the same reasons.
func TestConfigureRefusesHandWritten(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		edit    func(*pgx.ConnConfig)
		setting string
		want    error
	}{
		{"plaintext", func(c *pgx.ConnConfig) { c.TLSConfig = nil }, "sslmode", rdstls.ErrPlaintext},
		{"plaintext-fallback", func(c *pgx.ConnConfig) {
			c.Fallbacks = append(c.Fallbacks, &pgconn.FallbackConfig{Host: billing, Port: 5432})
		}, "sslmode", rdstls.ErrPlaintext},
		{"plaintext-fallback-of-another-port", func(c *pgx.ConnConfig) {
			c.Fallbacks = append(c.Fallbacks, &pgconn.FallbackConfig{Host: c.Host, Port: c.Port + 1})
		}, "sslmode", rdstls.ErrPlaintext},
		{"socket-fallback", func(c *pgx.ConnConfig) {
			c.Fallbacks = append(c.Fallbacks, &pgconn.FallbackConfig{Host: "/tmp", Port: 5432})
		}, "host", rdstls.ErrUnverified},
		{"empty-fallback", func(c *pgx.ConnConfig) {
			c.Fallbacks = append(c.Fallbacks, &pgconn.FallbackConfig{TLSConfig: new(tls.Config)})
		}, "host", rdstls.ErrUnverified},
		{"empty-host", func(c *pgx.ConnConfig) { c.Host = "" }, "host", rdstls.ErrNotEndpoint},
		{"comma", func(c *pgx.ConnConfig) { c.Host = orders + "," + billing }, "host", rdstls.ErrUnverified},
		{"new-line", func(c *pgx.ConnConfig) { c.Host = orders + "\n" }, "host", rdstls.ErrUnverified},
		{"NUL", func(c *pgx.ConnConfig) { c.Host = orders + "\x00" }, "host", rdstls.ErrNotEndpoint},
		{"negotiation", func(c *pgx.ConnConfig) { c.SSLNegotiation = "DIRECT" }, "sslnegotiation", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := parse(t, "host="+orders+" sslmode=verify-full")
			tt.edit(cfg)
			before := snapshot(cfg)
			err := rdspgx.Configure(cfg, nil)
			advicetest.WantConfigError(t, "Configure", err, tt.setting, tt.want)
			wantUnchanged(t, before, snapshot(cfg))
		})
	}
}

// TestOpenRefuses checks that each function that takes a string refuses what
// Configure refuses.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range refusals {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, e := range entries {
				err := e.connect(t.Context(), tt.connString, tt.opts)
				advicetest.WantConfigError(t, fmt.Sprintf("%s(%q)", e.name, tt.connString), err, tt.setting, tt.want)
			}
		})
	}
}

// snapshot describes cfg and what it points to: values, and the identity of
// pointers and functions, spare room of slices included.
func snapshot(cfg *pgx.ConnConfig) []string {
	var lines []string
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case reflect.Func:
			// The word tells closures of one function apart, which Pointer does not.
			lines = append(lines, fmt.Sprintf("%s: func %#x", path, *(*uintptr)(unsafe.Pointer(v.UnsafeAddr()))))
		case reflect.Pointer:
			lines = append(lines, fmt.Sprintf("%s: pointer %#x", path, v.Pointer()))
			switch v.Type() {
			case reflect.TypeFor[*tls.Config](), reflect.TypeFor[*pgconn.FallbackConfig]():
				if !v.IsNil() {
					walk(path, v.Elem())
				}
			}
		case reflect.Slice:
			lines = append(lines, fmt.Sprintf("%s: slice %#x, %d of %d", path, v.Pointer(), v.Len(), v.Cap()))
			for i := range v.Cap() {
				walk(fmt.Sprintf("%s[%d]", path, i), v.Slice(0, v.Cap()).Index(i))
			}
		default:
			lines = append(lines, fmt.Sprintf("%s: %v", path, v))
		}
	}
	walk("cfg", reflect.ValueOf(cfg).Elem())
	return lines
}

func wantUnchanged(t *testing.T, before, after []string) {
	t.Helper()
	if len(before) < 30 || !slices.ContainsFunc(before, func(s string) bool { return strings.HasPrefix(s, "cfg.Config.Host: ") }) {
		t.Fatalf("snapshot has %d lines without the host, so this tests nothing", len(before))
	}
	if slices.Equal(before, after) {
		return
	}
	for i := range max(len(before), len(after)) {
		if i >= len(before) || i >= len(after) || before[i] != after[i] {
			t.Errorf("cfg was changed, in line %d of %d and %d:\n%q\n%q", i, len(before), len(after),
				before[i:min(i+1, len(before))], after[i:min(i+1, len(after))])
			return
		}
	}
}
