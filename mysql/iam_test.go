package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/fakeiam"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdsiam"
	"github.com/rdstls/go/rdstls"
)

const (
	iamUser     = "iam_app"
	iamEndpoint = host + ":3306"

	// What no error may hold.
	iamSecretKey    = "marzipan/OBELISK+secret/key"
	iamSessionToken = "cinnamon//ZEPPELIN+session/token=="
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
		certs = []tls.Certificate{authority().Instance(host)}
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
	opts := trusting()
	opts.Password = password
	return opts
}

func iamConfig(t *testing.T, s *fakedb.Server) *mysql.Config {
	t.Helper()
	cfg := parse(t, iamUser+"@tcp("+host+")/"+database)
	cfg.DialFunc = dialing(s)
	return cfg
}

func TestIAM(t *testing.T) {
	t.Parallel()
	verifier := iamVerifier()
	s := iamServer(t, verifier)
	signer := &rdsiam.Signer{Credentials: &iamKeys{verifier: verifier}}
	byDSN, err := rdsmysql.OpenDB(iamUser+"@"+networkTo(s)+"("+host+":3306)/?tls=preferred", iamOptions(signer.Token))
	if err != nil {
		t.Fatal(err)
	}
	defer byDSN.Close()
	for name, db := range map[string]*sql.DB{"OpenDB": byDSN, "NewConnector": open(t, iamConfig(t, s), iamOptions(signer.Token))} {
		if err := db.PingContext(t.Context()); err != nil {
			t.Errorf("%s: Ping = %v, want nil", name, err)
		}
	}
	if got := verifier.Accepted(); len(got) != 2 || len(got[0]) < 2500 {
		t.Errorf("%d tokens were accepted, want 2 of more than 2500 bytes", len(got))
	}
}

// TestIAMRefused is about tokens that are not for this login. The endpoint is the
// name, never the alias or the port of a tunnel.
func TestIAMRefused(t *testing.T) {
	t.Parallel()
	const alias = "db.internal.example"
	verifier := iamVerifier()
	s := iamServer(t, verifier, authority().Leaf(nil, host, alias))
	keys := &iamKeys{verifier: verifier}
	signer := &rdsiam.Signer{Credentials: keys}
	of := func(region string) rdstls.PasswordFunc {
		return (&rdsiam.Signer{Credentials: keys, Region: region}).Token
	}
	for name, tt := range map[string]struct {
		addr, serverName string
		password         rdstls.PasswordFunc
		after            time.Duration
		want             error // of the verifier
	}{
		"fresh":   {host, "", signer.Token, 0, nil},
		"expired": {host, "", signer.Token, 16 * time.Minute, fakeiam.ErrTime},
		"other-user": {host, "", func(ctx context.Context, endpoint, _ string) (string, error) {
			return signer.Token(ctx, endpoint, "other")
		}, 0, fakeiam.ErrUser},
		"other-region":    {host, "", of("eu-west-2"), 0, fakeiam.ErrRegion},
		"other-port":      {host + ":13306", "", signer.Token, 0, fakeiam.ErrEndpoint},
		"tunnel-port":     {"localhost:13306", host, signer.Token, 0, fakeiam.ErrEndpoint},
		"tunnel-endpoint": {"localhost:13306", iamEndpoint, signer.Token, 0, nil},
		"alias":           {alias, "", of("eu-west-1"), 0, fakeiam.ErrEndpoint},
		"alias-endpoint":  {alias, host, signer.Token, 0, nil},
	} {
		verifier.Now = func() time.Time { return time.Now().Add(tt.after) }
		cfg := parse(t, iamUser+"@tcp("+tt.addr+")/")
		cfg.DialFunc = dialing(s)
		opts := iamOptions(tt.password)
		opts.ServerName = tt.serverName
		err := connect(t.Context(), cfg, opts)
		if tt.want == nil {
			if err != nil {
				t.Errorf("%s: Connect = %v, want nil", name, err)
			}
			continue
		}
		var refused *mysql.MySQLError
		if !errors.As(err, &refused) || refused.Number != 1045 || !strings.Contains(refused.Message, tt.want.Error()) {
			t.Errorf("%s: Connect = %v, want a login refused for %v", name, err, tt.want)
		}
		noSecrets(t, err)
	}
	// The Signer itself does not take an alias for an endpoint. That error is not to be
	// mistaken for one about the DSN.
	cfg := parse(t, iamUser+"@tcp("+alias+")/")
	cfg.DialFunc = dialing(s)
	err := connect(t.Context(), cfg, iamOptions(signer.Token))
	if err == nil || !strings.Contains(err.Error(), rdstls.ErrNotEndpoint.Error()) || errors.Is(err, rdstls.ErrNotEndpoint) {
		t.Errorf("Connect to an alias = %v, want an error that says %q and does not match it", err, rdstls.ErrNotEndpoint)
	}
}

