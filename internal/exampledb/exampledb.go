// Package exampledb gives the tests of the examples databases that look like RDS:
// real servers with the certificate of an endpoint, and impostors.
//
// A program that connects to RDS passes nil options, or a ServerName. Its test
// passes [Trust], because a test server has no certificate of AWS's:
//
//	var servers = exampledb.Servers(dbservers.Postgres)
//
//	func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }
//
//	func TestRun(t *testing.T) {
//		servers.Each(t, func(t *testing.T, s *dbservers.Server) {
//			err := run(t.Context(), exampledb.PostgresURL(s.Addr), exampledb.Trust(), os.Stdout)
//			// ...
//		})
//	}
package exampledb

import (
	"fmt"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// Endpoint is the endpoint that the servers have the certificate of.
const Endpoint = "orders.c9akciq32.eu-west-1.rds.amazonaws.com"

// Authority returns the CA that signs the servers' certificates.
func Authority() *testcerts.Authority { return testcerts.New("eu-west-1", testcerts.RSA2048) }

// Servers returns the real servers of kinds, all with the certificate of names,
// or of [Endpoint] if there are none. Like RDS with rds.force_ssl or
// require_secure_transport, they refuse clients without TLS.
func Servers(kinds ...dbservers.Kind) *dbservers.Set {
	return ServersFor([]string{Endpoint}, nil, kinds...)
}

// ServersFor is [Servers] for other endpoints, and runs SQL statements in each
// server before it is used.
func ServersFor(names, sql []string, kinds ...dbservers.Kind) *dbservers.Set {
	return dbservers.NewSet(func(dbservers.Installation) dbservers.Options {
		chain, key := testcerts.PEMFiles(Authority().Leaf(nil, names...))
		return dbservers.Options{Chain: chain, Key: key, SQL: sql}
	}, kinds...)
}

// Trust returns options for the servers: their endpoint, because they are
// addressed by IP, and their authority.
func Trust() *rdstls.Options {
	return &rdstls.Options{ServerName: Endpoint, Roots: Authority().Pool()}
}

// PostgresURL returns the connection string of a server, with the sslmode that
// most services have today.
func PostgresURL(addr string) string {
	return fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=require", dbservers.User, dbservers.Password, addr, dbservers.Database)
}

// MySQLDSN returns the DSN of a server, with the TLS setting that most services
// have today.
func MySQLDSN(addr string) string {
	return fmt.Sprintf("%s:%s@tcp(%s)/%s?tls=skip-verify", dbservers.User, dbservers.Password, addr, dbservers.Database)
}
