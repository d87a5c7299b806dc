package rdspgx_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// echo serves one connection as a server that repeats all that it is told.
func echo(conn net.Conn, cfg *tls.Config) {
	defer conn.Close()
	const sslRequest = 8 // bytes
	if _, err := io.CopyN(io.Discard, conn, sslRequest); err != nil {
		return
	}
	if _, err := conn.Write([]byte("S")); err != nil {
		return
	}
	conn = tls.Server(conn, cfg)
	backend := pgproto3.NewBackend(conn, conn)
	startup, err := backend.ReceiveStartupMessage()
	if err != nil {
		return
	}
	backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "22023", Message: fmt.Sprintf("%+v", startup)})
	_ = backend.Flush() // fails if the client has gone
	_, _ = io.Copy(io.Discard, conn)
}

// TestNoSecretEchoed checks that the errors of a connection hold no part of a
// mistyped password, although the server repeats what pgx tells it.
func TestNoSecretEchoed(t *testing.T) {
	t.Parallel()
	server := serving(ca.Leaf(nil, orders))
	opts := &rdstls.Options{ServerName: orders, Roots: ca.Pool()}
	told := func(cfg *pgx.ConnConfig) string {
		cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
		cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) {
			client, conn := net.Pipe()
			go echo(conn, server)
			return client, nil
		}
		_, err := pgx.ConnectConfig(bounded(t), cfg)
		return fmt.Sprint(err)
	}
	cfg, err := rdspgx.ParseConfig("host=x user=app dbname=d application_name="+part1+" search_path="+part2, opts)
	if err != nil {
		t.Fatal(err)
	}
	if text := told(cfg); !strings.Contains(text, part1) || !strings.Contains(text, part2) {
		t.Fatalf("connect = %s, want the parameters in the error: this tests nothing", text)
	}
	connected := 0
	for i, form := range slices.Concat(urlForms, keyForms) {
		for j, secret := range secrets(false) {
			if (i+j)%3 != 0 {
				continue // for the time that a handshake takes
			}
			connString := strings.NewReplacer("HOST,HOST", "localhost", "HOST", "localhost", "SECRET", secret).Replace(form)
			if cfg, err := rdspgx.ParseConfig(connString, opts); err == nil {
				connected++
				wantNoParts(t, connString, told(cfg), nil)
			}
		}
	}
	if connected < 100 {
		t.Errorf("%d connections: this tests nothing", connected)
	}
}
