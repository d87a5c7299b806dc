package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/internal/advice"
	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// What real servers refuse.
func TestDiagnoseRealRefusals(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		// One that lets nobody in without TLS, and does not ask for certificates.
		s := dbservers.Start(t, shared.Installation, presenting(authority().Instance(host)))
		cfg := toServer(t, s, host)
		cfg.TLSConfig, cfg.TLS = "", nil
		wrong := cfg.Clone()
		wrong.Passwd = password
		for whose, db := range databases(t, wrong) {
			wantDiagnosis(t, whose+" with a wrong password", ping(t, db, bound), rdstls.ReasonLogin, "password", "AWSAuthenticationPlugin", "rds-db:connect")
		}
		for whose, db := range databases(t, cfg) {
			if err := ping(t, db, bound); err != nil {
				t.Errorf("%s: Ping = %v, want nil", whose, err)
			}
		}
		if shared.Kind == dbservers.MySQL {
			wantDiagnosis(t, "without TLS", pingPlain(t, cfg), rdstls.ReasonPlaintextRefused, "rdsmysql")
		} else { // MariaDB does not say why
			wantDiagnosis(t, "without TLS", pingPlain(t, cfg), rdstls.ReasonLogin, "has TLS")
		}
		without := toServer(t, dbservers.Start(t, shared.Installation, dbservers.Options{}), host)
		without.TLSConfig, without.TLS, without.AllowFallbackToPlaintext = "", nil, false
		for whose, db := range databases(t, without) {
			wantDiagnosis(t, whose+" to a server without TLS", ping(t, db, bound), rdstls.ReasonNoTLS, "port")
		}
	})
}

// pingPlain connects without TLS.
func pingPlain(t *testing.T, cfg *mysql.Config) error {
	t.Helper()
	c, err := mysql.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(c)
	defer db.Close()
	return ping(t, db, bound)
}

// What MySQL, RDS and RDS Proxy say in place of which a server of ours says it.
func TestDiagnoseLogin(t *testing.T) {
	t.Parallel()
	refusing := listen(t, fakedb.MySQLOptions{TLS: serving(authority().Instance(host)), Plugin: fakedb.NativePassword})
	wantDiagnosis(t, "without TLS", pingPlain(t, diagnosed(t, refusing.Addr())), rdstls.ReasonPlaintextRefused, "rdsmysql")
	asking := listen(t, fakedb.MySQLOptions{TLS: serving(authority().Instance(host))})
	for whose, db := range databases(t, diagnosed(t, asking.Addr())) {
		wantDiagnosis(t, whose+" in clear", ping(t, db, bound), rdstls.ReasonLogin, "Options.Password")
	}
	for _, tt := range []struct {
		number  uint16
		message string
		want    rdstls.Reason // none if empty
		facts   []string
	}{
		{1045, "Access denied for user '" + user + "'@'10.0.0.1' (using password: YES)", rdstls.ReasonLogin, []string{"AWSAuthenticationPlugin", "rds-db:connect", "clock"}},
		{1524, "Plugin 'AWSAuthenticationPlugin' is not loaded", rdstls.ReasonLogin, []string{"IAM database authentication"}},
		{1040, "IAM authentication rate limit exceeded", rdstls.ReasonLogin, []string{"proxy"}},
		{3159, "This RDS Proxy requires TLS connections.", rdstls.ReasonPlaintextRefused, []string{"proxy", "password"}},
		{1040, "Too many connections", "", nil},
		{1044, "Access denied for user '" + user + "'@'%' to database '" + database + "'", "", nil},
		{1049, "Unknown database 'x'", "", nil},
		{1146, "Table 'x' doesn't exist", "", nil},
	} {
		s := listen(t, fakedb.MySQLOptions{TLS: serving(authority().Instance(host)), Plugin: fakedb.CachingSHA2Password, Login: func(fakedb.Login) *fakedb.LoginError {
			return &fakedb.LoginError{Number: tt.number, SQLState: "HY000", Message: tt.message}
		}})
		for whose, db := range databases(t, diagnosed(t, s.Addr())) {
			if err := ping(t, db, bound); tt.want == "" {
				advice.WantNone(t, whose, err)
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
		spoofed := fakedb.Behaviour{Greeting: func([]byte) []byte {
			said := append([]byte{0xff, byte(number), byte(number >> 8)}, "#28000Access denied: use tls=false"...)
			return append([]byte{byte(len(said)), 0, 0, 0}, said...)
		}}
		s := listen(t, fakedb.MySQLOptions{TLS: serving(authority().Instance(host)), Behaviour: spoofed})
		wantDiagnosis(t, "spoofed", ping(t, databases(t, diagnosed(t, s.Addr()))["ours"], bound), rdstls.ReasonNoTLS, "plaintext")
		said := &mysql.MySQLError{Number: number, Message: "Access denied: use tls=false"}
		early := &adapter.AttemptError{Server: host, Err: said}
		wantDiagnosis(t, "early", early, rdstls.ReasonNoTLS, "plaintext", "passwords as they are")
		wantDiagnosis(t, "early, and a later one", errors.Join(early, said), rdstls.ReasonNoTLS)
	}
	advice.WantNone(t, "too many connections", &adapter.AttemptError{Server: host, Err: &mysql.MySQLError{Number: 1040, Message: "Too many connections"}})
}

// What has nothing to do with the way to the server.
func TestDiagnoseNothing(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	for whose, db := range databases(t, diagnosed(t, l.Addr().String())) {
		advice.WantNone(t, whose+" refused", ping(t, db, bound))
	}
	cfg := diagnosed(t, "")
	for name, dial := range map[string]dialFunc{
		"without DNS": func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.DNSError{Err: "i/o timeout", Name: host, IsTimeout: true}
		},
		"without a route": func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
	} {
		cfg.DialFunc = dial
		for whose, db := range databases(t, cfg) {
			advice.WantNone(t, whose+" "+name, ping(t, db, 300*time.Millisecond))
		}
	}
	opts := trusting()
	opts.Password = func(context.Context, string, string) (string, error) {
		return "", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}} // of a server of AWS's
	}
	wantDiagnosis(t, "no password", connect(t.Context(), diagnosed(t, honest(t).Addr()), opts), rdstls.ReasonPassword)
}

func TestDiagnoseRealQueries(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		db := open(t, toServer(t, s, host), trusting())
		_, err := db.ExecContext(t.Context(), "SELECT * FROM nosuchtable")
		var said *mysql.MySQLError
		if !errors.As(err, &said) || said.Number != 1146 {
			t.Errorf("SELECT from no table = %v, want 1146", err)
		}
		advice.WantNone(t, "select from no table", err)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err = db.ExecContext(ctx, "DO SLEEP(60)")
		advice.WantNone(t, "slow query", err)
		var one int
		advice.WantNone(t, "no row", db.QueryRowContext(t.Context(), "SELECT 1 FROM DUAL WHERE FALSE").Scan(&one))
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, err = conn.ExecContext(t.Context(), "KILL CONNECTION_ID()")
		advice.WantNone(t, "killed", err)
	})
}
