package rdspgx_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/bundle"
	rdspgx "github.com/rdstls/go/pgx"
)

// BenchmarkConfigure is what a connection string costs, and what it costs with
// the driver's own verify-full and the file of all 108 roots, which the driver
// reads and parses once per host.
func BenchmarkConfigure(b *testing.B) {
	file := "sslrootcert=" + writeFile(b, "global-bundle.pem", bundle.PEM())
	for _, hosts := range [][]string{{orders}, {orders, billing, archive}} {
		verified := asURL.dsn(hosts, "sslmode=require")
		b.Run(fmt.Sprintf("hosts=%d/rdspgx", len(hosts)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				cfg, err := pgx.ParseConfig(verified)
				if err != nil {
					b.Fatal(err)
				}
				if err := rdspgx.Configure(cfg, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		stock := asURL.dsn(hosts, "sslmode=verify-full", file)
		b.Run(fmt.Sprintf("hosts=%d/pgx-verify-full", len(hosts)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := pgx.ParseConfig(stock); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
