package rdstls_test

import (
	"errors"
	"testing"

	"github.com/rdstls/go/rdstls"
)

// A pgError is an error of a PostgreSQL server, as those of pgx and lib/pq are.
type pgError struct{ Code, Message string }

func (e *pgError) Error() string    { return "the server's error: " + e.Message }
func (e *pgError) SQLState() string { return e.Code }

// TestDiagnosePooler checks what PgBouncer tells its clients, of itself and of the
// database. It gives all of that the code of a protocol violation.
func TestDiagnosePooler(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		message string
		want    rdstls.Reason
		fact    string
	}{
		{`no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", no encryption`, rdstls.ReasonPlaintextRefused, "server_tls_sslmode"},
		{`no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", SSL off`, rdstls.ReasonPlaintextRefused, "server_tls_sslmode"},
		{`pg_hba.conf rejects connection for host "10.0.0.1", user "u", database "d", no encryption`, rdstls.ReasonPlaintextRefused, "server_tls_sslmode"},
		{`server login has been failing, cached error: no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", no encryption (server_login_retry)`, rdstls.ReasonPlaintextRefused, "server_tls_sslmode"},
		{`server login has been failing, cached error: PAM authentication failed for user "u" (server_login_retry)`, rdstls.ReasonLogin, "pooler's log"},
		{"server login has been failing, try again later (server_login_retry)", rdstls.ReasonLogin, "pooler's log"},
		{"server login failed: wrong password type", rdstls.ReasonLogin, "pooler's log"},
		{`password authentication failed for user "u"`, rdstls.ReasonLogin, "pooler's log"},
		{`PAM authentication failed for user "u"`, rdstls.ReasonLogin, "pooler's log"},
		{`no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", SSL encryption`, rdstls.ReasonLogin, "pooler's log"},
		{`role "u" is not permitted to log in`, rdstls.ReasonLogin, "pooler's log"},
		{"password authentication failed", rdstls.ReasonLogin, "auth_file"},
		{"SASL authentication failed", rdstls.ReasonLogin, "auth_file"},
		{"no such user: u", rdstls.ReasonLogin, "auth_file"},
		{"SSL required", rdstls.ReasonPlaintextRefused, "pooler"},
		{"TLS connection required", rdstls.ReasonPlaintextRefused, "pooler"},
		{"unsupported startup parameter: sslmod", rdstls.ReasonConfig, "ignore_startup_parameters"},
		{"unsupported startup parameter in options: work_mem", rdstls.ReasonConfig, "ignore_startup_parameters"},
		{"Feature not supported: RDS Proxy currently doesn't support the option search_path", rdstls.ReasonConfig, "options, replication"},
		{"Feature not supported: RDS Proxy supports only version 3.0 of the PostgreSQL messaging protocol", rdstls.ReasonConfig, "max_protocol_version"},
	} {
		wantDiagnosis(t, &pgError{"08P01", tt.message}, tt.want, tt.fact)
	}
	for _, message := range []string{"no more connections allowed (max_client_conn)", "query_wait_timeout", `database "d" does not exist`, "the database system is starting up", "invalid message length"} {
		wantNone(t, &pgError{"08P01", message})
	}
	for _, code := range []string{"P0001", "XX000", "42501"} {
		wantNone(t, &pgError{code, "SASL authentication failed"})
		wantNone(t, &pgError{code, "server login failed: x"})
	}
}

// TestDiagnoseProxyLogins checks what RDS Proxy says about logins, and about its own connection to the database.
func TestDiagnoseProxyLogins(t *testing.T) {
	t.Parallel()
	wantDiagnosis(t, &pgError{"0A000", "RDS Proxy supports only IAM, MD5, or SCRAM authentication."}, rdstls.ReasonLogin, "client authentication type")
	wantDiagnosis(t, &pgError{"08006", "Timed-out waiting to acquire database connection"}, rdstls.ReasonUnreachable, "targets", "secret")
	wantDiagnosis(t, &pgError{"28P01", `PAM authentication failed for user "u"`}, rdstls.ReasonLogin, "15 minutes", "ordinary password")
	wantNone(t, errors.Join(&pgError{"42704", `type "x" does not exist`}, &pgError{"22023", "invalid value"})) // of queries
}
