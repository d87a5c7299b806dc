package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// told is what the demonstration prints, whatever the run, for one database.
func told(db database) []string {
	return []string{
		db.name + ": " + db.dsn,
		fmt.Sprintf("1. With %s alone, answered by the impostor: connected over TLS 1.3; %q returned 1", db.driver, query),
		fmt.Sprintf("the impostor now holds: user %q, password %q, database %q", user, password, schema),
		fmt.Sprintf("2. With %s, answered by the impostor: refused: tls: failed to verify certificate: x509:", db.adapter),
		fmt.Sprintf("the impostor received: %d bytes asking for TLS,", db.requestLength),
		", 0 of data the impostor now holds: nothing",
		fmt.Sprintf("3. With %s, answered by the true server: connected over TLS 1.3, TLS_", db.adapter),
		"verified name: " + endpoint,
		"issued by: Amazon RDS eu-west-1 Subordinate CA RSA2048 G1.A.1",
		"trusted root: Amazon RDS eu-west-1 Root CA RSA2048 G1",
	}
}

// The demonstration does not depend on the environment: each of these settings
// changes what the old code does with the same connection string.
func TestDemonstration(t *testing.T) {
	home := t.TempDir()
	for _, folder := range []string{".postgresql", "postgresql"} {
		folder = filepath.Join(home, folder)
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "root.crt"), ca.PEM(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", home)
	t.Setenv("APPDATA", home)
	t.Setenv("PGSSLROOTCERT", rootsFile(t, ca.PEM()))
	t.Setenv("PGSERVICE", "missing")
	t.Setenv("PGSSLNEGOTIATION", "direct")
	t.Setenv("PGTARGETSESSIONATTRS", "read-only")

	output := execute(t, asTold, []string{"you pass nil", "Everything happened as told."})
	for _, db := range []database{postgreSQL(), mySQL()} {
		wantOutput(t, output, told(db))
	}
	if lines := strings.Count(output, "\n"); lines > 45 {
		t.Errorf("the output has %d lines, want at most 45:\n%s", lines, output)
	}
}

func failing(context.Context, string) (connection, error) {
	return connection{}, errors.New("some failure")
}

// Each of these breaks one thing of which the demonstration says that it happened.
var breakages = []struct {
	name string
	edit func(*database)
	want string
}{
	{
		"the-old-code-fails",
		func(db *database) { db.stock = failing },
		"WRONG: the attempt did not reach the server WRONG: not connected: some failure",
	},
	{
		"the-impostor-connects",
		func(db *database) {
			db.verified = func(ctx context.Context, addr string, _ *rdstls.Options) (connection, error) {
				return db.stock(ctx, addr)
			}
		},
		"WRONG: it was to hold nothing",
	},
	{
		"the-impostor-connects-and-an-error-hides-it",
		func(db *database) {
			db.verified = func(ctx context.Context, addr string, _ *rdstls.Options) (connection, error) {
				c, err := db.stock(ctx, addr)
				return c, errors.Join(err, new(tls.CertificateVerificationError))
			}
		},
		"WRONG: it should receive only the request to start TLS",
	},
	{
		"the-verified-connection-fails",
		func(db *database) {
			db.verified = func(ctx context.Context, addr string, _ *rdstls.Options) (connection, error) {
				return failing(ctx, addr)
			}
		},
		"WRONG: failed for another reason than the certificate: some failure",
	},
	{
		"the-true-root-is-not-trusted",
		func(db *database) {
			verified := db.verified
			db.verified = func(ctx context.Context, addr string, _ *rdstls.Options) (connection, error) {
				return verified(ctx, addr, &rdstls.Options{Roots: testcerts.NewAmazonTrust().Pool()})
			}
		},
		"answered by the true server: WRONG: not connected: ",
	},
	{
		"there-is-no-server",
		func(db *database) {
			db.listen = func(*tls.Config) (*fakedb.Server, error) { return nil, errors.New("no port left") }
		},
		"WRONG: no built-in server: no port left",
	},
}

func TestDemonstrationNotAsTold(t *testing.T) {
	for _, tt := range breakages {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(t *testing.T, k kind) {
				db := k.database
				tt.edit(&db)
				output := play(t.Context(), t, notAsTold, db)
				wantOutput(t, output, []string{tt.want, "Not everything happened as told"})
			})
		})
	}
}

// What a connection was to be is checked, not assumed.
func TestConnectedNotAsTold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		c    connection
		want string
	}{
		{"unverified", connection{answer: 1}, "WRONG: no certificate was verified"},
		{"wrong-answer", connection{}, "WRONG: the query was to return 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			tr := &transcript{w: &out}
			tr.connected(tt.c)
			if got := tr.status(); got != notAsTold {
				t.Errorf("status = %d, want %d", got, notAsTold)
			}
			wantOutput(t, out.String(), []string{tt.want})
		})
	}
}

func TestDemonstrationCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	play(ctx, t, notAsTold, postgreSQL(), mySQL())
}

// The stock driver for MySQL waits for ever for a server that says nothing.
func TestStockTimeout(t *testing.T) {
	t.Parallel()
	silent := fakedb.Behavior{Connect: fakedb.Silence}
	for _, tt := range []struct {
		database
		server *fakedb.Server
	}{
		{postgreSQL(), running(t)(fakedb.ListenPostgres(fakedb.PostgresOptions{Behavior: silent}))},
		{mySQL(), running(t)(fakedb.ListenMySQL(fakedb.MySQLOptions{Behavior: silent}))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if c, err := tt.stock(ctx, tt.server.Addr()); err == nil {
				t.Errorf("stock = %v, nil; want an error", c)
			}
		})
	}
}

func TestWrapped(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100)
	for _, tt := range []struct{ text, want string }{
		{"", "> "},
		{"a b", "> a b"},
		{long + " a", "> " + long + "\n>> a"},
		{strings.Repeat("seven77 ", 10) + "end", "> " + strings.Repeat("seven77 ", 8) + "seven77\n>> seven77 end"},
	} {
		if got := wrapped("> ", ">> ", tt.text); got != tt.want {
			t.Errorf("wrapped(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}
