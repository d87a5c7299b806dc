package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// What real servers refuse.
func TestDiagnoseRealRefusals(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		// One that lets nobody in without TLS, and does not ask for certificates.
		s := dbservers.Start(t, shared.Installation, realOptions(ca.Instance(orders)))
		cfg := realConfig(t, s, orders)
		cfg.TLSConfig, cfg.TLS = "", nil
		wrong := cfg.Clone()
		wrong.Passwd = canaryPassword
		for whose, db := range databases(t, wrong) {
			wantDiagnosis(t, whose+" with a wrong password", ping(t, db, testTimeout), rdstls.ReasonLogin, "password", "AWSAuthenticationPlugin", "rds-db:connect")
		}
		for whose, db := range databases(t, cfg) {
			if err := ping(t, db, testTimeout); err != nil {
				t.Errorf("%s: Ping = %v, want nil", whose, err)
			}
		}
		if shared.Kind == dbservers.MySQL {
			wantDiagnosis(t, "without TLS", pingPlain(t, cfg), rdstls.ReasonPlaintextRefused, "rdsmysql")
		} else { // MariaDB does not say why
			wantDiagnosis(t, "without TLS", pingPlain(t, cfg), rdstls.ReasonLogin, "uses TLS")
		}
		without := realConfig(t, dbservers.Start(t, shared.Installation, dbservers.Options{}), orders)
		without.TLSConfig, without.TLS, without.AllowFallbackToPlaintext = "", nil, false
		for whose, db := range databases(t, without) {
			wantDiagnosis(t, whose+" to a server without TLS", ping(t, db, testTimeout), rdstls.ReasonNoTLS, "port")
		}
	})
}

// pingPlain connects without TLS.
func pingPlain(t *testing.T, cfg *mysql.Config) error {
	t.Helper()
	db := stockDB(t, cfg)
	return ping(t, db, testTimeout)
}

// What MySQL, RDS and RDS Proxy say in place of which a server of ours says it.
func TestDiagnoseLogin(t *testing.T) {
	t.Parallel()
	refusing := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(orders)), Plugin: fakedb.NativePassword})
	wantDiagnosis(t, "without TLS", pingPlain(t, diagnosed(t, refusing.Addr())), rdstls.ReasonPlaintextRefused, "rdsmysql")
	asking := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(orders))})
	for whose, db := range databases(t, diagnosed(t, asking.Addr())) {
		wantDiagnosis(t, whose+" in cleartext", ping(t, db, testTimeout), rdstls.ReasonLogin, "Options.Password")
	}
	for _, tt := range []struct {
		number  uint16
		message string
		want    rdstls.Reason // none if empty
		facts   []string
	}{
		{1045, "Access denied for user '" + canaryUser + "'@'10.0.0.1' (using password: YES)", rdstls.ReasonLogin, []string{"AWSAuthenticationPlugin", "rds-db:connect", "clock"}},
		{1524, "Plugin 'AWSAuthenticationPlugin' is not loaded", rdstls.ReasonLogin, []string{"IAM database authentication"}},
		{1040, "IAM authentication rate limit exceeded", rdstls.ReasonLogin, []string{"RDS Proxy"}},
		{3159, "This RDS Proxy requires TLS connections.", rdstls.ReasonPlaintextRefused, []string{"proxy", "password"}},
		{1045, "This RDS proxy has no credentials for the role " + canaryUser, rdstls.ReasonLogin, []string{"Secrets Manager"}},
		{1105, "This RDS proxy has no credentials for the role " + canaryUser, rdstls.ReasonLogin, []string{"Secrets Manager"}},
		{1129, "Host '10.0.0.1' is blocked because of many connection errors", rdstls.ReasonLogin, []string{"blocked", "host_cache"}},
		{1130, "Host '10.0.0.1' is not allowed to connect to this MySQL server", rdstls.ReasonLogin, []string{"'user'@'host'"}},
		{1203, "User has already more than 'max_user_connections' active connections", rdstls.ReasonLogin, []string{"limit"}},
		{1226, "User has exceeded the 'max_connections_per_hour' resource", rdstls.ReasonLogin, []string{"limit"}},
		{1251, "Client does not support authentication protocol requested by server", rdstls.ReasonLogin, []string{"plugin"}},
		{1275, "Server is running in --secure-auth mode", rdstls.ReasonLogin, []string{"plugin"}},
		{1698, "Access denied for user '" + canaryUser + "'@'10.0.0.1'", rdstls.ReasonLogin, []string{"auth_socket"}},
		{1862, "Your password has expired.", rdstls.ReasonLogin, []string{"expired", "ALTER USER"}},
		{3118, "Access denied for user '" + canaryUser + "'@'10.0.0.1'. Account is locked.", rdstls.ReasonLogin, []string{"locked"}},
		{3955, "Access denied for user '" + canaryUser + "'@'10.0.0.1'. Account is blocked for 1 day(s)", rdstls.ReasonLogin, []string{"too many wrong passwords"}},
		{4150, "User is blocked because of too many credential errors", rdstls.ReasonLogin, []string{"too many wrong passwords"}},
		{4151, "Access denied, this account is locked", rdstls.ReasonLogin, []string{"locked"}},
		{1064, "This RDS Proxy requires TLS connections.", "", nil},
		{1040, "Too many connections", "", nil},
		{1044, "Access denied for user '" + canaryUser + "'@'%' to database '" + canaryDatabase + "'", "", nil},
		{1049, "Unknown database 'x'", "", nil},
		{1146, "Table 'x' doesn't exist", "", nil},
	} {
		s := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(orders)), Plugin: fakedb.CachingSHA2Password, Login: func(fakedb.Login) *fakedb.LoginError {
			return &fakedb.LoginError{Number: tt.number, SQLState: "HY000", Message: tt.message}
		}})
		for whose, db := range databases(t, diagnosed(t, s.Addr())) {
			if err := ping(t, db, testTimeout); tt.want == "" {
				advicetest.WantNone(t, whose, err)
			} else {
				wantDiagnosis(t, whose, err, tt.want, tt.facts...)
			}
		}
	}
}

