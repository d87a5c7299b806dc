package audit

import "strings"

// isSQLServer reports whether a resource speaks TDS, which rdstls does not.
func isSQLServer(res *Resource) bool { return strings.HasPrefix(res.Engine, "sqlserver-") }

// findClients is the first step of every remedy that turns enforcement on: who
// would be cut off. 'rdstls sessions' reads PostgreSQL, MySQL and MariaDB.
func findClients(res *Resource) string {
	switch {
	case isSQLServer(res):
		return "'rdstls sessions' does not read SQL Server. This query shows the clients that enforcement would cut off: " +
			"SELECT s.login_name, s.program_name, c.client_net_address FROM sys.dm_exec_connections c " +
			"JOIN sys.dm_exec_sessions s ON s.session_id = c.session_id WHERE c.encrypt_option = 'FALSE'. Fix them first."
	case res.Engine == "docdb":
		return "'rdstls sessions' does not read DocumentDB, and DocumentDB does not show which clients use TLS. " +
			"Search your code and configuration for connection strings without tls=true. Fix them first."
	case res.Kind == Cluster:
		return "Run 'rdstls sessions --dsn-env DATABASE_URL' on each instance of the cluster: " +
			"it shows the clients that enforcement would cut off. Fix them first."
	}
	return "Run 'rdstls sessions --dsn-env DATABASE_URL' on the database: " +
		"it shows the clients that enforcement would cut off. Fix them first."
}

// howToTell says how to ask a server whether a value is in force, or nothing if
// this command cannot ask it.
func howToTell(res *Resource) string {
	switch {
	case isSQLServer(res), res.Engine == "docdb":
		return ""
	case strings.HasSuffix(res.Engine, "postgres"), strings.HasSuffix(res.Engine, "postgresql"):
		return " 'rdstls inspect --plaintext' or 'rdstls sessions' tells whether it is in force."
	}
	return " 'rdstls sessions' tells whether it is in force."
}

// remedyUnproven says how to find out: nothing that the API could change would.
func remedyUnproven(res *Resource) *Remedy {
	steps := []string{"Look at the recent events of the instance in the console: a parameter that could not be applied is named there."}
	if howToTell(res) != "" {
		steps = append(steps, "Ask the server: 'rdstls sessions --dsn-env DATABASE_URL' reports whether enforcement is on.")
	}
	return &Remedy{Steps: steps}
}
