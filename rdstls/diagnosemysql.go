package rdstls

import "strings"

// The error numbers that this file explains (MySQL Error Message Reference, and
// MariaDB Error Code Reference).
const (
	errConnectionCount    = 1040 // ER_CON_COUNT_ERROR
	errAccessDenied       = 1045 // ER_ACCESS_DENIED_ERROR
	errHostBlocked        = 1129 // ER_HOST_IS_BLOCKED
	errHostNotPrivileged  = 1130 // ER_HOST_NOT_PRIVILEGED
	errTooManyOfUser      = 1203 // ER_TOO_MANY_USER_CONNECTIONS
	errUserLimit          = 1226 // ER_USER_LIMIT_REACHED
	errAuthMode           = 1251 // ER_NOT_SUPPORTED_AUTH_MODE
	errSecureAuth         = 1275 // ER_SERVER_IS_IN_SECURE_AUTH_MODE
	errPluginNotLoaded    = 1524 // ER_PLUGIN_IS_NOT_LOADED
	errNoPassword         = 1698 // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
	errPasswordExpired    = 1862 // ER_MUST_CHANGE_PASSWORD_LOGIN
	errAccountLocked      = 3118 // ER_ACCOUNT_HAS_BEEN_LOCKED
	errSecureTransport    = 3159 // ER_SECURE_TRANSPORT_REQUIRED
	errBlockedByFailures  = 3955 // ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK
	errMariaUserBlocked   = 4150 // ER_USER_IS_BLOCKED of MariaDB
	errMariaAccountLocked = 4151 // ER_ACCOUNT_HAS_BEEN_LOCKED of MariaDB
	errProxySQLTimeout    = 9001 // of ProxySQL
)

const pluginAdvice = "The user authenticates with a plugin that this driver does not support or that is turned off. " +
	"Change the user to caching_sha2_password (MySQL) or mysql_native_password (MariaDB), or to AWSAuthenticationPlugin for IAM."

// mysqlRefusal knows the error numbers of MySQL and MariaDB, and what RDS Proxy
// says with them. The number decides before the text.
func mysqlRefusal(number uint64, message string) (Diagnosis, bool) {
	if d, ok := proxyRefusal(message); ok {
		return d, true
	}
	advice := ""
	switch number {
	case errSecureTransport:
		if isProxyWantingTLS(message) {
			return Diagnosis{ReasonPlaintextRefused, proxyTLSAdvice}, true
		}
		return Diagnosis{ReasonPlaintextRefused, "The database accepts only TLS connections, and this one had no TLS. Connect through rdsmysql. " +
			"If this side did use TLS, a pooler in between connects to the database without it."}, true
	case errAccessDenied:
		if strings.HasSuffix(message, " (using password: NO)") {
			return Diagnosis{ReasonLogin, "The server rejected the login, which had no password. Set one, or for users of IAM Options.Password. " +
				"If you did, look for a DSN without a colon after the user."}, true
		}
		advice = "The server rejected the login. Check user and password. " +
			"With IAM, also check that the user was created with AWSAuthenticationPlugin, " + tokenAdvice +
			" Without rdsmysql, check that the connection uses TLS: MariaDB reports a missing one the same way."
	case errNoPassword:
		advice = "The server rejected the login without asking for a password. The user authenticates with a plugin that takes none over the network, such as auth_socket: " +
			"change the user's plugin, or use another user."
	case errPluginNotLoaded:
		advice = "The server lacks the plugin that the user authenticates with. If that is AWSAuthenticationPlugin, turn on IAM database authentication for the instance or cluster."
	case errAuthMode, errSecureAuth:
		advice = pluginAdvice
	case errHostNotPrivileged:
		advice = "No account on the server may log in from this client's address. Check the host part of the account ('user'@'host'), and the NAT or proxy in between."
	case errHostBlocked:
		advice = "The server blocked this client's address after too many failed connections. Find what fails, such as a health check without a login. Then run TRUNCATE TABLE performance_schema.host_cache, or mariadb-admin flush-hosts."
	case errTooManyOfUser, errUserLimit:
		advice = "The user has reached a limit of its account. Keep connections open for longer, open fewer at once, or raise the limit (max_user_connections, MAX_CONNECTIONS_PER_HOUR)."
	case errPasswordExpired:
		advice = "The user's password has expired. Set a new one with ALTER USER."
	case errAccountLocked, errMariaAccountLocked:
		advice = "The account is locked. Unlock it with ALTER USER … ACCOUNT UNLOCK, if it should be used."
	case errBlockedByFailures, errMariaUserBlocked:
		advice = "The account is blocked after too many wrong passwords. Find the client that sends them. Then unlock the account with ALTER USER, or wait."
	case errProxySQLTimeout:
		return Diagnosis{ReasonUnreachable, "ProxySQL answered, but could not connect to the database in time. " +
			"Look into ProxySQL's log for the reason, such as TLS (use_ssl in mysql_servers), the address, or a security group."}, true
	case errConnectionCount:
		if strings.HasPrefix(message, "IAM authentication rate limit exceeded") {
			advice = "The RDS Proxy limits the IAM logins per second. Keep connections open for longer, and open fewer at once."
		}
	}
	return Diagnosis{ReasonLogin, advice}, advice != ""
}

// beforeTLS returns which errors of the tree came in place of MySQL's greeting,
// before TLS, where anybody can write them. rdsmysql tells them apart by wrapping
// them.
func (f *failure) beforeTLS() map[int]bool {
	early := map[int]bool{}
	for i := 0; i < len(f.tree); i++ {
		n := f.tree[i]
		if _, ok := n.err.(*AttemptError); !ok {
			continue
		}
		for j := i; j < n.end; j++ {
			if isType(f.tree[j].err, mysqlPath, "MySQLError") {
				early[j] = true
			}
		}
		i = n.end - 1
	}
	return early
}

// earlyRefusal explains an error that came before TLS. Servers send a few of them
// there: about the client's address, which has a reason, and about the number of
// connections, which has none.
func earlyRefusal(number uint64, message string) (Diagnosis, bool) {
	if number == errHostNotPrivileged || number == errHostBlocked {
		return mysqlRefusal(number, "") // an attacker can write any message
	}
	d, ok := mysqlRefusal(number, message)
	if ok {
		d = Diagnosis{ReasonNoTLS, "A login error arrived in plaintext before any login was attempted; no RDS server does that. " +
			"Suspect an attacker or a server that is not RDS; users and passwords are not the problem."}
	}
	return d, ok
}
