package fakedb_test

import (
	"bytes"
	"crypto/tls"
	"slices"
	"testing"

	"github.com/rdstls/go/internal/fakedb"
)

// The tests in this file are controls. The clients are insecure, and the servers must hear
// their passwords: only then does it mean something that they hear nothing of others.

// impostorTLS is the configuration of an attacker, who has no certificate of the Region's
// authority.
func impostorTLS() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{authority().Impostor().Instance(host)}}
}

func TestPostgresHears(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		opts   fakedb.PostgresOptions
		params string
		plain  bool // the password came outside TLS
	}{
		{"require-impostor", fakedb.PostgresOptions{TLS: impostorTLS()}, "sslmode=require", false},
		{"prefer-impostor", fakedb.PostgresOptions{TLS: impostorTLS()}, "sslmode=prefer", false},
		{"prefer-no-tls", fakedb.PostgresOptions{Plaintext: true}, "sslmode=prefer", true},
		{"allow", fakedb.PostgresOptions{TLS: impostorTLS(), Plaintext: true}, "sslmode=allow", true},
		{"disable", fakedb.PostgresOptions{TLS: impostorTLS(), Plaintext: true}, "sslmode=disable", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := listenPostgres(t, tt.opts)
			if err := pgUse(t.Context(), pgConfig(t, s, tt.params)); err != nil {
				t.Errorf("pgx: %v", err)
			}
			checkHeard(t, s.Ended(t), tt.plain)
		})
	}
}

// TestPostgresHearsFallback shows that pgx tries again without TLS after whatever goes
// wrong with TLS, unless the connection string or the program forbids it.
func TestPostgresHearsFallback(t *testing.T) {
	t.Parallel()
	endless := []string{"silent-after-connect", "silent-after-reply", "slow-drip"}
	for _, b := range fakedb.HostilePostgres() {
		if slices.Contains(endless, b.Name) {
			continue // pgx has one deadline for both attempts, and the first uses it up
		}
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			s := listenPostgres(t, fakedb.PostgresOptions{TLS: serverTLS(), Plaintext: true, Behavior: b})
			if err := pgUse(t.Context(), pgConfig(t, s, "sslmode=prefer")); err != nil {
				t.Errorf("pgx: %v", err)
			}
			checkHeard(t, s.Ended(t), true)
		})
	}
}

func TestMySQLHears(t *testing.T) {
	t.Parallel()
	impostor := func(plugin fakedb.MySQLPlugin) fakedb.MySQLOptions {
		return fakedb.MySQLOptions{TLS: impostorTLS(), Plugin: plugin}
	}
	stripped := func(plugin fakedb.MySQLPlugin) fakedb.MySQLOptions {
		return fakedb.MySQLOptions{Plugin: plugin, Plaintext: true}
	}
	const allowClear = "&allowCleartextPasswords=true"
	tests := []struct {
		name   string
		opts   fakedb.MySQLOptions
		params string
		plain  bool
	}{
		{"skip-verify-clear", impostor(fakedb.ClearPassword), "tls=skip-verify" + allowClear, false},
		{"skip-verify-sha256", impostor(fakedb.SHA256Password), "tls=skip-verify", false},
		{"skip-verify-caching-sha2", impostor(fakedb.CachingSHA2Password), "tls=skip-verify", false},
		{"preferred-impostor", impostor(fakedb.CachingSHA2Password), "tls=preferred", false},
		{"preferred-stripped-clear", stripped(fakedb.ClearPassword), "tls=preferred" + allowClear, true},
		{"preferred-stripped-sha256", stripped(fakedb.SHA256Password), "tls=preferred", true},
		{"preferred-stripped-caching-sha2", stripped(fakedb.CachingSHA2Password), "tls=preferred", true},
		{"false-caching-sha2", stripped(fakedb.CachingSHA2Password), "tls=false", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := listenMySQL(t, tt.opts)
			if err := mysqlUse(t.Context(), t, mysqlConfig(t, s, tt.params)); err != nil {
				t.Errorf("go-sql-driver: %v", err)
			}
			checkHeard(t, s.Ended(t), tt.plain)
		})
	}
}

// checkHeard demands that the last connection gave the password away, in the way said.
func checkHeard(t *testing.T, conns []*fakedb.Conn, plain bool) {
	t.Helper()
	if len(conns) == 0 {
		t.Fatal("no connection")
	}
	c := conns[len(conns)-1]
	if want := (fakedb.Login{User: user, Database: database, Password: password}); c.Login() != want {
		t.Errorf("login = %+v, want %+v", c.Login(), want)
	}
	if !c.Contains(password) {
		t.Error("Contains(password) = false")
	}
	if _, secure := c.TLS(); secure == plain {
		t.Errorf("TLS = %t, want %t", secure, !plain)
	}
	// The database's name goes with the login in both protocols, and is never encrypted
	// except by TLS.
	for name, tt := range map[string]struct {
		got  []byte
		want bool
	}{"Plain": {c.Plain(), plain}, "Raw": {c.Raw(), plain}, "Secure": {c.Secure(), !plain}} {
		if got := bytes.Contains(tt.got, []byte(database)); got != tt.want {
			t.Errorf("%s contains the login: %t, want %t", name, got, tt.want)
		}
	}
}

// TestRefusesPlaintext shows that servers refuse plaintext as RDS does by default, and that
// MySQL's clients have said it all by then.
func TestRefusesPlaintext(t *testing.T) {
	t.Parallel()
	pg := listenPostgres(t, fakedb.PostgresOptions{TLS: serverTLS()})
	my := listenMySQL(t, fakedb.MySQLOptions{TLS: serverTLS()})
	tests := []struct {
		name     string
		err      error
		s        *fakedb.Server
		received bool
	}{
		{"postgres", pgUse(t.Context(), pgConfig(t, pg, "sslmode=disable")), pg, false},
		{"mysql", mysqlUse(t.Context(), t, mysqlConfig(t, my, "tls=false&allowCleartextPasswords=true")), my, true},
	}
	for _, tt := range tests {
		if tt.err == nil {
			t.Errorf("%s: connected", tt.name)
		}
		received := slices.ContainsFunc(tt.s.Ended(t), func(c *fakedb.Conn) bool { return c.Contains(password) })
		if received != tt.received {
			t.Errorf("%s: password received: %t, want %t", tt.name, received, tt.received)
		}
	}
}
