package rdspgx_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// refusing returns a server that refuses every login.
func refusing(t *testing.T, code, message string) *fakedb.Server {
	t.Helper()
	return listen(t, fakedb.PostgresOptions{TLS: serving(ca.Instance(orders)), Login: func(fakedb.Login) *fakedb.LoginError {
		return &fakedb.LoginError{SQLState: code, Message: message}
	}})
}

// TestDiagnoseLogin checks what RDS and RDS Proxy say, of which there is none
// here. The code decides before the text does.
func TestDiagnoseLogin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code, message string
		want          rdstls.Reason // none if empty
		facts         []string
	}{
		{"28P01", `password authentication failed for user "` + canaryUser + `"`, rdstls.ReasonLogin, []string{"rds_iam"}},
		{"28000", `PAM authentication failed for user "` + canaryUser + `"`, rdstls.ReasonLogin, []string{"15 minutes", "ordinary password", "rds_iam", "rds-db:connect", "Region", "clock"}},
		{"28P01", `user "a" has no password assigned, no encryption`, rdstls.ReasonLogin, []string{"rds_iam"}},
		{"28P01", "contraseña incorrecta", rdstls.ReasonLogin, []string{"password"}},
		{"28000", "der Benutzer darf nicht", rdstls.ReasonLogin, []string{"user, database and role"}},
		{"28000", `pg_hba.conf rejects connection for host "10.0.0.1", user "` + canaryUser + `", database "` + canaryDatabase + `", SSL encryption`, rdstls.ReasonLogin, nil},
		{"28000", `no pg_hba.conf entry for host "10.0.0.1", user "a, no encryption", database "b", SSL on`, rdstls.ReasonLogin, nil},
		{"28000", `no pg_hba.conf entry for host "10.0.0.1", user "` + canaryUser + `", database "b", SSL off`, rdstls.ReasonPlaintextRefused, []string{"had TLS", "pooler"}},
		{"28000", `no pg_hba.conf entry for host "10.0.0.1", user "` + canaryUser + `", database "b", no encryption`, rdstls.ReasonPlaintextRefused, []string{"had TLS", "pooler"}},
		{"28000", "connection requires a valid client certificate", rdstls.ReasonLogin, []string{"client certificate", "Options.Base"}},
		{"28000", "This RDS Proxy requires TLS connections", rdstls.ReasonPlaintextRefused, []string{"proxy", "password"}},
		{"08P01", "IAM authentication is allowed only with SSL connections.", rdstls.ReasonPlaintextRefused, []string{"proxy"}},
		{"28P01", "This RDS proxy has no credentials for the role " + canaryUser + ". Check the credentials for this role and try again.", rdstls.ReasonLogin, []string{"Secrets Manager"}},
		{"08P01", "This RDS Proxy has no credentials for the role " + canaryUser, rdstls.ReasonLogin, []string{"Secrets Manager"}},
		{"28000", "The IAM authentication failed for the role " + canaryUser + ". Check the IAM token for this role and try again.", rdstls.ReasonLogin, []string{"15 minutes", "rds-db:connect"}},
		{"28P01", "The password that was provided for the role " + canaryUser + " is wrong.", rdstls.ReasonLogin, []string{"Secrets Manager"}},
		{"P0001", "This RDS Proxy requires TLS connections", "", nil},
		{"P0001", "PAM authentication failed", "", nil},
		{"42501", `permission denied for database "b", no encryption`, "", nil},
		{"53300", "sorry, too many clients already", "", nil},
		{"57P03", "the database system is starting up", "", nil},
		{"3D000", `database "b" does not exist`, "", nil},
	} {
		s := refusing(t, tt.code, tt.message)
		for whose, cfg := range configurations(t, s.Addr()) {
			err := connect(bounded(t), cfg)
			if tt.want == "" {
				advicetest.WantNone(t, whose, err)
			} else {
				wantDiagnosis(t, whose, err, tt.want, tt.facts...)
			}
		}
	}
}

