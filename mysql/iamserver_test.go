package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/fakeiam"
	"github.com/rdstls/go/rdstls"
)

// iamKeys is a provider that does not cache: each call returns other temporary
// credentials, which the verifier learns. Tokens are signed to the second and
// hold no random number, so two of the same second differ only if their
// credentials do.
type iamKeys struct {
	verifier *fakeiam.Verifier

	mu    sync.Mutex
	asked int
}

func (k *iamKeys) Retrieve(context.Context) (aws.Credentials, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	session := fmt.Sprintf("%s%d%s", iamSessionToken, k.asked, strings.Repeat("/+=", 700))
	k.verifier.Allow(k.id(k.asked), fakeiam.Credentials{SecretAccessKey: iamSecretKey, SessionToken: session})
	return aws.Credentials{AccessKeyID: k.id(k.asked), SecretAccessKey: iamSecretKey, SessionToken: session}, nil
}

func (k *iamKeys) id(n int) string { return fmt.Sprintf("ASIAEXAMPLE%d", n) }

func iamVerifier() *fakeiam.Verifier {
	return &fakeiam.Verifier{Endpoint: iamEndpoint, Region: "eu-west-1"}
}

// iamServer starts a server that asks for the password in clear and leaves it to
// verifier, as RDS does. Of the real ones only MariaDB can leave it to somebody
// else, through PAM, whose services are files of root's in /etc.
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

// iamOptions returns options with a password.
func iamOptions(password rdstls.PasswordFunc) *rdstls.Options {
	opts := trust()
	opts.Password = password
	return opts
}

func iamConfig(t *testing.T, s *fakedb.Server) *mysql.Config {
	t.Helper()
	cfg := parse(t, iamUser+"@tcp("+orders+")/"+canaryDatabase)
	cfg.DialFunc = dialing(s)
	return cfg
}

// wantNoSecrets prints err and all that it wraps in every way.
func wantNoSecrets(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
			text := fmt.Sprintf(verb, err)
			for _, secret := range []string{canaryPassword, iamSecretKey, iamSessionToken, "X-Amz-Signature"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s of the error holds %q: %s", verb, secret, text)
				}
			}
		}
	}
}
