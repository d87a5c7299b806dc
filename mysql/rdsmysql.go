// Package rdsmysql makes go-sql-driver/mysql connections verify Amazon RDS and
// Aurora servers.
//
// [OpenDB] replaces sql.Open("mysql", …), with the same DSN:
//
//	db, err := rdsmysql.OpenDB(os.Getenv("MYSQL_DSN"), nil)
//
// [NewConnector] and [Configure] are for programs that build a [mysql.Config].
// [RegisterTLSConfig] is for those that can only hand over a DSN; it cannot
// guarantee as much.
//
// The package is named rdsmysql, not mysql, so that a file can import it next to
// the driver:
//
//	import (
//		rdsmysql "github.com/rdstls/go/mysql"
//		"github.com/go-sql-driver/mysql"
//	)
//
// # What changes
//
// The server must prove that it is the endpoint in the DSN before it receives
// more than the TLS request: no user name, no database name, no password.
// That holds for every value of the parameter tls, and with
// allowFallbackToPlaintext. A DSN that asks for plaintext outright, with
// tls=false, is an error. Everything else in the DSN works as before.
//
// # IAM and other changing passwords
//
// Options.Password supplies the password of each connection. The password is sent only
// to a verified server. For IAM authentication, use the Token method of a Signer
// (github.com/rdstls/go/rdsiam):
//
//	db, err := rdsmysql.OpenDB(dsn, &rdstls.Options{Password: signer.Token})
//
// Options.Password takes the place of the driver's BeforeConnect option, of
// allowCleartextPasswords in the DSN, and of a token in it.
//
// # What Configure changes
//
// [Configure] overrides these fields of a configuration:
//
//   - TLS: as built by [rdstls.ClientConfig] for the host in Addr
//   - TLSConfig: a key that is never registered, so that a DSN made of the
//     configuration fails instead of connecting without TLS
//   - AllowFallbackToPlaintext and AllowOldPasswords: false
//   - the BeforeConnect hook, with Options.Password. The hook asks for a password for
//     each connection and allows the server to ask for it in cleartext, inside TLS,
//     as RDS does for IAM tokens. The driver has one slot for a hook and does not
//     show it: an earlier hook is lost, and a later one replaces this one.
//
// From the TLS configuration that was there, or that TLSConfig named, Configure keeps
// client certificates (unless Options.Base has some), a MinVersion above TLS 1.2, and
// a VerifyConnection, which then runs after this package's. Configure drops a
// VerifyPeerCertificate, because it does not run on resumed sessions.
//
// If Addr is "host:port", Configure accepts every network but "unix", also those of
// [mysql.RegisterDialContext]. It may be called again, and then replaces
// what it set before. If Addr changes later, call it again.
//
// # Hosts chosen at run time
//
// A connector verifies the host of its configuration. Where the host of each
// connection is chosen at run time, by service discovery for example, write a
// [driver.Connector] whose Connect chooses the host, sets Addr in a copy of the
// configuration, and calls Connect of a [NewConnector] for that copy; see the
// example of NewConnector. A BeforeConnect hook that changes Addr, or a DialFunc that
// leads to another endpoint, only fails: the original host is still required.
//
// # What connectors add
//
// [OpenDB] and [NewConnector] do more than a configuration can express:
//
//   - The driver gets a neutral greeting in place of the server's, which comes before
//     TLS and which an attacker on the network path can edit. So no greeting makes
//     the driver panic, drops a setting of the DSN, or changes what queries return.
//     compress=true is an error if the server does not offer compression.
//   - Before the first prepared statement of a connection, the connector makes one of
//     its own, which takes two round trips. An attacker who edits the client's TLS
//     request, which precedes TLS too, could make such statements return wrong
//     values, or panic the driver: the connection is refused instead.
//   - A BeforeConnect hook that replaces or weakens TLS causes an error, and
//     nothing is sent. It cannot lead a connection to another endpoint either.
//   - cfg.Timeout bounds only the dialing, and cfg.ReadTimeout each wait for the
//     server, as the driver documents; one minute bounds the whole attempt.
//   - A panic of the driver while it connects is an error. A panic of the program's
//     own functions, such as DialFunc or a hook, reaches the caller of Connect.
//
// To see the greeting, the connector dials TCP itself. A function that the program
// registered with [mysql.RegisterDialContext] for "tcp", "tcp4" or "tcp6" is not
// used, because the driver does not show it: set cfg.DialFunc instead.
//
// A function for a network of another name is used, but the connector cannot inspect its
// connections. The driver gets the server's own greeting, and a weakened
// configuration is detected only after the login. A greeting that panics the driver
// still returns an error, but the socket stays open. Prefer cfg.DialFunc there too.
//
// # Aliases and tunnels
//
// An alias, such as a CNAME record or a port forwarded by SSH, is not in the
// certificate. Connect to it, and set ServerName to the endpoint:
//
//	opts := &rdstls.Options{ServerName: "orders.c9akciq32.eu-west-1.rds.amazonaws.com:3306"}
//	db, err := rdsmysql.OpenDB("app@tcp(localhost:13306)/orders", opts)
package rdsmysql

import (
	"database/sql"
	"database/sql/driver"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/rdstls"
)

// OpenDB is like [sql.Open] with the driver "mysql" for verified servers. What
// [Configure] refuses, it refuses. A nil opts is the default. See [NewConnector]
// for how connections are made.
//
// Errors about dsn never quote it, because it can hold a password.
func OpenDB(dsn string, opts *rdstls.Options) (*sql.DB, error) {
	cfg, err := ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	connector, err := NewConnector(cfg, opts)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// NewConnector is like [mysql.NewConnector] for verified servers, for use with
// [sql.OpenDB]. It calls [Configure] on a copy of cfg, and refuses what that
// refuses; a nil opts is the default. Each attempt, from dialing to login, is bounded
// by its context and by one minute. A BeforeConnect hook of cfg runs for each
// connection. The package comment lists what else differs from the driver.
func NewConnector(cfg *mysql.Config, opts *rdstls.Options) (driver.Connector, error) {
	if cfg == nil {
		return nil, errNilConfig
	}
	cfg = cfg.Clone()
	if err := Configure(cfg, opts); err != nil {
		return nil, err
	}
	return newConnector(cfg)
}