// TestDiagnosePreferReportsTLS checks that a refused attempt in plaintext does not
// hide why the attempt before it failed, which had TLS.
func TestDiagnosePreferReportsTLS(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"sslmode=prefer", "sslmode=allow"} {
		for _, tt := range []struct {
			code, message string
			want          rdstls.Reason // none if empty
			facts         []string
		}{
			{"28000", "PAM authentication failed", rdstls.ReasonLogin, []string{"IAM"}},
			{"53300", "sorry, too many clients already", "", nil},
			{"57P03", "the database system is starting up", "", nil},
			{"3D000", "database does not exist", "", nil},
			{"XX000", "internal error", "", nil},
			{"28000", `no pg_hba.conf entry for host "h", user "u", database "d", no encryption`, rdstls.ReasonPlaintextRefused, []string{"had TLS", "pooler"}},
		} {
			s := refusing(t, tt.code, tt.message)
			err := connect(bounded(t), parse(t, asURL.dsn([]string{s.Addr()}, mode)))
			if tt.want == "" {
				advicetest.WantNone(t, mode+" "+tt.code, err)
			} else {
				wantDiagnosis(t, mode+" "+tt.code, err, tt.want, tt.facts...)
			}
		}
		for want, b := range map[rdstls.Reason]fakedb.Behavior{
			rdstls.ReasonReset:      {Handshake: fakedb.HangUp},
			rdstls.ReasonTLSVersion: {TLS: func(cfg *tls.Config) { cfg.MaxVersion = tls.VersionTLS11 }},
		} {
			s := listen(t, fakedb.PostgresOptions{TLS: serving(ca.Instance(orders)), Behavior: b})
			wantDiagnosis(t, mode, connect(bounded(t), parse(t, asURL.dsn([]string{s.Addr()}, mode))), want)
		}
	}
	s := honest(t, orders)
	wantDiagnosis(t, "disable", connect(bounded(t), parse(t, asURL.dsn([]string{s.Addr()}, "sslmode=disable"))), rdstls.ReasonPlaintextRefused, "had no TLS", "rdspgx")
}

// TestDiagnoseSeveralHosts checks that the host that answered tells more than the
// one that is down.
func TestDiagnoseSeveralHosts(t *testing.T) {
	t.Parallel()
	hosts := parse(t, asURL.dsn([]string{billing, orders}))
	configure(t, hosts, trust())
	other := honest(t, archive)
	route(hosts, map[string]string{billing: fakedb.UnusedAddr, orders: other.Addr()})
	wantDiagnosis(t, "two hosts", connect(bounded(t), hosts), rdstls.ReasonName, orders, archive)
}

// TestDiagnoseUnreachable checks what happens before a server is reached.
func TestDiagnoseUnreachable(t *testing.T) {
	t.Parallel()
	for driver, connect := range drivers {
		for whose, cfg := range configurations(t, fakedb.UnusedAddr) {
			wantDiagnosis(t, whose+" "+driver+" refused", connect(bounded(t), cfg), rdstls.ReasonUnreachable, "security group")
			cfg.LookupFunc = func(context.Context, string) ([]string, error) {
				return nil, &net.DNSError{Err: "no such host", Name: orders, IsNotFound: true}
			}
			wantDiagnosis(t, whose+" "+driver+" without DNS", connect(bounded(t), cfg), rdstls.ReasonDNS, "misspelled")
		}
		for whose, cfg := range configurations(t, honest(t, orders).Addr()) {
			cfg.ConnectTimeout = patience
			cfg.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			wantDiagnosis(t, whose+" "+driver+" without a route", connect(bounded(t), cfg), rdstls.ReasonUnreachable, "in time")
			canceled, cancel := context.WithCancel(t.Context())
			cancel()
			advicetest.WantNone(t, whose+" "+driver+" canceled", connect(canceled, cfg))
		}
	}
}

// TestDiagnosePassword checks that an error of Options.Password is not taken for one
// of the database.
func TestDiagnosePassword(t *testing.T) {
	t.Parallel()
	opts := trust()
	opts.Password = func(context.Context, string, string) (string, error) {
		return "", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}} // of a server of AWS's
	}
	cfg := parse(t, asURL.dsn([]string{orders}))
	route(cfg, map[string]string{orders: honest(t, orders).Addr()})
	configure(t, cfg, opts)
	wantDiagnosis(t, "no password", connect(bounded(t), cfg), rdstls.ReasonPassword)
}

// TestForgedNamesInErrors checks that the names in an impostor's certificate do not
// break the lines of an error of Connect.
func TestForgedNamesInErrors(t *testing.T) {
	t.Parallel()
	names := []string{"a\n2026-11-25 ERROR \x1b[31mall is well"}
	for range 98 {
		names = append(names, strings.Repeat("long.", 125))
	}
	s := listen(t, fakedb.PostgresOptions{TLS: serving(ca.Leaf(nil, names...))})
	err := connect(bounded(t), configurations(t, s.Addr())["ours"])
	if err == nil || strings.ContainsAny(err.Error(), "\n\x1b") || len(err.Error()) > 3000 {
		t.Errorf("Connect = %.300q, want an error of one short line", err)
	}
	wantDiagnosis(t, "forged", err, rdstls.ReasonName, "unverified")
}
