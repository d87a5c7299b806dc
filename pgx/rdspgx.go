// Package rdspgx makes pgx connections verify Amazon RDS and Aurora servers.
//
// [Connect], [NewPool] and [OpenDB] replace pgx.Connect, pgxpool.New and
// sql.Open("pgx", …), with the same connection strings:
//
//	pool, err := rdspgx.NewPool(ctx, os.Getenv("DATABASE_URL"), nil)
//
// [ParseConfig] and [ParsePoolConfig] are for programs that adjust the configuration
// before they connect, and [Configure] is for a configuration that exists already.
//
// The package is named rdspgx, not pgx, so that a file can import it next to the
// driver:
//
//	import (
//		rdspgx "github.com/rdstls/go/pgx"
//		"github.com/jackc/pgx/v5/pgxpool"
//	)
//
// # What changes
//
// The server must prove that it is the endpoint of the connection string. Before
// that, it receives nothing but the SSLRequest and the TLS handshake: no user
// name, no database name, no password. That holds for each host of a list, with
// every sslmode, and whatever the environment and service files say.
//
//   - sslrootcert and PGSSLROOTCERT have no effect, but pgx still reads their
//     file. Use Options.Roots.
//   - A string that asks for plaintext, with sslmode=disable, is an error.
//   - If the string has no host, PGHOST or the service of PGSERVICE chooses it, as
//     with pgx. The server is verified under that name.
//   - A string is refused if pgx or the server could quote a part of the password
//     from it, as with "postgres://app:p@ss/word@host/db". The error says what to
//     percent-encode or to quote.
//
// Everything else in the connection string works as before, client certificates
// and sslnegotiation=direct included.
//
// # Several hosts
//
// Each host of a list is verified by its own name, and gets a password of its own
// from Options.Password. With Options.ServerName, all of them must prove that name,
// as tunnels to one endpoint do. This is the name of the host that a connection reached:
//
//	conn.PgConn().Conn().(*tls.Conn).ConnectionState().ServerName
//
// # Hosts chosen at run time
//
// If a hook chooses the host, let it call [Configure] after it has set Host, Port and
// Fallbacks. Parse a string that has a host, which the hook replaces:
//
//	cfg.BeforeConnect = func(ctx context.Context, conn *pgx.ConnConfig) error {
//		conn.Host, conn.Port, conn.Fallbacks = choose(ctx), 5432, nil
//		return rdspgx.Configure(conn, opts)
//	}
//
// That is the hook of a pgxpool.Config. [stdlib.OptionBeforeConnect] takes the same
// function. A hook that only sets Host does not connect: the certificate must still
// name the host that Configure saw. To choose among addresses of one endpoint, set
// LookupFunc or DialFunc before Configure.
//
// # Cancel requests
//
// [pgconn.PgConn.CancelRequest] connects to the address of the connection, over the same
// TLS configuration, so the server must prove the same name before it receives the
// key of the session. A cancel request without a deadline ends after ConnectTimeout.
//
// # IAM and other changing passwords
//
// Options.Password supplies the password of each connection, after its server has
// been verified. The Token method of a Signer (github.com/rdstls/go/rdsiam) does so
// for IAM authentication:
//
//	pool, err := rdspgx.NewPool(ctx, connString, &rdstls.Options{Password: signer.Token})
//
// It replaces a pgxpool BeforeConnect hook that sets the password: remove that
// hook. Two ports of one host then need a pool each, because TLS does not tell
// ports apart.
//
// # Errors
//
// Errors about a connection string do not quote it, and hold no part of a password.
// The text of no other error holds a password, but a [pgconn.ConnectError] holds
// the Config, which does: log err.Error(), not the value.
//
// # Aliases and tunnels
//
// Server certificates do not contain CNAME records, tunnels or forwarded ports.
// Connect to the alias, and set ServerName to the endpoint:
//
//	opts := &rdstls.Options{ServerName: "orders.c9akciq32.eu-west-1.rds.amazonaws.com:5432"}
//	pool, err := rdspgx.NewPool(ctx, "postgres://app@localhost:15432/orders", opts)
package rdspgx

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/rdstls/go/rdstls"
)

// Connect is like [pgx.Connect] for verified servers. It refuses what
// [ParseConfig] refuses. A nil opts is the default.
func Connect(ctx context.Context, connString string, opts *rdstls.Options) (*pgx.Conn, error) {
	cfg, err := ParseConfig(connString, opts)
	if err != nil {
		return nil, err
	}
	return pgx.ConnectConfig(ctx, cfg)
}

// NewPool is like [pgxpool.New] for verified servers. It refuses what
// [ParsePoolConfig] refuses. A nil opts is the default.
//
// Like pgxpool.New, it does not wait for a connection: the first use of the pool
// reports a server that fails verification.
func NewPool(ctx context.Context, connString string, opts *rdstls.Options) (*pgxpool.Pool, error) {
	cfg, err := ParsePoolConfig(connString, opts)
	if err != nil {
		return nil, err
	}
	return pgxpool.NewWithConfig(ctx, cfg)
}

// OpenDB is like [sql.Open] with the driver "pgx" for verified servers. It
// refuses what [ParseConfig] refuses. A nil opts is the default.
//
// Unlike sql.Open, it reads connString and the environment once, not at each
// connection.
func OpenDB(connString string, opts *rdstls.Options) (*sql.DB, error) {
	cfg, err := ParseConfig(connString, opts)
	if err != nil {
		return nil, err
	}
	return stdlib.OpenDB(*cfg), nil
}
