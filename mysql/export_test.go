package rdsmysql

// IsTLSRequest is isTLSRequest, for tests: the driver writes no packet that is
// nearly one.
var IsTLSRequest = isTLSRequest

// DriverConn, Session and WithCheck are for tests with connections that no server answers.
type (
	DriverConn = driverConn
	Session    = session
)

var WithCheck = withCheck

// BeforeCertificate is for tests with records that neither the driver nor crypto/tls
// writes. It reports whether a client may write all of these.
func BeforeCertificate(writes ...[]byte) bool {
	var c clientRecords
	for _, b := range writes {
		if !c.beforeCertificate(b) {
			return false
		}
	}
	return true
}