// iamHold opens n connections of db, all at once if atOnce, and keeps each until
// the last is there, so that none serves two.
func iamHold(t *testing.T, db *sql.DB, n int, atOnce bool) {
	t.Helper()
	var all, held sync.WaitGroup
	held.Add(n)
	for range n {
		opened := make(chan struct{})
		all.Go(func() {
			conn, err := db.Conn(t.Context())
			if err == nil {
				err = conn.PingContext(t.Context())
				defer conn.Close()
			}
			if err != nil {
				t.Errorf("Conn = %v, want nil", err)
			}
			close(opened)
			held.Done()
			held.Wait()
		})
		if !atOnce {
			<-opened
		}
	}
	all.Wait()
}

// wantTokens fails the test unless n tokens were accepted, each once, of
// credentials retrieved for it alone.
func wantTokens(t *testing.T, keys *iamKeys, n int) {
	t.Helper()
	got := keys.verifier.Accepted()
	slices.Sort(got)
	if different := len(slices.Compact(slices.Clone(got))); len(got) != n || different != n || keys.asked != n {
		t.Errorf("%d tokens were accepted, %d of them different, of %d credentials, want %d", len(got), different, keys.asked, n)
	}
}

func TestIAMPool(t *testing.T) {
	t.Parallel()
	keys := &iamKeys{verifier: iamVerifier()}
	s := iamServer(t, keys.verifier)
	iamHold(t, open(t, iamConfig(t, s), iamOptions((&rdsiam.Signer{Credentials: keys}).Token)), 50, true)
	wantTokens(t, keys, 50)
}

// TestIAMRealServers is about servers that compare a password with that of the
// account: each token is verified here, and then made the account's. So they
// cannot all log in at once. MySQL's plugin for tests asks for it in clear, as
// RDS does. MariaDB does that only through PAM, which has its files in /etc, so
// there the token proves itself as a native password.
func TestIAMRealServers(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		t.Parallel()
		admin := open(t, toServer(t, s, host), trusting())
		execute := func(statement string) error {
			_, err := admin.ExecContext(t.Context(), statement)
			return err
		}
		identified, inClear := "IDENTIFIED BY", false
		if s.Kind == dbservers.MySQL {
			err := execute("INSTALL PLUGIN cleartext_plugin_server SONAME 'auth_test_plugin.so'")
			if inClear = err == nil; inClear {
				identified = "IDENTIFIED WITH cleartext_plugin_server AS"
			} else {
				t.Log(err) // some packages leave it out; the token is proved by the default plugin then
			}
		}
		account := "'" + iamUser + "'@'%' " + identified
		if err := execute("CREATE USER " + account + " 'none yet' REQUIRE SSL"); err != nil {
			t.Fatal(err)
		}
		keys := &iamKeys{verifier: iamVerifier()}
		signer := &rdsiam.Signer{Credentials: keys}
		cfg := toServer(t, s, host)
		cfg.User, cfg.Passwd, cfg.DBName = iamUser, "of-the-dsn", ""
		db := open(t, cfg, iamOptions(func(ctx context.Context, endpoint, user string) (string, error) {
			token, err := signer.Token(ctx, endpoint, user)
			if err == nil {
				err = keys.verifier.Verify(token, user)
			}
			if err == nil {
				err = execute("ALTER USER " + account + " '" + token + "'")
			}
			return token, err
		}))
		iamHold(t, db, 50, false)
		wantTokens(t, keys, 50)

		// A token that the account does not have.
		var refused *mysql.MySQLError
		err := connect(t.Context(), cfg, iamOptions(signer.Token))
		if !errors.As(err, &refused) || refused.Number != 1045 {
			t.Errorf("Connect with another token = %v, want error 1045", err)
		}
		noSecrets(t, err)
		// The control: without the option, the driver refuses to send one in clear.
		if err := connect(t.Context(), cfg, trusting()); errors.Is(err, mysql.ErrCleartextPassword) != inClear {
			t.Errorf("Connect without Password = %v, asked for it in clear: %t", err, inClear)
		}
	})
}

