package rdsmysql

// DriverConn, Session and WithCheck are for tests with connections that no server answers.
type (
	DriverConn = driverConn
	Session    = session
)

var WithCheck = withCheck

// MayWrite reports whether a client may write these before the server was verified. It
// is for tests with what neither the driver nor crypto/tls writes.
func MayWrite(writes ...[]byte) bool {
	a := &attempt{}
	for _, b := range writes {
		if a.checkWrite(b) != nil {
			return false
		}
	}
	return true
}
