package fakedb_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/internal/fakedb"
)

// TestMain demands that no server has left a goroutine behind when all are closed.
func TestMain(m *testing.M) {
	code := m.Run()
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range bytes.SplitSeq(stacks, []byte("\n\n")) {
		// Not "fakedb_test.", the package of the tests.
		if bytes.Contains(stack, []byte("internal/fakedb.")) {
			fmt.Fprintf(os.Stderr, "a goroutine was left:\n%s\n", stack)
			code = 1
		}
	}
	os.Exit(code)
}

func dial(t *testing.T, s *fakedb.Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestWaitComplete shows that Wait misses nothing of clients that have come and gone,
// even if the server had no time to accept them.
func TestWaitComplete(t *testing.T) {
	t.Parallel()
	s := listenPostgres(t, fakedb.PostgresOptions{})
	const clients = 20
	for i := range clients {
		conn := dial(t, s)
		if _, err := fmt.Fprintf(conn, "client %d", i); err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	conns := s.Ended(t)
	if len(conns) != clients {
		t.Fatalf("%d connections, want %d", len(conns), clients)
	}
	for i, c := range conns {
		if want := fmt.Sprintf("client %d", i); string(c.Raw()) != want || string(c.Plain()) != want {
			t.Errorf("connection %d: received %q, outside TLS %q, want %q", i, c.Raw(), c.Plain(), want)
		}
		select {
		case <-c.Done():
		default:
			t.Errorf("connection %d is not done", i)
		}
	}
}

// TestWaitBounded shows that Wait does not outlast its context or the server.
func TestWaitBounded(t *testing.T) {
	t.Parallel()
	s := listenPostgres(t, fakedb.PostgresOptions{})
	dial(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := s.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait for an open connection = %v, want %v", err, context.DeadlineExceeded)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Wait(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Wait for a closed server = %v, want %v", err, net.ErrClosed)
	}
}

// TestClose shows that closing a server ends its connections, whatever they are doing.
func TestClose(t *testing.T) {
	t.Parallel()
	start := map[string]func() (*fakedb.Server, error){}
	add := func(b fakedb.Behavior) {
		start["postgres-"+b.Name] = func() (*fakedb.Server, error) {
			return fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: serverTLS(), Behavior: b})
		}
		start["mysql-"+b.Name] = func() (*fakedb.Server, error) {
			return fakedb.ListenMySQL(fakedb.MySQLOptions{TLS: serverTLS(), Behavior: b})
		}
	}
	add(fakedb.Behavior{Name: "honest"})
	add(fakedb.Behavior{Name: "silent", Connect: fakedb.Silence})
	add(fakedb.Behavior{Name: "dripping", Connect: fakedb.Drip([]byte("S"))})
	add(fakedb.Behavior{Name: "closing", Connect: fakedb.HangUp})
	for name, listen := range start {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fakedb.Started(t)(listen())
			conn := dial(t, s)
			if _, err := conn.Write([]byte("hello")); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := s.Close(); err != nil {
					t.Errorf("Close = %v", err)
				}
			}
			for _, c := range s.Conns() {
				<-c.Done()
			}
			if err := conn.SetReadDeadline(time.Now().Add(bound)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the client's connection is still open")
			}
		})
	}
}

// TestPlaintextAfterRequest shows that a client that asks for TLS, and then continues without it,
// is recorded as what it is.
func TestPlaintextAfterRequest(t *testing.T) {
	t.Parallel()
	s := listenPostgres(t, fakedb.PostgresOptions{TLS: serverTLS()})
	conn := dial(t, s)
	sent := "\x00\x00\x00\x08\x04\xd2\x16\x2f" + "secret"
	if _, err := io.WriteString(conn, sent); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	c := s.Ended(t)[0]
	if string(c.Plain()) != sent || !c.Contains("secret") || len(c.Secure()) != 0 || c.HandshakeErr() == nil {
		t.Errorf("outside TLS %q, inside %q, handshake error %v", c.Plain(), c.Secure(), c.HandshakeErr())
	}
}

// TestDirect shows what stock pgx makes of servers that do not insist on ALPN.
func TestDirect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		protocols []string
		direct    bool
		connects  bool
	}{
		{"postgresql", []string{"postgresql"}, true, true},
		{"none", nil, true, true},
		{"other", []string{"h2"}, true, false},
		{"postgresql-16", nil, false, false}, // takes the ClientHello for a startup message
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := serverTLS()
			server.NextProtos = tt.protocols
			s := listenPostgres(t, fakedb.PostgresOptions{TLS: server, Direct: tt.direct})
			cfg := pgConfig(t, s, "sslmode=verify-full sslnegotiation=direct")
			cfg.TLSConfig = clientTLS()
			cfg.TLSConfig.NextProtos = []string{"postgresql"}
			if err := pgUse(t.Context(), cfg); (err == nil) != tt.connects {
				t.Errorf("pgx: %v, want success: %t", err, tt.connects)
			}
			c := s.Ended(t)[0]
			if got := c.Contains(password); got != tt.connects {
				t.Errorf("Contains(password) = %t", got)
			}
		})
	}
}

// TestHandshakeErr shows that a server records why the client turned it down.
func TestHandshakeErr(t *testing.T) {
	t.Parallel()
	s := listenMySQL(t, fakedb.MySQLOptions{TLS: impostorTLS()})
	cfg := mysqlConfig(t, s, "allowCleartextPasswords=true")
	cfg.TLS = clientTLS()
	cfg.TLS.MaxVersion = tls.VersionTLS12
	if err := mysqlUse(t.Context(), t, cfg); err == nil {
		t.Error("go-sql-driver connected to an impostor")
	}
	c := s.Ended(t)[0]
	if err := c.HandshakeErr(); err == nil || !strings.Contains(err.Error(), "remote error: tls: bad certificate") {
		t.Errorf("handshake error = %v, want the client's alert", err)
	}
	if c.Contains(user) || c.Login() != (fakedb.Login{}) {
		t.Errorf("login = %+v, received %q inside TLS", c.Login(), c.Secure())
	}
}