// An error before TLS can be anybody's. Where the connector says that it came so
// early, it is not taken for the word of the server.
func TestDiagnoseErrorBeforeTLS(t *testing.T) {
	t.Parallel()
	for _, number := range []uint16{1045, 3159, 1524} {
		spoofed := fakedb.Behavior{Greeting: func([]byte) []byte {
			said := append([]byte{0xff, byte(number), byte(number >> 8)}, "#28000Access denied: use tls=false"...)
			return append([]byte{byte(len(said)), 0, 0, 0}, said...)
		}}
		s := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(orders)), Behavior: spoofed})
		wantDiagnosis(t, "spoofed", ping(t, databases(t, diagnosed(t, s.Addr()))["ours"], testTimeout), rdstls.ReasonNoTLS, "plaintext")
		said := &mysql.MySQLError{Number: number, Message: "Access denied: use tls=false"}
		early := &rdstls.AttemptError{ServerName: orders, Err: said}
		wantDiagnosis(t, "early", early, rdstls.ReasonNoTLS, "plaintext", "passwords are not the problem")
		wantDiagnosis(t, "early, and a verified one", errors.Join(early, &mysql.MySQLError{Number: 1045, Message: "Access denied"}), rdstls.ReasonLogin)
	}
	for _, text := range []string{"Too many connections", "IAM authentication rate limit exceeded"} {
		early := &rdstls.AttemptError{ServerName: orders, Err: &mysql.MySQLError{Number: 1040, Message: text}}
		wantDiagnosis(t, text, errors.Join(early, &mysql.MySQLError{Number: 1045, Message: "Access denied"}), rdstls.ReasonLogin, "user and password")
	}
	for _, number := range []uint16{1129, 1130} { // servers send them in place of a greeting
		early := &rdstls.AttemptError{ServerName: orders, Err: &mysql.MySQLError{Number: number, Message: "Host '10.0.0.1' …"}}
		wantDiagnosis(t, "about the address", early, rdstls.ReasonLogin, "address")
		forged := &rdstls.AttemptError{ServerName: orders, Err: &mysql.MySQLError{
			Number: number, Message: "This RDS Proxy has no credentials for the role x. Check the credentials",
		}}
		wantDiagnosis(t, "forged text of a proxy", forged, rdstls.ReasonLogin, "address")
	}
	advicetest.WantNone(t, "too many connections", &rdstls.AttemptError{ServerName: orders, Err: &mysql.MySQLError{Number: 1040, Message: "Too many connections"}})
}

// TestDiagnoseUnreachable checks what happens before a server is reached.
func TestDiagnoseUnreachable(t *testing.T) {
	t.Parallel()
	for whose, db := range databases(t, diagnosed(t, fakedb.UnusedAddr)) {
		wantDiagnosis(t, whose+" refused", ping(t, db, testTimeout), rdstls.ReasonUnreachable, "security group")
	}
	cfg := diagnosed(t, "")
	cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: orders, IsNotFound: true}
	}
	for whose, db := range databases(t, cfg) {
		wantDiagnosis(t, whose+" without DNS", ping(t, db, testTimeout), rdstls.ReasonDNS, "misspelled")
	}
	cfg.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err() // which does not say that it is of dialing
	}
	for whose, db := range databases(t, cfg) {
		advicetest.WantNone(t, whose+" without a route", ping(t, db, 300*time.Millisecond))
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
	wantDiagnosis(t, "no password", connect(t.Context(), diagnosed(t, honest(t, orders).Addr()), opts), rdstls.ReasonPassword)
}

func TestDiagnoseRealQueries(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		db := open(t, realConfig(t, s, orders), trust())
		_, err := db.ExecContext(t.Context(), "SELECT * FROM nosuchtable")
		var said *mysql.MySQLError
		if !errors.As(err, &said) || said.Number != 1146 {
			t.Errorf("SELECT from no table = %v, want 1146", err)
		}
		advicetest.WantNone(t, "select from no table", err)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err = db.ExecContext(ctx, "DO SLEEP(60)")
		advicetest.WantNone(t, "slow query", err)
		var one int
		advicetest.WantNone(t, "no row", db.QueryRowContext(t.Context(), "SELECT 1 FROM DUAL WHERE FALSE").Scan(&one))
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, err = conn.ExecContext(t.Context(), "KILL CONNECTION_ID()")
		advicetest.WantNone(t, "killed", err)
	})
}
