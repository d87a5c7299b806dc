package rdsmysql_test

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// errGreeting makes an error the server's first packet.
func errGreeting(number uint16, text string) func([]byte) []byte {
	return func([]byte) []byte {
		said := append([]byte{0xff, byte(number), byte(number >> 8)}, text...)
		return append([]byte{byte(len(said)), byte(len(said) >> 8), 0, 0}, said...)
	}
}

// TestGreetingErrors checks that what no server says in place of a greeting is
// refused, without a word to the attacker, and that the rest of what they write
// there is one short line.
func TestGreetingErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		greeting func([]byte) []byte
		want     string // in the error
	}{
		"1290":           {errGreeting(1290, "#HY000read only"), "read-only"},
		"1792":           {errGreeting(1792, "#HY000read only"), "read-only"},
		"1836":           {errGreeting(1836, "read only"), "read-only"},
		"no-text":        {errGreeting(1040, ""), "Error 1040: no text"},
		"half-state":     {errGreeting(1040, "#08"), "malformed"},
		"strange-state":  {errGreeting(1040, "#08\n04Too many connections"), "malformed"},
		"text":           {errGreeting(1040, "Too many connections"), "Error 1040: Too many connections"},
		"state-and-text": {errGreeting(1040, "#08004Too many connections"), "Error 1040 (08004): Too many connections"},
		"forged-line":    {errGreeting(1040, "#08004Too many\n2026 level=info\x1b[2J"), "Too many?2026 level=info?[2J"},
		"protocol-9":     {func(p []byte) []byte { p[4] = 9; return p }, "malformed"},
		"no-NUL":         {func(p []byte) []byte { return append(p[:4], bytes.ReplaceAll(p[4:], []byte{0}, []byte{1})...) }, "malformed"},
		"huge":           {setPlugin(strings.Repeat("x", 1<<16)), "malformed"},
		"long":           {errGreeting(1040, "#08004"+strings.Repeat("\xe2\x80\xae", 10000)), "Error 1040 (08004): ???"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, fakedb.MySQLOptions{
				TLS: serving(ca.Instance(orders)), Behavior: fakedb.Behavior{Greeting: tt.greeting},
			})
			db, err := rdsmysql.OpenDB(canaryDSN("tcp("+s.Addr()+")", "rejectReadOnly=true"), &rdstls.Options{ServerName: orders, Roots: ca.Pool()})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			err = db.PingContext(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, driver.ErrBadConn) || len(err.Error()) > 500 {
				t.Errorf("Ping = %v, want a short error about %s, and no second try", err, tt.want)
			}
			conns := s.Ended(t)
			if len(conns) != 1 || len(conns[0].Raw()) > 0 {
				t.Errorf("%d connections, of which the first received %q, want 1 and nothing", len(conns), conns[0].Raw())
			}
		})
	}
}

// TestConnectionAttributesKept checks that an attacker cannot drop
// connectionAttributes of a DSN, that the driver's own are sent as before, and that a
// server without the capability receives none that nobody asked for.
func TestConnectionAttributesKept(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		attributes string
		greeting   func([]byte) []byte
		want       string // in the login
		wantNot    string
	}{
		{"", nil, "_client_name", "program_name"},
		{"", flip(20), canaryUser, "_client_name"},
		{"program_name:orders", nil, "program_name", "absent"},
		{"program_name:orders", flip(20), "program_name", "absent"},
	} {
		s := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(orders)), Behavior: fakedb.Behavior{Greeting: tt.greeting}})
		cfg := parse(t, canaryDSN("tcp("+orders+")", permissiveParams))
		cfg.DialFunc, cfg.ConnectionAttributes = dialing(s), tt.attributes
		if err := connect(t.Context(), cfg, trust()); err != nil {
			t.Errorf("%q: Connect = %v, want nil", tt.attributes, err)
		}
		for _, c := range s.Ended(t) {
			if got := string(c.Secure()); !strings.Contains(got, tt.want) || strings.Contains(got, tt.wantNot) {
				t.Errorf("%q: the server received %q, want %s in it and not %s", tt.attributes, got, tt.want, tt.wantNot)
			}
		}
	}
}

