package rdsmysql_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/advicetest"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// TestCheckDSN checks that Check accepts a DSN as the stock driver reads it only if
// the connection would be verified.
func TestCheckDSN(t *testing.T) {
	t.Parallel()
	const plaintext, skips, anyone = "TLS", "TLS.InsecureSkipVerify", "TLS.RootCAs"
	settings := map[string]string{ // by the spelling; "" for those that pass
		"":                                     plaintext,
		"tls=":                                 plaintext,
		"tls":                                  plaintext,
		"tls=true":                             anyone,
		"tls=1":                                anyone,
		"tls=TRUE":                             anyone,
		"tls=True":                             anyone,
		"tls=skip-verify":                      skips,
		"tls=SKIP-VERIFY":                      skips,
		"tls=preferred":                        "AllowFallbackToPlaintext",
		"tls=Preferred":                        "AllowFallbackToPlaintext",
		"tls=" + registered:                    "",
		"tls=" + handWritten:                   skips,
		"TLS=" + registered:                    plaintext,
		"sslmode=verify-full":                  plaintext,
		"tls=" + registered + "&tls=":          plaintext,
		"tls=false&tls=" + registered:          "",
		"tls=" + registered + "&tls=preferred": "AllowFallbackToPlaintext",
		"tls=false":                            plaintext,
		"tls=0":                                plaintext,
		"tls=FALSE":                            plaintext,
		"tls=False":                            plaintext,
		"tls=" + registered + "&tls=false":     plaintext,
		"tls=true&tls=0":                       plaintext,
	}
	for _, s := range tlsParams {
		setting, ok := settings[s.params]
		if !ok {
			t.Errorf("%q is not in the table", s.params)
		}
		for _, f := range flags {
			dsn := "u:p@tcp(" + orders + ":3306)/db?" + join(s.params, f)
			want := setting
			if want != plaintext && strings.Contains(f, "allowFallbackToPlaintext") {
				want = "AllowFallbackToPlaintext"
			}
			cfg := parse(t, dsn)
			before := snapshot(cfg)
			err := rdsmysql.Check(cfg)
			before.unchanged(t, dsn, cfg)
			if want == "" {
				if err != nil {
					t.Errorf("Check(%q) = %v, want nil", dsn, err)
				}
				continue
			}
			sentinel := rdstls.ErrUnverified
			if !strings.HasPrefix(want, "TLS.") {
				sentinel = rdstls.ErrPlaintext
			}
			advicetest.WantConfigError(t, fmt.Sprintf("Check(%q)", dsn), err, want, sentinel)
		}
	}
}

