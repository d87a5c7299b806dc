package rdsmysql_test

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"

	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// TestLiveness checks that the driver replaces a connection that the server has
// closed while it was idle. For that it looks at the socket, which it must find
// below what this package does to connections.
func TestLiveness(t *testing.T) {
	t.Parallel()
	first, second := honest(t, orders), honest(t, orders)
	at := first
	cfg := parse(t, "u:p@tcp("+orders+")/?allowCleartextPasswords=true")
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		return dialing(at)(ctx, network, addr)
	}
	db := open(t, cfg, trust())
	if _, err := db.ExecContext(t.Context(), "INSERT"); err != nil {
		t.Fatal(err)
	}
	at = second
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	// canaryDatabase/sql would not try this again, had the driver sent it on a dead connection.
	if _, err := db.ExecContext(t.Context(), "INSERT"); err != nil {
		t.Errorf("Exec after the server closed the connection = %v, want nil, on a new one", err)
	}
}

// TestDialFunc checks that the caller's DialFunc is used, and that it gets the
// address of the DSN.
func TestDialFunc(t *testing.T) {
	t.Parallel()
	s := honest(t, orders)
	var got []string
	cfg := parse(t, "u:p@tcp("+strings.ToUpper(orders)+")/?allowCleartextPasswords=true")
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		got = append(got, network, addr)
		return dialing(s)(ctx, network, addr)
	}
	if err := connect(t.Context(), cfg, trust()); err != nil {
		t.Errorf("Connect = %v, want nil", err)
	}
	if want := []string{"tcp", strings.ToUpper(orders) + ":3306"}; !slices.Equal(got, want) {
		t.Errorf("DialFunc was called with %q, want %q", got, want)
	}

	refused := errors.New("no route")
	cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) { return nil, refused }
	if err := connect(t.Context(), cfg, trust()); !errors.Is(err, refused) {
		t.Errorf("Connect = %v, want %v", err, refused)
	}
	cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) { return nil, nil }
	if err := connect(t.Context(), cfg, trust()); err == nil || !strings.Contains(err.Error(), "neither a connection nor an error") {
		t.Errorf("Connect = %v without a connection, want an error that says so", err)
	}
}

// TestOwnDialer checks that the connector dials every network of TCP itself, so that
// it sees the greeting.
func TestOwnDialer(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte{1, 0, 0, 0, 9}) // the client can have gone
			conn.Close()
		}
	}()
	opts := trust()
	opts.ServerName = orders
	for _, network := range []string{"", "tcp", "tcp4"} {
		cfg := &mysql.Config{Net: network, Addr: listener.Addr().String(), User: "u", Passwd: "p"}
		if err := connect(t.Context(), cfg, opts); err == nil || !strings.Contains(err.Error(), "greeting is malformed") {
			t.Errorf("%q: Connect = %v, want an error about the greeting", network, err)
		}
	}
}

// TestNetworks checks that networks are reached by name: those of the system, which
// reach 127.0.0.1, and one that was registered with the driver.
func TestNetworks(t *testing.T) {
	t.Parallel()
	s := honest(t, orders)
	var dials atomic.Int32
	mysql.RegisterDialContext("mynet", func(ctx context.Context, addr string) (net.Conn, error) {
		if want := orders + ":3306"; addr != want {
			t.Errorf("the registered network was asked for %q, want %q", addr, want)
		}
		dials.Add(1)
		return dialing(s)(ctx, "", "")
	})
	opts := trust()
	opts.ServerName = orders
	for _, address := range []string{"tcp(" + s.Addr() + ")", "tcp4(" + s.Addr() + ")", "mynet(" + orders + ":3306)"} {
		db, err := rdsmysql.OpenDB("u:p@"+address+"/?allowCleartextPasswords=true", opts)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.PingContext(t.Context()); err != nil {
			t.Errorf("%s: Ping = %v, want nil", address, err)
		}
		db.Close()
	}
	if dials.Load() != 1 {
		t.Errorf("the registered network was used %d times, want 1", dials.Load())
	}
	cfg := &mysql.Config{Addr: s.Addr(), User: "u", Passwd: "p", AllowCleartextPasswords: true} // no Net
	if err := connect(t.Context(), cfg, opts); err != nil {
		t.Errorf("Connect without Net = %v, want nil", err)
	}
}

func TestDriver(t *testing.T) {
	t.Parallel()
	c := newConnector(t, parse(t, "u:p@tcp("+orders+")/"), nil)
	if d, ok := c.Driver().(*mysql.MySQLDriver); !ok {
		t.Errorf("Driver() = %T, want the driver's", d)
	}
	if db := sql.OpenDB(c); db.Driver() == nil {
		t.Error("DB.Driver() = nil")
	}
}

func TestNewConnectorRefusesLikeDriver(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]*mysql.Config{
		"unknown key":      {Addr: orders, ServerPubKey: "S3cret"},
		"unsafe collation": {Addr: orders, InterpolateParams: true, Collation: "gbk_chinese_ci"},
	} {
		c, err := rdsmysql.NewConnector(cfg, nil)
		var refused *rdstls.ConfigError
		if c != nil || !errors.As(err, &refused) || strings.Contains(err.Error(), "S3cret") {
			t.Errorf("%s: NewConnector = %v, %v, want a ConfigError that does not repeat a value", name, c, err)
		}
	}
}
