// Package rdsmysql makes go-sql-driver/mysql connections verify Amazon RDS and
// Aurora servers.
//
// [OpenDB] replaces sql.Open("mysql", …), with the same DSN:
//
//	db, err := rdsmysql.OpenDB(os.Getenv("MYSQL_DSN"), nil)
//
// [NewConnector] and [Configure] are for programs that build a [mysql.Config].
// [RegisterTLSConfig] is for programs that can only pass a DSN. It guarantees less,
// because a DSN can undo it.
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
// The server must prove that it is the endpoint in the DSN. Before that, it receives
// only the TLS request and a TLS handshake: no user name, no database name, no password.
// That holds for every value of the parameter tls except false, and with
// allowFallbackToPlaintext.
//
// These are errors: tls=false, because it asks for plaintext; a TLS config key that is
// not registered; a host that is not an RDS endpoint, unless Options.ServerName or
// Options.Roots is set; a Unix socket; and what [ParseDSN] refuses. "What connectors
// add" describes compress=true, the time limit, and networks that the program registered
// with the driver. The other parameters of a DSN work as before.
//
// # IAM and other changing passwords
//
// Options.Password supplies the password of each connection. The password is sent only
// to a verified server. For IAM authentication, use the Token method of a Signer
// (github.com/rdstls/go/rdsiam):
//
//	db, err := rdsmysql.OpenDB(dsn, &rdstls.Options{Password: signer.Token})
//
// Options.Password replaces three things: the driver's BeforeConnect hook, which then no
// longer runs; a password or token in the DSN; and allowCleartextPasswords. Remove all
// three.
//
// # What Configure changes
//
// [Configure] sets these fields of a configuration:
//
//   - TLS: the result of [rdstls.ClientConfig] for the host in Addr.
//   - TLSConfig: a TLS config key that is never registered. The driver refuses a DSN
//     that is made from the configuration, instead of connecting without TLS.
//   - AllowFallbackToPlaintext and AllowOldPasswords: false.
//   - The BeforeConnect hook, if Options.Password is set. The hook asks for a password
//     for each connection, and allows the server to ask for it in cleartext, inside TLS,
//     as RDS does for IAM tokens. A configuration has only one such hook, and this
//     package cannot read it. So an earlier hook is lost without an error, and a later
//     one replaces this one: then Options.Password is not called.
//
// Configure keeps three things of an earlier TLS configuration, in TLS or registered
// under TLSConfig: a VerifyConnection, which runs after this package's; a MinVersion
// above TLS 1.2; and client certificates, unless Options.Base has some. Configure removes
// a VerifyPeerCertificate without an error, because it does not run on resumed sessions.
//
// Configure accepts every network except "unix", including those of
// [mysql.RegisterDialContext]. Addr must be "host:port"; with "tcp", a missing port is
// 3306. If Addr or the options change, call Configure again: it replaces what it set
// before.
//
// The errors of Configure match [rdstls.ErrNotEndpoint] if Addr is not an RDS endpoint
// and the options have neither ServerName nor Roots; [rdstls.ErrPlaintext] if the
// configuration asks for plaintext; and otherwise what the errors of
// [rdstls.ClientConfig] match.
//
// # Hosts chosen at run time
//
// A connector verifies the host of its configuration. If the program chooses the host of
// each connection at run time, for example by service discovery, write a
// [driver.Connector]. Its Connect method chooses the host, sets Addr in a copy of the
// configuration, and calls Connect of a [NewConnector] for that copy. See the example of
// NewConnector. A BeforeConnect hook that changes Addr, or a DialFunc that leads to
// another endpoint, does not work: the certificate must still name the original host.
//
// # What connectors add
//
// [OpenDB] and [NewConnector] do more than a configuration can express:
//
//   - The first packet of a server is its greeting. It comes before TLS, so an attacker
//     on the network path can edit it. The driver gets a neutral greeting instead, with
//     only the scramble and harmless values of the server's. So no greeting makes the
//     driver panic, drops a setting of the DSN, or changes what queries return.
//   - compress=true is an error if the server does not offer compression. The driver
//     would ignore the setting.
//   - The client's TLS request comes before TLS too. An attacker who edits it could make
//     queries return wrong rows, or make the driver panic. So before the first statement
//     of a connection, the connector makes a query of its own, which takes a round trip.
//     With MariaDB, it also makes a prepared statement before the first prepared one,
//     which takes two. It closes a connection on which the answer to these is wrong. A
//     connection that is only pinged is not checked. docs/threat-model.md lists what the
//     attacker can still change.
//   - A BeforeConnect hook that replaces or weakens TLS causes an error, and no part of
//     the login is sent. A hook cannot lead a connection to another endpoint either.
//     docs/threat-model.md describes the one kind of hook that is not detected.
//   - The whole attempt, from dialing to login, ends when its context is done, and after
//     one minute at the latest. The driver's own settings limit only parts of it:
//     cfg.Timeout the dialing, and cfg.ReadTimeout each wait for the server.
//   - The configuration stays as it was: the driver opens a DSN of its FormatDSN method
//     with the tls that it had. Its BeforeConnect hook runs for each connection, unless
//     Options.Password is set.
//   - If the driver panics while it connects, Connect returns an error. A panic of the
//     program's own functions, such as DialFunc or a hook, reaches the caller of Connect.
//
// To see the greeting, the connector dials TCP itself. It does not use a function that
// the program registered with [mysql.RegisterDialContext] for "tcp", "tcp4" or "tcp6",
// because the driver gives no access to it. Set cfg.DialFunc instead.
//
// A function that is registered for another network is used, but the connector cannot
// inspect its connections. The driver gets the server's own greeting, and a weakened
// configuration is detected only after the login. If a greeting makes the driver panic,
// Connect still returns an error, but the socket stays open. Prefer cfg.DialFunc for
// these networks too.
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

// OpenDB returns a database as [sql.Open] with the driver "mysql" does, which connects
// only to verified servers. A nil opts means the zero Options. OpenDB does not connect;
// [NewConnector] describes how connections are made.
//
// Errors are those of [ParseDSN] and [Configure]. They never quote dsn, because it can
// hold a password.
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

// NewConnector returns a connector as [mysql.NewConnector] does, which connects only to
// verified servers, for use with [sql.OpenDB]. It calls [Configure] on a copy of cfg. A
// nil opts means the zero Options. Errors are those of Configure, and a
// [*rdstls.ConfigError] if the driver refuses cfg. "What connectors add" in the package
// comment lists what differs from the driver.
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
