package rdstls

import "strings"

// postgresRefusal knows the codes of class 28, "Invalid Authorization
// Specification" (PostgreSQL documentation, Appendix A), and what PostgreSQL and
// RDS Proxy say with them. The code decides first: with another one, the text may
// be of a query. Only what RDS Proxy says about its logins comes with any code.
func postgresRefusal(code, message string, pooled, duringLogin bool) (Diagnosis, bool) {
	if d, ok := proxyRefusal(message); ok {
		return d, true
	}
	if d, ok := poolerRefusal(code, message); ok {
		return d, true
	}
	if d, ok := parameterRefusal(code, message, duringLogin); ok {
		return d, true
	}
	switch {
	case isPlaintextRefusal(code, message) && isProxyWantingTLS(message):
		return Diagnosis{ReasonPlaintextRefused, proxyTLSAdvice}, true
	case isPlaintextRefusal(code, message) && pooled:
		return Diagnosis{ReasonPlaintextRefused, "This connection had TLS, but the database saw none. " + poolerPlaintextAdvice}, true
	case isPlaintextRefusal(code, message):
		return Diagnosis{ReasonPlaintextRefused, "The database accepts only TLS connections, and this one had no TLS. Connect through rdspgx. " +
			"If this side did use TLS, a pooler in between connects to the database without it."}, true
	case code == "28P01" && !strings.HasPrefix(message, pamFailed):
		return Diagnosis{ReasonLogin, "The server rejected the user or password. " +
			"If the password is an IAM token, the user does not exist or is not a member of rds_iam: the server then takes the token for an ordinary password."}, true
	case code != "28000" && code != "28P01":
		return Diagnosis{}, false
	case strings.HasPrefix(message, pamFailed):
		return Diagnosis{ReasonLogin, pamAdvice}, true
	case strings.HasPrefix(message, "connection requires a valid client certificate"), strings.HasPrefix(message, "certificate authentication failed"):
		return Diagnosis{ReasonLogin, clientCertificateAdvice}, true
	}
	return Diagnosis{ReasonLogin, "The server rejected the login. Check user, database and role. " +
		"With IAM, also check that the user is a member of rds_iam, " + tokenAdvice}, true
}

const pamFailed = "PAM authentication failed"

const pamAdvice = "IAM rejected the login, because the user is a member of rds_iam. " +
	"A member cannot log in with an ordinary password: send an IAM token, or revoke rds_iam from the user. " +
	"If it was a token, check " + tokenAdvice

// isPlaintextRefusal reports whether PostgreSQL or RDS Proxy refused a login
// because it saw no TLS. RDS Proxy has been seen to say so with class 08 too.
func isPlaintextRefusal(code, message string) bool {
	if isProxyWantingTLS(message) {
		return strings.HasPrefix(code, "28") || strings.HasPrefix(code, "08")
	}
	return code == "28000" && (strings.HasSuffix(message, ", no encryption") || strings.HasSuffix(message, ", SSL off")) // since 14, and before
}
