package rdsmysql

// IsTLSRequest is isTLSRequest, for tests: the driver writes no packet that is
// nearly one.
var IsTLSRequest = isTLSRequest
