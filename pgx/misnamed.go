package rdspgx

import (
	"strconv"
	"strings"
)

// adviceForName returns what to write in place of a parameter, in lower case, that
// people take over from other drivers and tools, or "". pgx sends it to the server,
// which refuses to log in: PostgreSQL has no parameter of any of these names. Without
// a host, pgx would even connect to this machine.
func adviceForName(name string) string {
	if strings.HasPrefix(name, "x-") {
		return "a parameter begins with x-, as those of golang-migrate do; give it to that program only"
	}
	switch strings.NewReplacer("-", "", "_", "").Replace(name) {
	case "hostaddr":
		return "pgx has no setting hostaddr; put the address into host, and name the endpoint in Options.ServerName"
	case "hostname", "server", "servername", "address", "addr", "endpoint", "dbhost", "pghost", "hosts":
		return otherName(name, "host")
	case "username", "usr", "userid", "uid", "login", "dbuser", "pguser":
		return otherName(name, "user")
	case "db", "name", "dbname", "databasename", "initialcatalog", "catalog", "pgdatabase":
		return ifNot(name, "dbname", otherName(name, "dbname"))
	case "dbport", "pgport":
		return otherName(name, "port")
	case "sslmod", "sslmode", "pgsslmode", "tlsmode", "ssl", "usessl", "tls", "usetls", "encrypt", "trustservercertificate", "rejectunauthorized":
		return ifNot(name, "sslmode", strconv.Quote(name)+" has no effect in pgx; leave it out, because every connection is verified")
	case "sslca", "sslcacert", "sslrootca", "rootcert", "cafile", "cacert", "tlsca", "sslrootcert":
		return ifNot(name, "sslrootcert", strconv.Quote(name)+" has no effect in pgx; leave it out, because the RDS CAs are embedded, or set Options.Roots")
	case "connecttimeout", "connectiontimeout", "conntimeout", "timeout", "dialtimeout", "pgconnecttimeout":
		return ifNot(name, "connect_timeout", otherName(name, "connect_timeout")+", in seconds")
	case "applicationname", "appname", "pgappname":
		return ifNot(name, "application_name", otherName(name, "application_name"))
	case "schema", "currentschema", "searchpath":
		return ifNot(name, "search_path", otherName(name, "search_path"))
	case "maxconns", "maxopenconns", "poolsize", "maxpoolsize", "poolmaxconnections", "poolmaxsize", "connectionlimit":
		return otherName(name, "pool_max_conns") + ", for NewPool and ParsePoolConfig only"
	case "prefersimpleprotocol", "statementcachemode", "preparethreshold", "pgbouncer", "binaryparameters":
		return otherName(name, "default_query_exec_mode") + ", such as simple_protocol or exec behind a pooler"
	}
	return ""
}

// otherName may quote name: it is one of the few above.
func otherName(name, setting string) string {
	return "pgx has no setting " + strconv.Quote(name) + "; use " + strconv.Quote(setting)
}

// ifNot returns advice, unless name is the setting's own name.
func ifNot(name, setting, advice string) string {
	if name == setting {
		return ""
	}
	return advice
}
