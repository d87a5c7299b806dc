package vet

// A Rule is what a finding is an instance of. docs/rules.md has a section for each.
type Rule struct {
	ID    string
	Title string // one line, without a full stop
	Go    bool   // found by the analyzers, not in text
}

// Rules returns all rules, by their ids.
func Rules() []Rule { return rules }

var rules = []Rule{
	{"RT000", "A suppression suppresses nothing", true},
	{"RT001", "A connection string allows plaintext", true},
	{"RT002", "A connection string encrypts without verification", true},
	{"RT003", "A connection string verifies the CA, but not the host name", true},
	{"RT004", "A connection string uses the system roots, which do not include the RDS CAs", true},
	{"RT005", "A TLS configuration of a database connection verifies nothing", true},
	{"RT006", "Fallbacks of pgx keep another TLS configuration", true},
	{"RT007", "A MySQL configuration falls back to plaintext, or to another TLS configuration", true},
	{"RT008", "A password in cleartext for any server", true},
	{"RT009", "A configuration loses its TLS settings on the way through a string", true},
	{"RT010", "The default of a setting does not verify", true},
	{"RT011", "A driver ignores a setting, or reads another one than was meant", true},
	{"RT012", "No connection uses a registered TLS configuration", true},
	{"RT101", "A connection string in a file allows plaintext", false},
	{"RT102", "A connection string in a file encrypts without verification", false},
	{"RT103", "A connection string in a file verifies the CA, but not the host name", false},
	{"RT104", "A connection string in a file uses the system roots, which do not include the RDS CAs", false},
	{"RT110", "A setting of its own selects a mode that does not verify", false},
	{"RT120", "An RDS Proxy accepts clients without TLS", false},
	{"RT121", "A parameter group lets the server accept clients without TLS", false},
	{"RT122", "A database is set up with a CA that has expired", false},
	{"RT123", "An image has a database client, but not the RDS roots", false},
	{"RT130", "psql gets sslmode as a variable, which does not change the connection", false},
	{"RT131", "A Python client does not verify the server", false},
	{"RT132", "A JDBC client does not verify the server", false},
	{"RT133", "A Node.js client does not verify the server", false},
	{"RT134", "An option of a MySQL program or library does not verify the server", false},
}

// Levels are the levels of findings, the lowest first.
var Levels = []string{"note", "warning", "error"}