// TestCheckHandWritten checks that Check accepts a configuration that no DSN was
// parsed for only if its connections would be verified.
func TestCheckHandWritten(t *testing.T) {
	t.Parallel()
	pool := ca.Pool()
	for _, tt := range []struct {
		name    string
		cfg     mysql.Config
		setting string // "" for those that pass
		want    error
	}{
		{"zero", mysql.Config{}, "TLS", rdstls.ErrPlaintext},
		{"false", mysql.Config{TLSConfig: "false"}, "TLS", rdstls.ErrPlaintext},
		{"verify-full", mysql.Config{TLS: &tls.Config{RootCAs: pool}}, "", nil},
		{"verify-full-for-a-name", mysql.Config{TLS: &tls.Config{RootCAs: pool, ServerName: orders, MinVersion: tls.VersionTLS13}}, "", nil},
		{"verify-full-after-false", mysql.Config{TLS: &tls.Config{RootCAs: pool}, TLSConfig: "false"}, "", nil},
		{"fallback", mysql.Config{TLS: &tls.Config{RootCAs: pool}, AllowFallbackToPlaintext: true}, "AllowFallbackToPlaintext", rdstls.ErrPlaintext},
		{"skips", mysql.Config{TLS: &tls.Config{RootCAs: pool, InsecureSkipVerify: true}}, "TLS.InsecureSkipVerify", rdstls.ErrUnverified},
		{"anyone", mysql.Config{TLS: &tls.Config{ServerName: orders}}, "TLS.RootCAs", rdstls.ErrUnverified},
		{"old-MinVersion", mysql.Config{TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS11}}, "TLS.MinVersion", rdstls.ErrUnverified},
		{"old-MaxVersion", mysql.Config{TLS: &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS10}}, "TLS.MaxVersion", rdstls.ErrUnverified},

		// The driver looks these names up when it connects.
		{"registered", mysql.Config{TLSConfig: registered}, "", nil},
		{"registered-with-fallback", mysql.Config{TLSConfig: registered, AllowFallbackToPlaintext: true}, "AllowFallbackToPlaintext", rdstls.ErrPlaintext},
		{"hand-written", mysql.Config{TLSConfig: handWritten}, "TLS.InsecureSkipVerify", rdstls.ErrUnverified},
		{"true", mysql.Config{TLSConfig: "true"}, "TLS.RootCAs", rdstls.ErrUnverified},
		{"skip-verify", mysql.Config{TLSConfig: "skip-verify"}, "TLS.InsecureSkipVerify", rdstls.ErrUnverified},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := rdsmysql.Check(&tt.cfg)
			if tt.setting == "" {
				if err != nil {
					t.Errorf("Check(%+v) = %v, want nil", tt.cfg, err)
				}
				return
			}
			advicetest.WantConfigError(t, fmt.Sprintf("Check(%+v)", tt.cfg), err, tt.setting, tt.want)
		})
	}
}

// TestCheckUnknownTLSConfigKey checks that the error of an unknown key matches
// ErrUnverified or ErrPlaintext, as the comment of Check says.
func TestCheckUnknownTLSConfigKey(t *testing.T) {
	t.Parallel()
	err := rdsmysql.Check(&mysql.Config{TLSConfig: "unknown"})
	var refused *rdstls.ConfigError
	if !errors.As(err, &refused) || refused.Setting != "TLSConfig" || !strings.Contains(err.Error(), `"unknown"`) {
		t.Errorf("Check(TLSConfig: %q) = %v, want a ConfigError that names it", "unknown", err)
	}
	if !errors.Is(err, rdstls.ErrUnverified) && !errors.Is(err, rdstls.ErrPlaintext) {
		t.Errorf("Check(TLSConfig: %q) = %v, which matches neither ErrUnverified nor ErrPlaintext", "unknown", err)
	}
}

// TestCheckWeakened checks that Check refuses a configuration that was weakened
// after Configure.
func TestCheckWeakened(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		setting string
		weaken  func(*mysql.Config)
		want    error
	}{
		{"TLS", func(cfg *mysql.Config) { cfg.TLS = nil }, rdstls.ErrPlaintext},
		{"AllowFallbackToPlaintext", func(cfg *mysql.Config) { cfg.AllowFallbackToPlaintext = true }, rdstls.ErrPlaintext},
		{"TLS.InsecureSkipVerify", func(cfg *mysql.Config) { cfg.TLS.InsecureSkipVerify = true }, rdstls.ErrUnverified},
		{"TLS.RootCAs", func(cfg *mysql.Config) { cfg.TLS.RootCAs = nil }, rdstls.ErrUnverified},
		{"TLS.MinVersion", func(cfg *mysql.Config) { cfg.TLS.MinVersion = tls.VersionTLS10 }, rdstls.ErrUnverified},
		{"TLS.MaxVersion", func(cfg *mysql.Config) { cfg.TLS.MaxVersion = tls.VersionTLS11 }, rdstls.ErrUnverified},
	} {
		for _, opts := range []*rdstls.Options{nil, {Password: fixed}} {
			cfg := parse(t, "u:p@tcp("+orders+")/db")
			configure(t, cfg, opts)
			tt.weaken(cfg)
			advicetest.WantConfigError(t, "Check", rdsmysql.Check(cfg), tt.setting, tt.want)
		}
	}
}
