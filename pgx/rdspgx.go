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
// The server must prove that it is the endpoint of the connection string before
// it receives anything but the request for TLS: no user name, no database name,
// no password. That holds for each host of a list, with every sslmode, and
// whatever PGSSLMODE, PGSSLROOTCERT, PGSERVICE and the other variables of the
// environment say. sslrootcert is ignored, though pgx wants to read its file;
// Options.Roots takes its place. A string that asks for plaintext outright, with
// sslmode=disable, is an error.
//
// Everything else in the connection string works as before, client certificates
// and sslnegotiation=direct included.
//
// # Several hosts
//
// Each host of a list is verified by its own name, and gets a password of its own
// from Options.Password. Which one a connection reached is its ServerName:
//
//	conn.PgConn().Conn().(*tls.Conn).ConnectionState().ServerName
//
// # IAM and other changing passwords
//
// Options.Password supplies the password of each connection, once its server has
// been verified. The Token of a Signer does so for IAM authentication
// (github.com/rdstls/go/rdsiam):
//
//	pool, err := rdspgx.NewPool(ctx, connString, &rdstls.Options{Password: signer.Token})
//
// It takes the place of a pgxpool BeforeConnect hook that sets the password: remove
// that. Two ports of one host need a pool each then, because TLS does not tell them
// apart.
//
// The text of no error holds a password, but a [pgconn.ConnectError] holds the
// configuration of the connection, password included: log errors as text.
//
// # Aliases and tunnels
//
// An alias, such as a CNAME record or a port forwarded by SSH, is not in the
// certificate. Connect to it, and say whom to expect there:
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
