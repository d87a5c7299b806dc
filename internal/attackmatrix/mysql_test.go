package attackmatrix

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// malformed is the one row that stands for many attacks: a greeting of every
// length.
const malformed = "greeting cut off"

func mysqlProtocol(t *testing.T) protocol {
	return protocol{"MySQL", mysqlAttacks(), mysqlClients(t)}
}

func listenMySQL(t *testing.T, opts fakedb.MySQLOptions) *fakedb.Server {
	t.Helper()
	opts.Plaintext = true // a server that asks for the password in cleartext takes it
	return fakedb.Started(t)(fakedb.ListenMySQL(opts))
}

func mysqlAttacks() []attack {
	impostor := func(t *testing.T, cfg *tls.Config) *fakedb.Server {
		return listenMySQL(t, fakedb.MySQLOptions{TLS: cfg})
	}
	between := func(t *testing.T, cfg *tls.Config, b fakedb.Behavior) *fakedb.Server {
		return listenMySQL(t, fakedb.MySQLOptions{TLS: cfg, Behavior: b})
	}
	alone := func(opts fakedb.MySQLOptions) func(*testing.T) scene {
		return func(t *testing.T) scene { return scene{evil: []*fakedb.Server{listenMySQL(t, opts)}} }
	}
	fake := serving(authority().Impostor().Instance(host))
	all := append([]attack{
		{name: "TLS stripped, asks for the password in cleartext", stage: alone(fakedb.MySQLOptions{})},
		{name: "TLS stripped, sends an RSA key (sha256_password)", stage: alone(fakedb.MySQLOptions{Plugin: fakedb.SHA256Password})},
		{name: "TLS stripped, sends an RSA key (caching_sha2_password)", stage: alone(fakedb.MySQLOptions{Plugin: fakedb.CachingSHA2Password})},
		{name: "TLS stripped, asks for a scramble (native password)", stage: alone(fakedb.MySQLOptions{Plugin: fakedb.NativePassword})},
		{name: "TLS stripped once, then the true server", stage: stickyScene},
		{name: "false certificate, sha256_password", stage: alone(fakedb.MySQLOptions{TLS: fake, Plugin: fakedb.SHA256Password})},
		{name: "false certificate, caching_sha2_password", stage: alone(fakedb.MySQLOptions{TLS: fake, Plugin: fakedb.CachingSHA2Password})},
		{name: "false certificate, native password", stage: alone(fakedb.MySQLOptions{TLS: fake, Plugin: fakedb.NativePassword})},
		{name: malformed, stage: malformedScene},
		editAttack(editDatabase, unset(3)),
		editAttack(editEOF, set(24)),
		editAttack(editMetadata, unset(0), set(32+4)),
		editAttack(editLength, unset(21), plugin(fakedb.SHA256Password)),
	}, certificateAttacks(impostor)...)
	return append(append(all, behaviorAttacks(fakedb.HostileMySQL(), between)...), renegotiation(between))
}

// stickyScene is an attacker who answers once. Afterwards the driver may still
// believe what they said.
func stickyScene(t *testing.T) scene {
	return scene{
		evil:   []*fakedb.Server{listenMySQL(t, fakedb.MySQLOptions{})},
		honest: listenMySQL(t, fakedb.MySQLOptions{TLS: serving(authority().Instance(host))}),
	}
}

// malformedScene is one attacker for each length, who has no certificate for the
// endpoint.
func malformedScene(t *testing.T) scene {
	var s scene
	for _, b := range fakedb.MalformedGreetings() {
		s.evil = append(s.evil, listenMySQL(t, fakedb.MySQLOptions{TLS: serving(authority().Instance(other)), Behavior: b}))
	}
	return s
}

// The TLS config keys in the driver's registry.
const (
	ourKey   = "attackmatrix-rdsmysql"
	rightKey = "attackmatrix-right"
)

// allowed is what programs with IAM tokens have in their DSNs, and worst is that
// with all else that a DSN can allow.
const (
	allowed = "allowCleartextPasswords=true"
	worst   = allowed + "&allowOldPasswords=true&allowFallbackToPlaintext=true&tls=preferred"
)

// settled sets, once, what is set for the whole process.
var settled = sync.OnceValue(func() error {
	return errors.Join(
		mysql.SetLogger(&mysql.NopLogger{}), // the driver logs what hostile servers do
		rdsmysql.RegisterTLSConfig(ourKey, &rdstls.Options{Roots: pool()}),
		mysql.RegisterTLSConfig(rightKey, verified()),
	)
})

