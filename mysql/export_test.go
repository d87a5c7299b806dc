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
