package rdspgx_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/internal/sidebyside"
	rdspgx "github.com/rdstls/go/pgx"
)

// configureString makes a configuration as a program does.
func configureString(b *testing.B, connString string) {
	cfg, err := pgx.ParseConfig(connString)
	if err != nil {
		b.Fatal(err)
	}
	if err := rdspgx.Configure(cfg, nil); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkConfigure is what a connection string costs.
func BenchmarkConfigure(b *testing.B) {
	for _, hosts := range [][]string{{orders}, {orders, billing, archive}} {
		connString := asURL.dsn(hosts, "sslmode=require")
		b.Run(fmt.Sprintf("hosts=%d", len(hosts)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				configureString(b, connString)
			}
		})
	}
}

// BenchmarkRatioConfigure compares it with the driver's own verify-full and the
// file of all roots, which the driver reads and parses once per host.
func BenchmarkRatioConfigure(b *testing.B) {
	file := "sslrootcert=" + writeFile(b, "global-bundle.pem", bundle.PEM())
	for _, hosts := range [][]string{{orders}, {orders, billing, archive}} {
		ours := asURL.dsn(hosts, "sslmode=require")
		theirs := asURL.dsn(hosts, "sslmode=verify-full", file)
		b.Run(fmt.Sprintf("hosts=%d", len(hosts)), func(b *testing.B) {
			const turn = 50 // so that ours does not pay for the garbage of theirs
			many := sidebyside.Timed(func() {
				for range turn {
					configureString(b, ours)
				}
			})
			sidebyside.Compare(b, "ns",
				func() float64 { return many() / turn },
				sidebyside.Timed(func() {
					if _, err := pgx.ParseConfig(theirs); err != nil {
						b.Fatal(err)
					}
				}))
		})
	}
}
