package fakedb_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
)

// patience is how long a client waits for servers that are silent or slow.
const patience = time.Second

// TestHostilePostgres shows that a strict client survives every behavior, and that the
// servers end whatever they do when the client does.
func TestHostilePostgres(t *testing.T) {
	t.Parallel()
	for _, b := range fakedb.HostilePostgres() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			s := listenPostgres(t, fakedb.PostgresOptions{TLS: serverTLS(), Behavior: b})
			cfg := pgConfig(t, s, "sslmode=verify-full")
			cfg.TLSConfig = clientTLS()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := pgUse(ctx, cfg); err == nil {
				t.Error("pgx connected")
			}
			for _, c := range s.Ended(t) {
				if c.Contains(user) {
					t.Errorf("the server received the login: %q", c.Raw())
				}
			}
		})
	}
}

// TestHostileMySQL is the same for MySQL.
func TestHostileMySQL(t *testing.T) {
	t.Parallel()
	for _, b := range fakedb.HostileMySQL() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			s := listenMySQL(t, fakedb.MySQLOptions{TLS: serverTLS(), Behavior: b})
			cfg := mysqlConfig(t, s, "allowCleartextPasswords=true")
			cfg.TLS = clientTLS()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := mysqlUse(ctx, t, cfg); err == nil {
				t.Error("go-sql-driver connected")
			}
			for _, c := range s.Ended(t) {
				if c.Contains(user) {
					t.Errorf("the server received the login: %q", c.Raw())
				}
			}
		})
	}
}

// TestMalformedGreetings shows that the greetings do to the stock driver what they are
// for. Should it fail because nothing panics any more, the driver has been fixed.
func TestMalformedGreetings(t *testing.T) {
	t.Parallel()
	var panics, refusals, logins int
	for _, b := range fakedb.MalformedGreetings() {
		s := listenMySQL(t, fakedb.MySQLOptions{TLS: serverTLS(), Behavior: b})
		cfg := mysqlConfig(t, s, "allowCleartextPasswords=true")
		cfg.TLS = clientTLS()
		switch err := connectRecovering(t.Context(), t, cfg); {
		case errors.Is(err, errPanic):
			panics++
		case err != nil:
			refusals++
		default:
			logins++
		}
	}
	if panics == 0 || refusals == 0 || logins == 0 {
		t.Errorf("%d panics, %d refusals and %d logins, want some of each", panics, refusals, logins)
	}
}

var errPanic = errors.New("panic")

// connectRecovering connects once, and turns a panic of the driver into an error.
func connectRecovering(ctx context.Context, t *testing.T, cfg *mysql.Config) (err error) {
	t.Helper()
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errPanic, r)
		}
	}()
	conn, err := connector.Connect(ctx)
	if err != nil {
		return err
	}
	return conn.Close()
}
