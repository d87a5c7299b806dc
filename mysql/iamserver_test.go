package rdsmysql_test

import (
	"crypto/tls"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/fakeiam"
)

func iamVerifier() *fakeiam.Verifier {
	return &fakeiam.Verifier{Endpoint: iamEndpoint, Region: "eu-west-1"}
}

// iamServer starts a server that asks for the password in cleartext and leaves it to
// verifier, as RDS does. Of the real ones only MariaDB can leave it to another
// service, through PAM, whose services are files of root's in /etc.
func iamServer(t *testing.T, verifier *fakeiam.Verifier, certs ...tls.Certificate) *fakedb.Server {
	t.Helper()
	if certs == nil {
		certs = []tls.Certificate{ca.Instance(orders)}
	}
	return listen(t, fakedb.MySQLOptions{
		TLS: &tls.Config{Certificates: certs},
		Login: func(l fakedb.Login) *fakedb.LoginError {
			if err := verifier.Verify(l.Password, l.User); err != nil {
				return &fakedb.LoginError{Number: 1045, SQLState: "28000", Message: err.Error()}
			}
			return nil
		},
	})
}

func iamConfig(t *testing.T, s *fakedb.Server) *mysql.Config {
	t.Helper()
	cfg := parse(t, iamUser+"@tcp("+orders+")/"+canaryDatabase)
	cfg.DialFunc = dialing(s)
	return cfg
}
