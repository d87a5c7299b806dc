package rdsmysql_test

import (
	"testing"

	"github.com/go-sql-driver/mysql"

	rdsmysql "github.com/rdstls/go/mysql"
)

const benchmarkDSN = "app:p@tcp(" + orders + ":3306)/orders?parseTime=true&tls=skip-verify"

// BenchmarkParseDSN is the driver's part of BenchmarkConfigure.
func BenchmarkParseDSN(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mysql.ParseDSN(benchmarkDSN); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkConfigure(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		cfg, err := mysql.ParseDSN(benchmarkDSN)
		if err != nil {
			b.Fatal(err)
		}
		if err := rdsmysql.Configure(cfg, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewConnector(b *testing.B) {
	cfg := parse(b, benchmarkDSN)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rdsmysql.NewConnector(cfg, nil); err != nil {
			b.Fatal(err)
		}
	}
}
