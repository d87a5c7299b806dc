package rdsmysql

// A TLS record begins with its type, the version and its length (RFC 8446, Section
// 5.1). TLS 1.3 encrypts alerts in application_data records: two bytes, the type,
// and the authentication tag (Section 5.2).
const (
	recordHeader      = 5
	firstRecordType   = 20 // change_cipher_spec
	handshakeRecord   = 22
	applicationRecord = 23
	messageHeader     = 4 // the type, 1 for a ClientHello, and its length
	clientHello       = 1
	maxAlert          = 2
	maxEncryptedAlert = maxAlert + 1 + 16
)

// clientRecords checks the records that a client sends.
type clientRecords struct {
	helloLeft int // what is to come of a ClientHello in several records
}

// nextRecord splits the first record off b. It reports false if there is no whole one.
func nextRecord(b []byte) (kind byte, record, rest []byte, ok bool) {
	if len(b) < recordHeader || b[0] < firstRecordType || b[0] > applicationRecord {
		return 0, nil, nil, false
	}
	end := recordHeader + int(b[3])<<8 + int(b[4])
	if end > len(b) {
		return 0, nil, nil, false
	}
	return b[0], b[recordHeader:end], b[end:], true
}

// beforeCertificate reports whether b is a whole number of records that a client
// sends before it has seen the server's certificate: ClientHellos,
// change_cipher_spec, and alerts. In TLS 1.2 its own certificate is a record of the
// same type as a ClientHello.
func (c *clientRecords) beforeCertificate(b []byte) bool {
	for len(b) > 0 {
		kind, record, rest, ok := nextRecord(b)
		if !ok {
			return false
		}
		limit := maxAlert // change_cipher_spec is one byte
		switch kind {
		case handshakeRecord:
			if c.helloLeft == 0 && len(record) >= messageHeader && record[0] == clientHello {
				c.helloLeft = messageHeader + int(record[1])<<16 + int(record[2])<<8 + int(record[3])
			}
			c.helloLeft -= len(record)
			if c.helloLeft < 0 {
				return false
			}
			limit = len(record)
		case applicationRecord:
			limit = maxEncryptedAlert
		}
		if len(record) > limit {
			return false
		}
		b = rest
	}
	return true
}
