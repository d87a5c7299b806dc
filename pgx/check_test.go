package rdspgx_test

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/advicetest"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	rootFile := "sslrootcert=" + writeFile(t, "root.crt", ca.PEM())
	fix := func(c *pgx.ConnConfig) { c.TLSConfig = &tls.Config{RootCAs: ca.Pool(), ServerName: orders} }
	tests := []struct {
		name       string
		connString string
		edit       func(*pgx.ConnConfig)
		setting    string // empty if the configuration is to pass
		want       error
	}{
		{"verify-full-with-file", "sslmode=verify-full host=" + orders + " " + rootFile, nil, "", nil},
		{"verify-full-with-system", "sslrootcert=system host=" + orders, nil, "", nil},
		{"verify-full-direct", "sslmode=verify-full sslnegotiation=direct host=" + orders + " " + rootFile, nil, "", nil},
		{"verify-full-with-file-two-hosts", "sslmode=verify-full host=" + orders + "," + billing + " " + rootFile, nil, "", nil},
		{"by-hand", "sslmode=require host=" + orders, fix, "", nil},
		{"by-hand-TLS-1.3", "sslmode=require host=" + orders, func(c *pgx.ConnConfig) {
			fix(c)
			c.TLSConfig.MinVersion, c.TLSConfig.MaxVersion = tls.VersionTLS13, tls.VersionTLS13
		}, "", nil},

		{"unset", "host=" + orders, nil, "TLSConfig.InsecureSkipVerify", rdstls.ErrUnverified},
		{"prefer", "sslmode=prefer host=" + orders, nil, "TLSConfig.InsecureSkipVerify", rdstls.ErrUnverified},
		{"prefer-fixed-in-part", "sslmode=prefer host=" + orders, fix, "Fallbacks[0].TLSConfig", rdstls.ErrPlaintext},
		{"allow", "sslmode=allow host=" + orders, nil, "TLSConfig", rdstls.ErrPlaintext},
		{"allow-fixed-in-part", "sslmode=allow host=" + orders, fix, "Fallbacks[0].TLSConfig.InsecureSkipVerify", rdstls.ErrUnverified},
		{"disable", "sslmode=disable host=" + orders, nil, "TLSConfig", rdstls.ErrPlaintext},
		{"require", "sslmode=require host=" + orders, nil, "TLSConfig.InsecureSkipVerify", rdstls.ErrUnverified},
		{"require-with-file", "sslmode=require host=" + orders + " " + rootFile, nil, "TLSConfig.InsecureSkipVerify", rdstls.ErrUnverified},
		{"verify-ca", "sslmode=verify-ca host=" + orders + " " + rootFile, nil, "TLSConfig.InsecureSkipVerify", rdstls.ErrUnverified},
		{"verify-full-without-file", "sslmode=verify-full host=" + orders, nil, "TLSConfig.RootCAs", rdstls.ErrUnverified},
		{"second-host", "sslmode=require host=" + orders + "," + billing, fix, "Fallbacks[0].TLSConfig.InsecureSkipVerify", rdstls.ErrUnverified},
		{"third-host", "sslmode=verify-full host=" + orders + "," + billing + "," + archive + " " + rootFile, func(c *pgx.ConnConfig) {
			c.Fallbacks[1].TLSConfig = nil
		}, "Fallbacks[1].TLSConfig", rdstls.ErrPlaintext},
		{"Unix-socket", "sslmode=verify-full host=/tmp", nil, "Host", rdstls.ErrPlaintext},
		{"Unix-socket-with-TLS", "sslmode=verify-full host=/tmp", fix, "Host", rdstls.ErrPlaintext},
		{"Unix-socket-second", "sslmode=verify-full host=" + orders + ",/tmp " + rootFile, nil, "Fallbacks[0].Host", rdstls.ErrPlaintext},
		{"MinVersion", "sslmode=require host=" + orders, func(c *pgx.ConnConfig) {
			fix(c)
			c.TLSConfig.MinVersion = tls.VersionTLS10
		}, "TLSConfig.MinVersion", rdstls.ErrUnverified},
		{"MaxVersion", "sslmode=require host=" + orders, func(c *pgx.ConnConfig) {
			fix(c)
			c.TLSConfig.MaxVersion = tls.VersionTLS11
		}, "TLSConfig.MaxVersion", rdstls.ErrUnverified},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := parse(t, tt.connString)
			if tt.edit != nil {
				tt.edit(cfg)
			}
			before := snapshot(cfg)
			err := rdspgx.Check(cfg)
			wantUnchanged(t, before, snapshot(cfg))
			if tt.setting == "" {
				if err != nil {
					t.Errorf("Check(%q) = %v, want nil", tt.connString, err)
				}
				return
			}
			advicetest.WantConfigError(t, "Check", err, tt.setting, tt.want)
		})
	}
}

// TestCheckWeakened checks that Check refuses a configuration that was weakened
// after Configure, if the weakened setting is one that Check can see.
func TestCheckWeakened(t *testing.T) {
	t.Parallel()
	for _, tt := range weakenings {
		cfg := parse(t, "host="+orders)
		configure(t, cfg, trust())
		tt.edit(cfg)
		if err := rdspgx.Check(cfg); (err == nil) != tt.unseen {
			t.Errorf("Check after %q = %v, want nil: %v", tt.name, err, tt.unseen)
		}
	}
}

// TestCheckCallsHook checks how Check calls a hook that wraps the guard: with a
// deadline, a copy of the configuration and a closed connection. The guard does not
// refuse that connection, because the hook may report that.
func TestCheckCallsHook(t *testing.T) {
	t.Parallel()
	cfg := parse(t, "host="+orders)
	configure(t, cfg, trust())
	guard := cfg.AfterNetConnect
	cfg.AfterNetConnect = func(ctx context.Context, c *pgconn.Config, conn net.Conn) (net.Conn, error) {
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > time.Minute {
			t.Errorf("the hook has the deadline %v, %v, want one within a minute", deadline, ok)
		}
		if c == &cfg.Config {
			t.Error("the hook was given the configuration itself, want a copy")
		}
		if err := conn.SetDeadline(time.Time{}); err == nil {
			t.Error("the hook was given an open connection, want a closed one")
		}
		if _, err := guard(ctx, c, conn); err != nil {
			t.Errorf("the guard returned %v, want nil", err)
		}
		return conn, nil
	}
	if err := rdspgx.Check(cfg); err != nil {
		t.Errorf("Check = %v, want nil", err)
	}
}
