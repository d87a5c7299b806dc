package fakedb_test

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/rdstls/go/internal/fakedb"
)

var versions = map[string]uint16{"tls12": tls.VersionTLS12, "tls13": tls.VersionTLS13}

// TestPostgresHonest connects stock pgx, configured to verify, to an honest server.
func TestPostgresHonest(t *testing.T) {
	t.Parallel()
	auths := map[string]fakedb.PostgresAuth{
		"cleartext": fakedb.AuthCleartext, "md5": fakedb.AuthMD5, "trust": fakedb.AuthTrust,
	}
	for version, v := range versions {
		for auth, a := range auths {
			for _, negotiation := range []string{"postgres", "direct"} {
				t.Run(fmt.Sprintf("%s-%s-%s", version, auth, negotiation), func(t *testing.T) {
					t.Parallel()
					server := serverTLS()
					server.NextProtos = []string{"postgresql"}
					s := listenPostgres(t, fakedb.PostgresOptions{TLS: server, Direct: true, Auth: a})
					cfg := pgConfig(t, s, "sslmode=verify-full sslnegotiation="+negotiation)
					protos := cfg.TLSConfig.NextProtos
					cfg.TLSConfig = clientTLS()
					cfg.TLSConfig.NextProtos, cfg.TLSConfig.MaxVersion = protos, v
					usePostgres(t, cfg)
					checkPostgresRecord(t, s, v, a, negotiation)
				})
			}
		}
	}
}

func usePostgres(t *testing.T, cfg *pgx.ConnConfig) {
	t.Helper()
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.Ping(t.Context()); err != nil {
		t.Errorf("Ping = %v", err)
	}
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec,
		pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	} {
		for range 2 { // the second query finds the statement cached
			var one int
			if err := conn.QueryRow(t.Context(), "select 1", mode).Scan(&one); err != nil || one != 1 {
				t.Errorf("select 1 in mode %v = %d, %v, want 1", mode, one, err)
			}
		}
	}
	if tag, err := conn.Exec(t.Context(), "set application_name = 'x'"); err != nil || tag.String() != "SET" {
		t.Errorf("set = %q, %v, want SET", tag, err)
	}
}

func checkPostgresRecord(t *testing.T, s *fakedb.Server, version uint16, auth fakedb.PostgresAuth, negotiation string) {
	t.Helper()
	conns := s.Ended(t)
	if len(conns) != 1 {
		t.Fatalf("%d connections, want 1", len(conns))
	}
	c := conns[0]
	// "Message Formats": SSLRequest is a length of 8 and the code 80877103.
	plain := "0000000804d2162f"
	if negotiation == "direct" {
		plain = ""
	}
	if got := hex.EncodeToString(c.Plain()); got != plain {
		t.Errorf("bytes outside TLS = %s, want %s", got, plain)
	}
	want := fakedb.Login{User: user, Database: database}
	if auth == fakedb.AuthCleartext {
		want.Password = password
	}
	if got := c.Login(); got != want {
		t.Errorf("login = %+v, want %+v", got, want)
	}
	if got := c.Contains(password); got != (auth == fakedb.AuthCleartext) {
		t.Errorf("Contains(password) = %t", got)
	}
	if bytes.Contains(c.Raw(), []byte(user)) || !bytes.Contains(c.Secure(), []byte(user)) {
		t.Error("the user name must be inside TLS, and nowhere else")
	}
	state, ok := c.TLS()
	if !ok || state.Version != version || c.HandshakeErr() != nil {
		t.Errorf("TLS = %x, %t, error %v; want %x", state.Version, ok, c.HandshakeErr(), version)
	}
}

func TestPostgresPool(t *testing.T) {
	t.Parallel()
	s := listenPostgres(t, fakedb.PostgresOptions{TLS: serverTLS()})
	cfg, err := pgxpool.ParseConfig("sslmode=verify-full")
	if err != nil {
		t.Fatal(err)
	}
	cfg.ConnConfig = pgConfig(t, s, "sslmode=verify-full")
	cfg.ConnConfig.TLSConfig = clientTLS()
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := pool.Ping(t.Context()); err != nil {
		t.Errorf("Ping = %v", err)
	}
}

func TestPostgresTransaction(t *testing.T) {
	t.Parallel()
	s := listenPostgres(t, fakedb.PostgresOptions{TLS: serverTLS()})
	cfg := pgConfig(t, s, "sslmode=verify-full")
	cfg.TLSConfig = clientTLS()
	db := stdlib.OpenDB(*cfg)
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var one int
	if err := tx.QueryRowContext(t.Context(), "select 1").Scan(&one); err != nil || one != 1 {
		t.Errorf("select 1 = %d, %v, want 1", one, err)
	}
	if err := tx.Commit(); err != nil {
		t.Errorf("Commit = %v", err)
	}
}

// TestMySQLHonest connects stock go-sql-driver, configured to verify, to an honest server.
func TestMySQLHonest(t *testing.T) {
	t.Parallel()
	for version, v := range versions {
		for _, plugin := range []fakedb.MySQLPlugin{
			fakedb.ClearPassword, fakedb.NativePassword, fakedb.SHA256Password, fakedb.CachingSHA2Password,
		} {
			t.Run(version+"-"+string(plugin), func(t *testing.T) {
				t.Parallel()
				s := listenMySQL(t, fakedb.MySQLOptions{TLS: serverTLS(), Plugin: plugin})
				cfg := mysqlConfig(t, s, "allowCleartextPasswords=true")
				cfg.TLS = clientTLS()
				cfg.TLS.MaxVersion = v
				useMySQL(t, cfg)
				checkMySQLRecord(t, s, v, plugin)
			})
		}
	}
}

