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
// every sslmode except disable, and whatever the environment and service files say.
//
//   - sslmode=disable is refused, because it asks for plaintext.
//   - sslrootcert and PGSSLROOTCERT have no effect: remove them. pgx still reads the
//     file, so a missing file is an error. A CA of your own goes into Options.Roots.
//   - If the string has no host, PGHOST or the service of PGSERVICE chooses it, as
//     with pgx. The server must prove that name.
//   - A string is refused if an error of pgx or of the server could show a part of its
//     password, as with "postgres://app:p@ss/word@host/db". The error says what to
//     percent-encode or to quote.
//   - Names that other drivers have for a setting, such as username, are refused. pgx
//     would send them to the server, which would refuse the login.
//
// The other settings work as before, client certificates and sslnegotiation=direct
// included.
//
// # Several hosts
//
// Each host of a list is verified by its own name, and gets a password of its own
// from Options.Password. With Options.ServerName, all of them must prove that name,
// as tunnels to one endpoint do. To get the name that the server of a connection proved:
//
//	conn.PgConn().Conn().(*tls.Conn).ConnectionState().ServerName
//
// # Hosts chosen at run time
//
// A hook that chooses the host must call [Configure] after it has set Host, Port and
// Fallbacks. The string that you parse must still have a host; the hook replaces it:
//
//	cfg.BeforeConnect = func(ctx context.Context, conn *pgx.ConnConfig) error {
//		conn.Host, conn.Port, conn.Fallbacks = choose(ctx), 5432, nil
//		return rdspgx.Configure(conn, opts)
//	}
//
// That is the hook of a pgxpool.Config. [stdlib.OptionBeforeConnect] takes the same
// function. If a hook sets only Host, the connection fails: the certificate must still
// name the host that Configure saw. To choose among addresses of one endpoint, set
// LookupFunc or DialFunc before Configure.
//
// # Cancel requests
//
// [pgconn.PgConn.CancelRequest] connects to the address of the connection with the same
// TLS configuration. So the server must prove the same name before it receives the key
// that cancels the query. A cancel request without a deadline ends after ConnectTimeout.
//
// # IAM and other changing passwords
//
// Options.Password supplies the password of each connection, after its server has
// been verified. For IAM authentication, use the Token method of a Signer
// (github.com/rdstls/go/rdsiam):
//
//	pool, err := rdspgx.NewPool(ctx, connString, &rdstls.Options{Password: signer.Token})
//
// Remove a BeforeConnect hook of pgxpool that sets the password: Options.Password
// replaces that password. If a string lists two ports of one host, use one pool for each
// port with Options.Password, because TLS does not tell ports apart.
//
// # Errors
//
// Errors about a connection string do not quote it, and hold no part of a password. Other
// errors hold none either, unless the password is in the place of a name, as in
// user=SECRET. A [pgconn.ConnectError] holds the Config, which has the password: log
// err.Error(), not the value.
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

// Connect connects as [pgx.Connect] does, but only to a verified server. A nil opts
// means the zero Options. Errors about connString are those of [ParseConfig].
func Connect(ctx context.Context, connString string, opts *rdstls.Options) (*pgx.Conn, error) {
	cfg, err := ParseConfig(connString, opts)
	if err != nil {
		return nil, err
	}
	return pgx.ConnectConfig(ctx, cfg)
}

// NewPool returns a pool as [pgxpool.New] does, which connects only to verified servers.
// A nil opts means the zero Options. Errors are those of [ParsePoolConfig].
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

// OpenDB returns a database as [sql.Open] with the driver "pgx" does, which connects
// only to verified servers. A nil opts means the zero Options. Errors are those of
// [ParseConfig].
//
// OpenDB does not connect. Unlike sql.Open, it reads connString and the environment
// once, not at each connection.
func OpenDB(connString string, opts *rdstls.Options) (*sql.DB, error) {
	cfg, err := ParseConfig(connString, opts)
	if err != nil {
		return nil, err
	}
	return stdlib.OpenDB(*cfg), nil
}
