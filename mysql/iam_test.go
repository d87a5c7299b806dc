package rdsmysql_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakeiam"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdsiam"
	"github.com/rdstls/go/rdstls"
)

const (
	iamUser     = "iam_app"
	iamEndpoint = orders + ":3306"
)

func TestIAM(t *testing.T) {
	t.Parallel()
	verifier := iamVerifier()
	s := iamServer(t, verifier)
	signer := &rdsiam.Signer{Credentials: fakeiam.NewKeys(verifier)}
	byDSN, err := rdsmysql.OpenDB(iamUser+"@"+networkTo(s)+"("+orders+":3306)/?tls=preferred", trustWith(signer.Token))
	if err != nil {
		t.Fatal(err)
	}
	defer byDSN.Close()
	for name, db := range map[string]*sql.DB{"OpenDB": byDSN, "NewConnector": open(t, iamConfig(t, s), trustWith(signer.Token))} {
		if err := db.PingContext(t.Context()); err != nil {
			t.Errorf("%s: Ping = %v, want nil", name, err)
		}
	}
	if got := verifier.Accepted(); len(got) != 2 || len(got[0]) < 2500 {
		t.Errorf("%d tokens were accepted, want 2 of more than 2500 bytes", len(got))
	}
}

// TestIAMRefused checks that a token for another login is refused. Tokens are for
// the endpoint, never for the alias or the port of a tunnel.
func TestIAMRefused(t *testing.T) {
	t.Parallel()
	const alias = "db.internal.example"
	verifier := iamVerifier()
	s := iamServer(t, verifier, ca.Leaf(nil, orders, alias))
	keys := fakeiam.NewKeys(verifier)
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
		"fresh":   {orders, "", signer.Token, 0, nil},
		"expired": {orders, "", signer.Token, 16 * time.Minute, fakeiam.ErrTime},
		"other-user": {orders, "", func(ctx context.Context, endpoint, _ string) (string, error) {
			return signer.Token(ctx, endpoint, "other")
		}, 0, fakeiam.ErrUser},
		"other-region":    {orders, "", of("eu-west-2"), 0, fakeiam.ErrRegion},
		"other-port":      {orders + ":13306", "", signer.Token, 0, fakeiam.ErrEndpoint},
		"tunnel-port":     {"localhost:13306", orders, signer.Token, 0, fakeiam.ErrEndpoint},
		"tunnel-endpoint": {"localhost:13306", iamEndpoint, signer.Token, 0, nil},
		"alias":           {alias, "", of("eu-west-1"), 0, fakeiam.ErrEndpoint},
		"alias-endpoint":  {alias, orders, signer.Token, 0, nil},
	} {
		verifier.Now = func() time.Time { return time.Now().Add(tt.after) }
		cfg := parse(t, iamUser+"@tcp("+tt.addr+")/")
		cfg.DialFunc = dialing(s)
		opts := trustWith(tt.password)
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
		advicetest.WantNoSecrets(t, "Connect", err, canaryPassword, fakeiam.SecretKey, fakeiam.SessionToken, "X-Amz-Signature")
	}
	// The Signer itself does not take an alias for an endpoint. That error is not to be
	// mistaken for one about the DSN.
	cfg := parse(t, iamUser+"@tcp("+alias+")/")
	cfg.DialFunc = dialing(s)
	err := connect(t.Context(), cfg, trustWith(signer.Token))
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
func wantTokens(t *testing.T, keys *fakeiam.Keys, n int) {
	t.Helper()
	got := keys.Verifiers[0].Accepted()
	slices.Sort(got)
	if different := len(slices.Compact(slices.Clone(got))); len(got) != n || different != n || keys.Asked() != n {
		t.Errorf("%d tokens were accepted, %d of them different, of %d credentials, want %d", len(got), different, keys.Asked(), n)
	}
}

func TestIAMPool(t *testing.T) {
	t.Parallel()
	keys := fakeiam.NewKeys(iamVerifier())
	s := iamServer(t, keys.Verifiers[0])
	iamHold(t, open(t, iamConfig(t, s), trustWith((&rdsiam.Signer{Credentials: keys}).Token)), 50, true)
	wantTokens(t, keys, 50)
}

// TestIAMRealServers checks tokens with real servers, which compare a password with
// that of the account: each token is verified here, and then made the account's. So
// the connections take turns. MySQL's plugin for tests asks for the password in
// cleartext, as RDS does.
func TestIAMRealServers(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		t.Parallel()
		admin := open(t, realConfig(t, s, orders), trust())
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
		keys := fakeiam.NewKeys(iamVerifier())
		signer := &rdsiam.Signer{Credentials: keys}
		cfg := realConfig(t, s, orders)
		cfg.User, cfg.Passwd, cfg.DBName = iamUser, "of-the-dsn", ""
		db := open(t, cfg, trustWith(func(ctx context.Context, endpoint, user string) (string, error) {
			token, err := signer.Token(ctx, endpoint, user)
			if err == nil {
				err = keys.Verifiers[0].Verify(token, user)
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
		err := connect(t.Context(), cfg, trustWith(signer.Token))
		if !errors.As(err, &refused) || refused.Number != 1045 {
			t.Errorf("Connect with another token = %v, want error 1045", err)
		}
		advicetest.WantNoSecrets(t, "Connect", err, canaryPassword, fakeiam.SecretKey, fakeiam.SessionToken, "X-Amz-Signature")
		// The control: without the option, the driver refuses to send one in cleartext.
		if err := connect(t.Context(), cfg, trust()); errors.Is(err, mysql.ErrCleartextPassword) != inClear {
			t.Errorf("Connect without Password = %v, asked for it in cleartext: %t", err, inClear)
		}
	})
}
