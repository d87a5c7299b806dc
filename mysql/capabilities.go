package rdsmysql

// Capabilities of a MySQL server that go-sql-driver/mysql v1.10.1 reads from the
// greeting (const.go, and initCapabilities in packets.go). The protocol is
// described in "Capabilities Flags" of the MySQL Source Code Documentation.
const (
	clientLongPassword     = 1 << 0 // MariaDB clears it to announce extended capabilities
	clientFoundRows        = 1 << 1
	clientLongFlag         = 1 << 2
	clientConnectWithDB    = 1 << 3
	clientCompress         = 1 << 5
	clientLocalFiles       = 1 << 7
	clientProtocol41       = 1 << 9
	clientSSL              = 1 << 11
	clientTransactions     = 1 << 13
	clientSecureConnection = 1 << 15
	clientMultiStatements  = 1 << 16
	clientMultiResults     = 1 << 17
	clientPluginAuth       = 1 << 19
	clientConnectAttrs     = 1 << 20
	clientPluginAuthLenEnc = 1 << 21
)

// fixedCapabilities are what the driver is told of every server, whatever the
// greeting says. The driver uses of them what its configuration asks for, so no
// setting is dropped because an attacker cleared a bit.
//
//   - Servers have had most of them since MySQL 5.6 and MariaDB 10.0. A server that
//     lacks one ignores it in the login: it uses what both sides have.
//   - clientCompress is among them so that the driver says in its TLS request
//     whether compression is configured; see [attempt.checkRequest].
//   - clientLongPassword tells the driver that there are no extended capabilities.
//     With MariaDB's CACHE_METADATA, set by an attacker, its result sets panic.
//   - CLIENT_DEPRECATE_EOF is not among them: the driver reads no rows from a
//     server that lacks it, and every server also supports clients without it.
const fixedCapabilities = clientLongPassword | clientFoundRows | clientLongFlag | clientConnectWithDB |
	clientCompress | clientLocalFiles | clientProtocol41 | clientTransactions | clientSecureConnection |
	clientMultiStatements | clientMultiResults | clientPluginAuth | clientPluginAuthLenEnc

// believedCapabilities are what the driver is told as the server says. Without
// clientSSL, it ends the attempt. With clientConnectAttrs it appends a list to the
// login that servers without it ignore; RDS Proxy and poolers that do not
// announce it are spared the list, unless the DSN asks for attributes.
const believedCapabilities = clientSSL | clientConnectAttrs

// offered returns the capabilities to tell the driver.
func offered(announced, required uint32) uint32 {
	return fixedCapabilities | announced&believedCapabilities | required
}