func useMySQL(t *testing.T, cfg *mysql.Config) {
	t.Helper()
	db := openMySQL(t, cfg)
	defer db.Close()
	if err := db.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	var one int
	if err := db.QueryRowContext(t.Context(), "SELECT 1").Scan(&one); err != nil || one != 1 {
		t.Errorf("SELECT 1 = %d, %v, want 1", one, err)
	}
	var size int
	if err := db.QueryRowContext(t.Context(), "SELECT @@max_allowed_packet").Scan(&size); err != nil || size != 67108864 {
		t.Errorf("max_allowed_packet = %d, %v, want 67108864", size, err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Errorf("Commit = %v", err)
	}
}

func checkMySQLRecord(t *testing.T, s *fakedb.Server, version uint16, plugin fakedb.MySQLPlugin) {
	t.Helper()
	conns := s.Ended(t)
	if len(conns) != 1 {
		t.Fatalf("%d connections, want 1", len(conns))
	}
	c := conns[0]
	// Protocol::SSLRequest: a header of 4 bytes and a payload of 32.
	if got := c.Plain(); len(got) != 36 || got[0] != 32 || got[3] != 1 {
		t.Errorf("bytes outside TLS = %x, want one SSL request packet", got)
	}
	want := fakedb.Login{User: user, Database: database, Password: password}
	if plugin == fakedb.NativePassword {
		want.Password = ""
	}
	if got := c.Login(); got != want {
		t.Errorf("login = %+v, want %+v", got, want)
	}
	if got := c.Contains(password); got != (want.Password != "") {
		t.Errorf("Contains(password) = %t", got)
	}
	if bytes.Contains(c.Raw(), []byte(database)) || !bytes.Contains(c.Secure(), []byte(database)) {
		t.Error("the database name must be inside TLS, and nowhere else")
	}
	state, ok := c.TLS()
	if !ok || state.Version != version || c.HandshakeErr() != nil {
		t.Errorf("TLS = %x, %t, error %v; want %x", state.Version, ok, c.HandshakeErr(), version)
	}
}

// TestResumption shows that one server's connections can resume each other's sessions.
func TestResumption(t *testing.T) {
	t.Parallel()
	s := listenMySQL(t, fakedb.MySQLOptions{TLS: serverTLS()})
	cfg := mysqlConfig(t, s, "allowCleartextPasswords=true")
	cfg.TLS = clientTLS()
	cfg.TLS.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	for range 2 {
		if err := mysqlUse(t.Context(), t, cfg); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range s.Ended(t) {
		if state, _ := c.TLS(); state.DidResume != (i == 1) {
			t.Errorf("connection %d: resumed = %t", i, state.DidResume)
		}
	}
}

// TestLoginRefused shows that clients see the error of the Login hook.
func TestLoginRefused(t *testing.T) {
	t.Parallel()
	refusal := &fakedb.LoginError{Number: 1045, SQLState: "28000", Message: "PAM authentication failed for user"}
	refuse := func(l fakedb.Login) *fakedb.LoginError {
		if want := (fakedb.Login{User: user, Database: database, Password: password}); l != want {
			t.Errorf("Login was called with %+v, want %+v", l, want)
		}
		return refusal
	}
	pg := listenPostgres(t, fakedb.PostgresOptions{TLS: serverTLS(), Login: refuse})
	pgCfg := pgConfig(t, pg, "sslmode=verify-full")
	pgCfg.TLSConfig = clientTLS()
	my := listenMySQL(t, fakedb.MySQLOptions{TLS: serverTLS(), Login: refuse})
	myCfg := mysqlConfig(t, my, "allowCleartextPasswords=true")
	myCfg.TLS = clientTLS()
	for name, err := range map[string]error{"pgx": pgUse(t.Context(), pgCfg), "mysql": mysqlUse(t.Context(), t, myCfg)} {
		if err == nil || !strings.Contains(err.Error(), refusal.Message) || !strings.Contains(err.Error(), refusal.SQLState) {
			t.Errorf("%s: error %v, want %+v", name, err, refusal)
		}
	}
}

// TestLongPassword shows that passwords of the length of IAM tokens arrive whole.
func TestLongPassword(t *testing.T) {
	t.Parallel()
	token := strings.Repeat("token&", 500)
	pg := listenPostgres(t, fakedb.PostgresOptions{TLS: serverTLS()})
	pgCfg := pgConfig(t, pg, "sslmode=verify-full")
	pgCfg.TLSConfig, pgCfg.Password = clientTLS(), token
	my := listenMySQL(t, fakedb.MySQLOptions{TLS: serverTLS()})
	myCfg := mysqlConfig(t, my, "allowCleartextPasswords=true")
	myCfg.TLS, myCfg.Passwd = clientTLS(), token
	if err := errors.Join(pgUse(t.Context(), pgCfg), mysqlUse(t.Context(), t, myCfg)); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*fakedb.Server{pg, my} {
		if got := s.Ended(t)[0].Login().Password; got != token {
			t.Errorf("received %d bytes, want %d", len(got), len(token))
		}
	}
}
