package rdstls

import (
	"crypto/tls"
	"net"
	"reflect"
)

// noTLS explains a server, or something before it, that answered the request for
// TLS with something else, or that is no database at all.
func noTLS(f *failure) (Diagnosis, bool) {
	_, found := first[tls.RecordHeaderError](f.tree)
	found = found || f.tree.has(ErrNoTLS) || f.tree.hasMessage(
		"server refused TLS connection",                  // pgx v5.12.0, pgconn.go, startTLS
		"TLS requested but server does not support TLS",  // go-sql-driver/mysql v1.10.1, errors.go
		"pq: SSL is not enabled on the server",           // lib/pq v1.10, ssl.go
		"rdsmysql: the server's greeting is malformed; ", // this module's greeting.go
		"rdsmysql: the server's greeting has ")
	if found && f.direct {
		return Diagnosis{ReasonNoTLS, "The server did not answer TLS with TLS. " + directAdvice}, true
	}
	return Diagnosis{ReasonNoTLS, "The server that answered does not offer TLS for this database. " +
		"Look for a wrong port, a pooler or tunnel without TLS, a cluster with TLS turned off (DocumentDB), or an attacker who strips TLS."}, found
}

// The alerts that this file explains (RFC 8446, Section 6, and RFC 7301).
const (
	alertHandshakeFailure      = 40
	alertNoCertificate         = 41
	alertBadCertificate        = 42
	alertUnsupportedCert       = 43
	alertCertificateRevoked    = 44
	alertCertificateExpired    = 45
	alertCertificateUnknown    = 46
	alertUnknownCA             = 48
	alertAccessDenied          = 49
	alertProtocolVersion       = 70
	alertInsufficientSecurity  = 71
	alertUnrecognizedName      = 112
	alertCertificateRequired   = 116
	alertNoApplicationProtocol = 120
)

const versionAdvice = "Client and server have no TLS version from 1.2 on, or no cipher suite, in common. " +
	"Check ssl_max_protocol_version and ssl_ciphers (PostgreSQL) or tls_version and ssl_cipher (MySQL) in the parameter group: " +
	"the suites must include one with ECDHE, because Go dropped RSA key exchange in Go 1.22. " +
	"Check MinVersion in Options.Base too: RDS for MySQL 5.7 and Aurora MySQL 2 have no TLS 1.3."

// alertError explains what a server refused in the handshake, and what crypto/tls
// refused of its choices (texts of crypto/tls, Go 1.26).
func alertError(f *failure) (Diagnosis, bool) {
	if f.tree.hasMessage("tls: downgrade attempt detected, possibly due to a MitM attack or a broken middlebox") {
		return Diagnosis{ReasonTLSVersion, "Client and server both support a newer TLS version than the one that was negotiated. " +
			"Suspect a middlebox that intercepts TLS, or an attacker."}, true
	}
	if f.tree.hasMessage("tls: server selected unsupported protocol version ", "tls: server chose an unconfigured cipher suite",
		"tls: server selected unsupported group", "tls: server selected unsupported curve", "tls: server selected unoffered curve",
		"tls: no supported versions satisfy MinVersion and MaxVersion", "tls: FIPS 140-3 requires the use of Extended Master Secret",
		"tls: server did not select an ALPN protocol") {
		return Diagnosis{ReasonTLSVersion, versionAdvice}, true
	}
	switch alertOf(f.tree) {
	case alertHandshakeFailure:
		return Diagnosis{ReasonTLSVersion, versionAdvice + " Before TLS 1.3, a server that requires a client certificate fails the same way."}, true
	case alertProtocolVersion, alertInsufficientSecurity:
		return Diagnosis{ReasonTLSVersion, versionAdvice}, true
	case alertNoCertificate, alertBadCertificate, alertUnsupportedCert, alertCertificateRevoked, alertCertificateExpired,
		alertCertificateUnknown, alertUnknownCA, alertAccessDenied, alertCertificateRequired:
		return Diagnosis{ReasonLogin, clientCertificateAdvice}, true
	case alertUnrecognizedName:
		return Diagnosis{ReasonName, "The server does not know the endpoint's name, which the client sent (SNI). " +
			"Another server or a proxy that routes by name answered: check DNS, routes and tunnels, and Options.ServerName."}, true
	case alertNoApplicationProtocol:
		return Diagnosis{ReasonConfig, directAdvice}, true
	}
	return Diagnosis{}, false
}

const clientCertificateAdvice = "The server requires a client certificate, or rejected the one that it was sent. " +
	"Check that the right server answered, and set or renew the certificate in Options.Base.Certificates (sslcert and sslkey with pgx)."

// alertOf returns the number of the alert that the server sent, or 0. crypto/tls
// does not export the type that it wraps.
func alertOf(t tree) uint64 {
	for i, n := range t {
		v := reflect.ValueOf(n.err)
		if v.Kind() != reflect.Uint8 || v.Type().PkgPath() != "crypto/tls" {
			continue
		}
		if i > 0 {
			if e, ok := t[i-1].err.(*net.OpError); ok && e.Op == "local error" {
				continue // this side sent it
			}
		}
		return v.Uint()
	}
	return 0
}
