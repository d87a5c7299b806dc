// Package dbservers starts real PostgreSQL, MariaDB and Oracle MySQL servers
// for tests.
//
// A test package declares once which servers it wants and with which
// certificates, and then runs a test against each one that the machine has:
//
//	var servers = dbservers.NewSet(options, dbservers.Postgres)
//
//	func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }
//
//	func TestQuery(t *testing.T) {
//		servers.Each(t, func(t *testing.T, s *dbservers.Server) {
//			// ... connect to s.Addr as dbservers.User
//		})
//	}
//
// A test that needs a server set up differently starts its own on the same
// installation with [Start].
//
// Servers listen on free ports of 127.0.0.1 with all their files in a temporary
// directory, and need neither root nor an account. For root, which database
// servers refuse to run as, they run as the account of their package.
//
// Nothing is downloaded or installed: the scripts in the directory install do
// that, and "make test" calls them. On a machine without servers the tests pass
// and one line says what was not found; RDSTLS_REQUIRE_SERVERS, a list such as
// "postgres,mariadb,postgres-direct-tls", makes what it names and what is not
// there a failure.
package dbservers

// User is a superuser of every server, and can log in with [Password].
const User = "admin"

// Password is the password of [User].
const Password = "adminpw"

// Database is an empty database of every server.
const Database = "app"

// A Kind is a make of database server.
type Kind string

// The kinds of servers, as they are written in RDSTLS_REQUIRE_SERVERS.
const (
	Postgres Kind = "postgres"
	MariaDB  Kind = "mariadb"
	MySQL    Kind = "mysql" // Oracle's
)

// directTLS, in RDSTLS_REQUIRE_SERVERS, stands for an [Installation.DirectTLS].
const directTLS = "postgres-direct-tls"