// TestFirstPacketHoldsNoPassword checks that no plugin in a greeting makes the driver
// send the password to a server that only wants a hash.
func TestFirstPacketHoldsNoPassword(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sha256_password", "mysql_clear_password", "mysql_old_password", "unheard of", ""} {
		s := listen(t, fakedb.MySQLOptions{
			TLS: serving(ca.Instance(orders)), Plugin: fakedb.NativePassword, Behavior: fakedb.Behavior{Greeting: setPlugin(name)},
		})
		cfg := parse(t, canaryDSN("tcp("+orders+")", permissiveParams))
		cfg.DialFunc = dialing(s)
		if err := connect(t.Context(), cfg, trust()); err != nil {
			t.Errorf("%q: Connect = %v, want nil", name, err)
		}
		for _, c := range s.Ended(t) {
			if c.Contains(canaryPassword) {
				t.Errorf("%q: the server received the password", name)
			}
		}
	}
}

// TestNativePasswordNotAllowed checks that a server whose default plugin the
// configuration does not allow is not refused: the server may want another of this user.
func TestNativePasswordNotAllowed(t *testing.T) {
	t.Parallel()
	s := listen(t, fakedb.MySQLOptions{
		TLS: serving(ca.Instance(orders)), Plugin: fakedb.CachingSHA2Password,
		Behavior: fakedb.Behavior{Greeting: setPlugin("mysql_native_password")},
	})
	cfg := parse(t, canaryDSN("tcp("+orders+")", "allowNativePasswords=false"))
	cfg.DialFunc = dialing(s)
	if err := connect(t.Context(), cfg, trust()); err != nil {
		t.Errorf("Connect = %v, want nil", err)
	}
}

// TestAddedCapabilities checks that an attacker who announces capabilities that the
// server lacks cannot make the driver misread its answers.
func TestAddedCapabilities(t *testing.T) {
	t.Parallel()
	all := func(p []byte) []byte {
		copy(p[partsOf(p).lower:], []byte{255, 255})
		copy(p[partsOf(p).upper:], []byte{255, 255})
		return p
	}
	s := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(orders)), Behavior: fakedb.Behavior{Greeting: all}})
	cfg := parse(t, canaryDSN("tcp("+orders+")", permissiveParams))
	cfg.DialFunc = dialing(s)
	db := sql.OpenDB(newConnector(t, cfg, trust()))
	defer db.Close()
	var got int
	if err := db.QueryRowContext(t.Context(), "SELECT 1").Scan(&got); err != nil || got != 1 {
		t.Errorf("the answer is %d, %v, want 1", got, err)
	}
}

// compressed asks for compression, in the configuration or in a hook.
func compressed(t *testing.T, cfg *mysql.Config, inHook bool) {
	t.Helper()
	option := mysql.EnableCompression(true)
	if inHook {
		option = beforeConnect(func(c *mysql.Config) error { return c.Apply(mysql.EnableCompression(true)) })
	}
	if err := cfg.Apply(option); err != nil {
		t.Fatal(err)
	}
}

// TestRealCompression checks that compression is used where it is configured, and
// that an attacker who clears its bit achieves an error.
func TestRealCompression(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for _, inHook := range []bool{false, true} {
			cfg := realConfig(t, s, orders)
			compressed(t, cfg, inHook)
			db := open(t, cfg, trust())
			var variable, got string
			if err := db.QueryRowContext(t.Context(), "SHOW STATUS LIKE 'Compression'").Scan(&variable, &got); err != nil || got != "ON" {
				t.Errorf("in a hook: %t: Compression = %q, %v, want ON", inHook, got, err)
			}
			cfg.DialFunc = throughEditor(s.Addr, flip(5))
			if err := connect(t.Context(), cfg, trust()); err == nil || !strings.Contains(err.Error(), "compress=true") {
				t.Errorf("in a hook: %t: without the capability: Connect = %v, want an error about compress=true", inHook, err)
			}
		}
	})
}

// TestCompressionRefused checks that Connect fails where a server does not
// compress and an attacker says that it does.
func TestCompressionRefused(t *testing.T) {
	t.Parallel()
	for _, inHook := range []bool{false, true} {
		s := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(orders)), Behavior: fakedb.Behavior{Greeting: flip(5)}})
		cfg := parse(t, canaryDSN("tcp("+orders+")", permissiveParams))
		cfg.DialFunc = dialing(s)
		compressed(t, cfg, inHook)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second) // both sides wait for the other
		err := connect(ctx, cfg, trust())
		cancel()
		if err == nil {
			t.Errorf("in a hook: %t: Connect = nil, want an error", inHook)
		}
		s.Ended(t) // or fails: the socket is closed
	}
}
