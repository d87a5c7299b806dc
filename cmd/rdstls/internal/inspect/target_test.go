package inspect_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/inspect"
	"github.com/rdstls/go/internal/fakedb"
)

func TestParseTarget(t *testing.T) {
	t.Parallel()
	const documentDB = "docs.cluster-c9akciq32xyz.eu-west-1.docdb.amazonaws.com"
	for _, tt := range []struct {
		in       string
		protocol inspect.Protocol
		host     string
		port     uint16
	}{
		{"db.example.com", inspect.Auto, "db.example.com", 5432},
		{"db.example.com", inspect.MySQL, "db.example.com", 3306},
		{"db.example.com", inspect.Direct, "db.example.com", 27017},
		{documentDB, inspect.Auto, documentDB, 27017},
		{"db_1.example.com.:15432", inspect.Auto, "db_1.example.com.", 15432},
		{"10.0.3.17:3306", inspect.Auto, "10.0.3.17", 3306},
		{"::1", inspect.Auto, "::1", 5432},
		{"[::1]:5433", inspect.Auto, "::1", 5433},
		{"[::1]", inspect.MySQL, "::1", 3306},
	} {
		got, err := inspect.ParseTarget(tt.in, tt.protocol)
		if err != nil || got.Host != tt.host || got.Port != tt.port {
			t.Errorf("ParseTarget(%q) = %+v, %v, want %s and %d", tt.in, got, err, tt.host, tt.port)
		}
	}
	for _, bad := range []string{
		"", ":5432", "db:0", "db:65536", "db:x", "db:", "a b", "db/orders", "postgres://db", "-x", "db:1:2", "db;x", "ドメイン", "[db]", "[::1", "::1]", "[]",
		"https://db.example.com:5432/", "app@db.example.com",
		"db:1433", "db:1521", "db:2484",
	} {
		if got, err := inspect.ParseTarget(bad, inspect.Auto); err == nil {
			t.Errorf("ParseTarget(%q) = %+v, want an error", bad, got)
		}
	}
}

// TestUnreachable checks what is said if nothing was reached: it is not known
// whether the server is good, and nothing is claimed of clients.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	server, err := fakedb.ListenPostgres(fakedb.PostgresOptions{})
	if err != nil {
		t.Fatal(err)
	}
	port := server.Port()
	server.Close()
	s := look(t, port, inspect.Postgres, quick)
	if s.Reason != "unreachable" || !s.Unknown() || s.Found(0) || s.Settings == nil || len(s.Settings) > 0 || s.TLS != nil || s.Chain == nil {
		t.Errorf("%+v", s)
	}
}

// BenchmarkInspect100 inspects a hundred servers on the loopback interface at once.
func BenchmarkInspect100(b *testing.B) {
	var targets []inspect.Target
	for range 100 {
		server, err := fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: tlsWith(ca.Leaf(nil, serverName))})
		if err != nil {
			b.Fatal(err)
		}
		defer server.Close()
		target, err := inspect.ParseTarget(fmt.Sprintf("%s:%d", serverName, server.Port()), inspect.Auto)
		if err != nil {
			b.Fatal(err)
		}
		targets = append(targets, target)
	}
	opts := inspect.Options{Roots: ca.Pool(), Timeout: 10 * time.Second, Now: time.Now}
	for b.Loop() {
		var group sync.WaitGroup
		for _, target := range targets {
			group.Go(func() {
				if s := inspect.Inspect(context.Background(), target, opts); !s.Verified {
					b.Error(s.Error)
				}
			})
		}
		group.Wait()
	}
}
