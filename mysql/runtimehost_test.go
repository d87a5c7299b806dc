package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log"
	"net"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/fakedb"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// A discovered is a connector that asks for the host of each connection.
type discovered struct {
	cfg  *mysql.Config
	opts *rdstls.Options
	find func(ctx context.Context) (addr string, err error)
}

func (d discovered) Connect(ctx context.Context) (driver.Conn, error) {
	addr, err := d.find(ctx)
	if err != nil {
		return nil, err
	}
	cfg := d.cfg.Clone()
	cfg.Addr = addr
	c, err := rdsmysql.NewConnector(cfg, d.opts)
	if err != nil {
		return nil, err
	}
	return c.Connect(ctx)
}

func (d discovered) Driver() driver.Driver { return mysql.MySQLDriver{} }

// The host of each connection is chosen at run time.
func ExampleNewConnector_hostChosenAtRunTime() {
	cfg, err := rdsmysql.ParseDSN("app:secret@tcp(orders.cluster-c9akciq32rgc.eu-west-1.rds.amazonaws.com)/orders")
	if err != nil {
		log.Fatal(err)
	}
	// type discovered struct { cfg *mysql.Config; opts *rdstls.Options; find func(context.Context) (string, error) }
	//
	// func (d discovered) Connect(ctx context.Context) (driver.Conn, error) {
	// 	addr, err := d.find(ctx)
	// 	if err != nil {
	// 		return nil, err
	// 	}
	// 	cfg := d.cfg.Clone()
	// 	cfg.Addr = addr
	// 	c, err := rdsmysql.NewConnector(cfg, d.opts)
	// 	if err != nil {
	// 		return nil, err
	// 	}
	// 	return c.Connect(ctx)
	// }
	//
	// func (d discovered) Driver() driver.Driver { return mysql.MySQLDriver{} }
	db := sql.OpenDB(discovered{cfg: cfg, find: func(context.Context) (string, error) {
		return "replica-2.c9akciq32rgc.eu-west-1.rds.amazonaws.com:3306", nil
	}})
	defer db.Close()
	fmt.Println(db.Stats().OpenConnections)
	// Output: 0
}

// twoServers returns a dial function that leads to the true servers of host and other.
func twoServers(t *testing.T) dialFunc {
	t.Helper()
	servers := map[string]*fakedb.Server{}
	for _, name := range []string{orders, billing} {
		servers[name+":3306"] = listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(name)), Plugin: fakedb.CachingSHA2Password})
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		return dialing(servers[addr])(ctx, network, addr)
	}
}

// TestHostChosenAtRunTime checks the documented way to choose a host for each connection,
// and that the errors of other ways point to it.
func TestHostChosenAtRunTime(t *testing.T) {
	t.Parallel()
	cfg := parse(t, canaryDSN("tcp("+orders+")", permissiveParams))
	cfg.DialFunc = twoServers(t)
	var asked int
	db := sql.OpenDB(discovered{cfg, trust(), func(context.Context) (string, error) {
		asked++
		return [...]string{orders, billing}[asked%2] + ":3306", nil
	}})
	defer db.Close()
	db.SetMaxIdleConns(-1)
	for range 4 {
		if err := db.PingContext(t.Context()); err != nil {
			t.Errorf("Ping = %v, want nil", err)
		}
	}
	if asked != 4 {
		t.Errorf("the host was asked for %d times, want 4", asked)
	}

	hook := cfg.Clone()
	if err := hook.Apply(beforeConnect(func(c *mysql.Config) error { c.Addr = billing + ":3306"; return nil })); err != nil {
		t.Fatal(err)
	}
	err := connect(t.Context(), hook, trust())
	if !errors.Is(err, rdstls.ErrUnverified) {
		t.Errorf("hook: Connect = %v, want %v", err, rdstls.ErrUnverified)
	}
	wantDiagnosis(t, "hook", err, rdstls.ReasonConfig)

	dial := cfg.Clone()
	dial.DialFunc = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return cfg.DialFunc(ctx, network, billing+":3306")
	}
	for name, cfg := range map[string]*mysql.Config{"hook": hook, "DialFunc": dial} {
		if err := connect(t.Context(), cfg, trust()); err == nil || !strings.Contains(err.Error(), "Hosts chosen at run time") {
			t.Errorf("%s: Connect = %v, want an error that names the section of the documentation", name, err)
		}
	}
}

// TestHookMayChangeAlias checks that a hook may lead to the same server by another
// address.
func TestHookMayChangeAlias(t *testing.T) {
	t.Parallel()
	s := honest(t, orders)
	cfg := parse(t, canaryDSN("tcp("+orders+")", permissiveParams))
	if err := cfg.Apply(beforeConnect(func(c *mysql.Config) error { c.Addr = s.Addr(); return nil })); err != nil {
		t.Fatal(err)
	}
	if err := connect(t.Context(), cfg, trust()); err != nil {
		t.Errorf("Connect = %v, want nil", err)
	}
}

// TestNilConfig checks that nil is an error.
func TestNilConfig(t *testing.T) {
	t.Parallel()
	_, err := rdsmysql.NewConnector(nil, nil)
	for name, err := range map[string]error{
		"NewConnector": err, "Configure": rdsmysql.Configure(nil, nil), "Check": rdsmysql.Check(nil),
	} {
		advicetest.WantConfigError(t, name+"(nil)", err, "cfg", nil)
	}
}

// TestZeroConfig checks that configurations that mysql.NewConfig did not make are
// not a reason to panic.
func TestZeroConfig(t *testing.T) {
	t.Parallel()
	s := honest(t, orders)
	cfg := &mysql.Config{Net: "tcp", Addr: orders, User: canaryUser, Passwd: canaryPassword, AllowCleartextPasswords: true, TLS: &tls.Config{}, DialFunc: dialing(s)}
	if err := connect(t.Context(), cfg, trust()); err != nil {
		t.Errorf("Connect = %v, want nil", err)
	}
}