func mysqlClients(t *testing.T) []client {
	if err := settled(); err != nil {
		t.Fatal(err)
	}
	stock := func(params string) connectFunc {
		return func(ctx context.Context, _ attack, s scene) error {
			return mysqlVisit(ctx, s, params, func(cfg *mysql.Config) (*sql.DB, error) {
				c, err := mysql.NewConnector(cfg)
				if err != nil {
					return nil, err
				}
				return sql.OpenDB(c), nil
			})
		}
	}
	return []client{
		{"rdsmysql.NewConnector", true, func(ctx context.Context, _ attack, s scene) error {
			return mysqlVisit(ctx, s, worst, func(cfg *mysql.Config) (*sql.DB, error) {
				c, err := rdsmysql.NewConnector(cfg, &rdstls.Options{Roots: pool()})
				if err != nil {
					return nil, err
				}
				return sql.OpenDB(c), nil
			})
		}},
		{"rdsmysql.OpenDB", true, viaOpenDB},
		{keyClient, true, stock(allowed + "&tls=" + ourKey)},
		{"mysql preferred", false, stock(allowed + "&tls=preferred")},
		{"mysql skip-verify", false, stock(allowed + "&tls=skip-verify")},
		{"mysql, own TLS config key", false, stock(allowed + "&tls=" + rightKey)},
		{"mysql, own TLS config key, allowFallbackToPlaintext", false, stock(allowed + "&allowFallbackToPlaintext=true&tls=" + rightKey)},
	}
}

// keyClient is the stock driver with a TLS config key of RegisterTLSConfig.
const keyClient = "rdsmysql TLS config key"

// viaOpenDB gives OpenDB a DSN with the address of the attacker, as a tunnel's
// would be. The driver dials by itself.
func viaOpenDB(ctx context.Context, a attack, s scene) error {
	if s.honest != nil {
		return viaNetwork(ctx, a, s) // there are two at one address
	}
	var errs []error
	for _, evil := range s.evil {
		db, err := rdsmysql.OpenDB(strings.Replace(dsn("tcp("+evil.Addr()+")", worst), password, passwordFor(s), 1), &rdstls.Options{Roots: pool(), ServerName: host})
		if err != nil {
			return errors.Join(errNotTried, err)
		}
		errs = append(errs, recovering(func() error {
			defer db.Close()
			return ask(ctx, db, s)
		}))
	}
	return together(errs)
}

// viaNetwork gives OpenDB a DSN with a registered network.
func viaNetwork(ctx context.Context, _ attack, s scene) error {
	return mysqlVisit(ctx, s, worst, func(cfg *mysql.Config) (*sql.DB, error) {
		network := fmt.Sprintf("attackmatrix-%d", s.evil[0].Port())
		dial := cfg.DialFunc
		mysql.RegisterDialContext(network, func(ctx context.Context, addr string) (net.Conn, error) {
			return dial(ctx, "tcp", addr)
		})
		return rdsmysql.OpenDB(dsn(network+"("+host+":3306)", worst), &rdstls.Options{Roots: pool()})
	})
}

func dsn(address, params string) string {
	return user + ":" + password + "@" + address + "/" + database + "?" + params
}

// mysqlVisit opens a database whose connections lead to the attackers of a scene
// in turn, and then to the true server, and makes as many connections as it takes
// to see them all, and two more of the true server.
func mysqlVisit(ctx context.Context, s scene, params string, open func(*mysql.Config) (*sql.DB, error)) error {
	cfg, err := mysql.ParseDSN(dsn("tcp("+host+")", params))
	if err != nil {
		return errors.Join(errNotTried, err)
	}
	cfg.Passwd = passwordFor(s)
	var dials tracker
	defer dials.closeAll()
	var visit atomic.Int32
	cfg.DialFunc = func(ctx context.Context, network, _ string) (net.Conn, error) {
		to := s.honest
		if n := int(visit.Load()); n < len(s.evil) {
			to = s.evil[n]
		}
		return dials.dial(ctx, network, to.Addr())
	}
	db, err := open(cfg)
	if err != nil {
		return errors.Join(errNotTried, err)
	}
	defer db.Close()
	db.SetMaxIdleConns(-1) // a connection for each ping
	var errs []error
	for range s.evil {
		errs = append(errs, recovering(func() error { return ask(ctx, db, s) }))
		visit.Add(1)
	}
	if s.honest != nil {
		for range 2 {
			_ = db.PingContext(ctx) // the server's record counts
		}
	}
	return together(errs)
}

// together returns the error of several attempts: how many panicked, if any did, or
// nil, if one made a connection.
func together(errs []error) error {
	err := errs[0]
	var panics int
	for _, e := range errs {
		if e == nil {
			err = nil
		}
		if errors.Is(e, errPanic) {
			panics++
		}
	}
	if panics > 0 {
		return &panicsError{panics, len(errs)}
	}
	return err
}