// TestIAMCredentialsRotate replaces the credentials behind a pool that lives.
func TestIAMCredentialsRotate(t *testing.T) {
	t.Parallel()
	keys := &iamKeys{verifier: iamVerifier()}
	cache := aws.NewCredentialsCache(keys)
	s := iamServer(t, keys.verifier)
	db := open(t, iamConfig(t, s), iamOptions((&rdsiam.Signer{Credentials: cache}).Token))
	old, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	keys.verifier.Revoke(keys.id(1))
	// The control: what is revoked is of no use any more.
	if err := db.PingContext(t.Context()); err == nil || !strings.Contains(err.Error(), fakeiam.ErrCredentials.Error()) {
		t.Errorf("Ping with revoked credentials = %v, want %v", err, fakeiam.ErrCredentials)
	}
	cache.Invalidate()
	// A session outlives its token.
	if err := errors.Join(db.PingContext(t.Context()), old.PingContext(t.Context())); err != nil {
		t.Errorf("Ping of the new and the old connection = %v, want nil", err)
	}
	got := keys.verifier.Accepted()
	if len(got) != 2 || !strings.Contains(got[0], keys.id(1)+"%2F") || !strings.Contains(got[1], keys.id(2)+"%2F") {
		t.Errorf("%d tokens were accepted, want one of each credentials", len(got))
	}
}

// TestIAMProviderHangs is about providers that do not answer, as when the
// metadata service of the machine is gone. They cost an attempt the time that its
// context allows, and the pool goes on.
func TestIAMProviderHangs(t *testing.T) {
	t.Parallel()
	const allowed = 200 * time.Millisecond
	for name, heeds := range map[string]bool{"heeding-its-context": true, "ignoring-its-context": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys := &iamKeys{verifier: iamVerifier()}
			answers := make(chan struct{})
			signer := &rdsiam.Signer{Credentials: aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
				done := ctx.Done()
				if !heeds {
					done = nil
				}
				select {
				case <-done:
					return aws.Credentials{}, ctx.Err()
				case <-answers:
					return keys.Retrieve(ctx)
				}
			})}
			db := open(t, iamConfig(t, iamServer(t, keys.verifier)), iamOptions(signer.Token))
			db.SetMaxOpenConns(1)
			ctx, cancel := context.WithTimeout(t.Context(), allowed)
			defer cancel()
			start := time.Now()
			if err := db.PingContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Ping = %v, want %v", err, context.DeadlineExceeded)
			}
			if took := time.Since(start); took > bound {
				t.Errorf("Ping took %s, with a context of %s", took, allowed)
			}
			close(answers)
			if err := db.PingContext(t.Context()); err != nil {
				t.Errorf("Ping afterwards = %v, want nil", err)
			}
		})
	}
}

// iamError is a provider's error, which programs look for by its type.
type iamError struct{ text string }

func (e *iamError) Error() string { return e.text }

// TestIAMProviderError follows a provider's error through the driver and
// database/sql, which must not try again.
func TestIAMProviderError(t *testing.T) {
	t.Parallel()
	cause := &iamError{"no role is attached"}
	asked := 0
	signer := &rdsiam.Signer{Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		asked++
		return aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: iamSecretKey, SessionToken: iamSessionToken},
			fmt.Errorf("retrieve: %w", cause)
	})}
	s := iamServer(t, iamVerifier())
	cfg := iamConfig(t, s)
	cfg.Passwd = password
	db := open(t, cfg, iamOptions(signer.Token))
	for i := range 3 {
		err := db.PingContext(t.Context())
		var found *iamError
		if !errors.Is(err, cause) || !errors.As(err, &found) || errors.Is(err, driver.ErrBadConn) {
			t.Errorf("Ping = %v, want one that wraps %v", err, cause)
			continue
		}
		if n := strings.Count(err.Error(), cause.text); n != 1 {
			t.Errorf("Ping = %v, which says %d times what went wrong", err, n)
		}
		if asked != i+1 {
			t.Errorf("credentials were asked for %d times in %d attempts", asked, i+1)
		}
		noSecrets(t, err)
	}
	if conns := ended(t, s); len(conns) > 0 {
		t.Errorf("%d connections were made", len(conns))
	}
}

// noSecrets prints err and all that it wraps in every way.
func noSecrets(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
			text := fmt.Sprintf(verb, err)
			for _, secret := range []string{password, iamSecretKey, iamSessionToken, "X-Amz-Signature"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s of the error holds %q: %s", verb, secret, text)
				}
			}
		}
	}
}
