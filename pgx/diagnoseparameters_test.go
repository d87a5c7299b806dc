package rdspgx_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/rdstls"
)

// TestDiagnoseParameters checks that a parameter that the server refuses at the login
// is explained. pgx sends the server every name that it does not know, and pool_… too
// if it makes no pool.
func TestDiagnoseParameters(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for _, param := range []string{
			"nosuchparameter=1", "gssencmode=disable", "keepalives=1", "pool_max_conns=5", "timezone=Mars", "statement_timeout=5parsecs", "max_connections=5", "options=-c nosuch=1", "options=-c nosuch",
		} {
			cfg := realConfig(t, s, asURL.dsn([]string{orders}, param), trust())
			wantDiagnosis(t, param, connect(bounded(t), cfg), rdstls.ReasonConfig, "parameter of the connection string")
		}
		conn, err := pgx.ConnectConfig(bounded(t), realConfig(t, s, asURL.dsn([]string{orders}), trust()))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(bounded(t))
		for _, query := range []string{"set nosuchparameter = 1", "set timezone = 'Mars'", "select null::nosuchtype"} {
			_, err := conn.Exec(bounded(t), query)
			if d, ok := rdstls.Diagnose(err); err == nil || ok {
				t.Errorf("Diagnose(%v) = %+v, want nothing: it is of a query", err, d)
			}
		}
	})
}

// TestDiagnoseMethods checks that a login method that the connection string rules out
// is explained, for users with a password on real servers and for those of IAM.
func TestDiagnoseMethods(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for _, param := range []string{"require_auth=password", "require_auth=md5", "require_auth=none", "require_auth=!scram-sha-256"} {
			cfg := realConfig(t, s, asURL.dsn([]string{orders}, param), trust())
			wantDiagnosis(t, param, connect(bounded(t), cfg), rdstls.ReasonConfig, "method", "IAM")
		}
	})
	server := honest(t, orders)
	for _, param := range []string{"channel_binding=require", "require_auth=scram-sha-256", "require_auth=!password"} {
		for whose, cfg := range configurations(t, server.Addr()) {
			method := parse(t, asURL.dsn([]string{orders}, param))
			cfg.ChannelBinding, cfg.RequireAuth = method.ChannelBinding, method.RequireAuth
			for driver, connect := range drivers {
				wantDiagnosis(t, whose+" "+driver+" "+param, connect(bounded(t), cfg), rdstls.ReasonConfig, "channel_binding=require", "require_auth")
			}
		}
	}
}
