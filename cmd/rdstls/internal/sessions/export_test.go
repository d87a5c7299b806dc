package sessions

// For the tests of the command line, which this package cannot import.
var (
	Servers    = servers
	ConnString = connString
	Client     = client
	CA         = ca
)

const (
	Endpoint = endpoint
	Canary   = canary
)
