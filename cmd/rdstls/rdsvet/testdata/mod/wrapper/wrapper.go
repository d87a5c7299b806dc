// Package wrapper opens databases as the generated clients of ent do.
package wrapper

import "database/sql"

// Open passes its arguments on.
func Open(driverName, dataSourceName string) (*sql.DB, error) {
	return sql.Open(driverName, dataSourceName)
}

// Log has another meaning.
func Log(name, source string) {}
