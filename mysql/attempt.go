package rdsmysql

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/rdstls"
)

// An attempt is what is known of one connection while the driver makes it.
type attempt struct {
	needs    uint16
	conn     net.Conn    // once it was dialed
	problem  error       // why the connection was broken off; the driver says no more than that it is invalid
	unread   error       // of the network, before the server was verified; likewise
	refused  bool        // whether an error came in place of the greeting, which nobody has proven to be the server's
	hello    int         // how much is to come of a ClientHello of several records
	asked    atomic.Bool // whether TLS was asked for; always, if the driver dials by the caller's network
	verified atomic.Bool // whether VerifyConnection of the configuration has accepted the server since
}

// A hookError is about the caller's own hook: nothing else can come between the
// configuration of an attempt and its connection.
type hookError struct{}

func (hookError) Error() string {
	return "rdsmysql: " + rdstls.ErrUnverified.Error() +
		": TLS was replaced or weakened by a BeforeConnect hook; Options.Base is the place for TLS settings"
}

func (hookError) Unwrap() error { return rdstls.ErrUnverified }

// configOf returns a configuration for the attempt alone. The driver hands a copy
// of it to the caller's BeforeConnect hook, which can put anything in the place
// of TLS. It does not have the conn that dial returns, and that says nothing to a
// server that this VerifyConnection has not seen.
func (c *connector) configOf(a *attempt) *mysql.Config {
	cfg := c.cfg.Clone()
	a.asked.Store(c.dial == nil)
	verify := cfg.TLS.VerifyConnection
	cfg.TLS.VerifyConnection = func(cs tls.ConnectionState) error {
		err := verify(cs)
		if err == nil && a.asked.Load() { // and not for a conn of the hook's own
			a.verified.Store(true)
		}
		return err
	}
	if c.dial != nil {
		cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := c.dial(ctx, network, addr)
			if err != nil || conn == nil {
				return conn, err
			}
			a.conn = conn
			return watch(conn, a), nil
		}
	}
	return cfg
}

// A TLS record begins with its type, the version and its length (RFC 8446, Section
// 5.1). TLS 1.3 disguises alerts as application data: two bytes, the type, and
// the authentication tag.
const (
	recordHeader      = 5
	firstRecordType   = 20
	handshakeRecord   = 22
	applicationRecord = 23
	messageHeader     = 4 // the type, 1 for a ClientHello, and its length
	clientHello       = 1
	longestAlert      = 2
	disguisedAlert    = longestAlert + 1 + 16
)

// isHandshake reports whether b is a whole number of records that a client sends
// before it has seen the server's certificate: ClientHellos, changes of the
// cipher, and alerts. In TLS 1.2 its own certificate is a record like a ClientHello.
func (a *attempt) isHandshake(b []byte) bool {
	for len(b) >= recordHeader && firstRecordType <= b[0] && b[0] <= applicationRecord {
		length := int(b[3])<<8 + int(b[4])
		if recordHeader+length > len(b) {
			return false
		}
		record := b[recordHeader : recordHeader+length]
		switch b[0] {
		case handshakeRecord:
			if a.hello == 0 && length >= messageHeader && record[0] == clientHello {
				a.hello = messageHeader + int(record[1])<<16 + int(record[2])<<8 + int(record[3])
			}
			a.hello -= length
			if a.hello < 0 {
				return false
			}
		case applicationRecord:
			if length > disguisedAlert {
				return false
			}
		default:
			if length > longestAlert { // a change of the cipher is of one byte
				return false
			}
		}
		b = b[recordHeader+length:]
	}
	return len(b) == 0
}

// isTLSRequest reports whether b is the packet with which a client asks for TLS: a
// header, capabilities with CLIENT_SSL, the largest packet, the character set, and
// nothing (MySQL Internals, "Protocol::SSLRequest").
func isTLSRequest(b []byte) bool {
	const length, clientSSL = 32, 8 // in the second byte of the capabilities
	return len(b) == headerLength+length && b[0] == length && b[headerLength+1]&clientSSL != 0
}
