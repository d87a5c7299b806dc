package rdstls

import "strings"

const (
	proxyTLSAdvice = "The proxy accepts only TLS connections, and this one had no TLS. Connect through rdspgx or rdsmysql. " +
		"If it did have TLS, check the password: some proxies say the same when it is wrong."
	tokenAdvice = "that the token was created less than 15 minutes ago, that the IAM policy allows rds-db:connect for the resource ID and this user, " +
		"that the token was signed for the endpoint, port and Region of the database or proxy itself, " +
		"and that the clock is right and the AWS credentials are current."
	proxySecretAdvice = "The RDS Proxy has no password for this user. Create a secret for the user in Secrets Manager, add it to the proxy, " +
		"and let the proxy's IAM role read it."
)

// serverRefusal explains an error that the server sent. If the server was not
// verified, anybody can have sent it, so its text is not repeated.
func serverRefusal(f *failure) (Diagnosis, bool) {
	early := f.beforeTLS()
	for i, n := range f.tree {
		if e, ok := n.err.(interface{ SQLState() string }); ok { // *pgconn.PgError, *pq.Error
			if d, ok := postgresRefusal(safely(e.SQLState), stringField(e, "Message"), f.pooled, f.isDialed(i)); ok {
				return d, true
			}
		}
		if isType(n.err, mysqlPath, "MySQLError") && !early[i] {
			if d, ok := mysqlRefusal(uintField(n.err, "Number"), stringField(n.err, "Message")); ok {
				return d, true
			}
		}
	}
	for i, n := range f.tree {
		if early[i] {
			if d, ok := earlyRefusal(uintField(n.err, "Number"), stringField(n.err, "Message")); ok {
				return d, true
			}
		}
	}
	return Diagnosis{}, false
}

// proxyRefusal recognizes what RDS Proxy says to clients of both engines (RDS user
// guide, "Troubleshooting for RDS Proxy").
func proxyRefusal(message string) (Diagnosis, bool) {
	message = strings.ToLower(message)
	switch {
	case strings.HasPrefix(message, "this rds proxy has no credentials for the role "):
		return Diagnosis{ReasonLogin, proxySecretAdvice}, true
	case strings.HasPrefix(message, "the iam authentication failed for the role "):
		return Diagnosis{ReasonLogin, "IAM rejected the login through the RDS Proxy. Check " + tokenAdvice}, true
	case strings.HasPrefix(message, "timed-out waiting to acquire database connection"):
		return Diagnosis{ReasonUnreachable, "The RDS Proxy answered, but got no connection to the database in time. " +
			"Check the health of the proxy's targets, its user's secret, the security group between proxy and database, and the number of connections."}, true
	case strings.HasPrefix(message, "rds proxy supports only iam"):
		return Diagnosis{ReasonLogin, "The RDS Proxy does not log this user in by the method that the proxy has for it. " +
			"Change the client authentication type of the user in the proxy, or send an IAM token."}, true
	case strings.HasPrefix(message, "the password that was provided for the role "):
		return Diagnosis{ReasonLogin, "The RDS Proxy rejected the password. Compare it with the user's secret in Secrets Manager. " +
			"If the proxy requires IAM for this user, send a token instead."}, true
	}
	return Diagnosis{}, false
}

// isProxyWantingTLS recognizes what RDS Proxy says to clients without TLS.
func isProxyWantingTLS(message string) bool {
	for _, text := range [...]string{
		"This RDS Proxy requires TLS connections", "IAM authentication is allowed only with SSL connections", "IAM is allowed only with SSL connections",
	} {
		if strings.HasPrefix(message, text) {
			return true
		}
	}
	return false
}

// driverRefusal explains that a driver does not log in as the server wants it to.
func driverRefusal(f *failure) (Diagnosis, bool) {
	for i := range f.tree {
		step := f.pgxStep(i)
		if strings.HasPrefix(step, "channel binding check failed: ") || strings.HasPrefix(step, "require_auth check failed: ") {
			return Diagnosis{ReasonConfig, "The server does not log this user in by a method that the connection string allows. " +
				"Users of IAM send a token as a password: that rules out channel_binding=require, and require_auth must include \"password\"."}, true
		}
	}
	switch { // go-sql-driver/mysql v1.10.1, errors.go
	case f.tree.hasMessage("this user requires clear text authentication. If you still want to use it, please add 'allowCleartextPasswords=1' to your DSN"):
		return Diagnosis{ReasonLogin, "The server asks for a cleartext password, as RDS does for users of IAM. " +
			"Supply the token with Options.Password: rdsmysql then allows cleartext passwords only to verified servers; the DSN parameter allows them to any server."}, true
	case f.tree.hasMessage("this authentication plugin is not supported", "this user requires mysql native password authentication", "this user requires old password authentication. ", "MySQL server does not support required protocol 41+"):
		return Diagnosis{ReasonLogin, pluginAdvice}, true
	}
	return Diagnosis{}, false
}
