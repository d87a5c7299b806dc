package client

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A Family is a group of programs that take the same options.
type Family int

// The families.
const (
	Other   Family = iota // reads the environment, or nothing
	Libpq                 // PostgreSQL's own programs
	MySQL                 // Oracle's
	MariaDB               // MariaDB's, under its own names or MySQL's
)

// TakesOptionFile reports whether the programs of f read no environment and
// need an option file and arguments.
func (f Family) TakesOptionFile() bool { return f == MySQL || f == MariaDB }

// DefaultPort returns the port that the programs of f mean if none is given.
func (f Family) DefaultPort() int {
	if f.TakesOptionFile() {
		return MySQLPort
	}
	return PostgresPort
}

var (
	libpqPrograms = []string{
		"psql", "pg_dump", "pg_dumpall", "pg_restore", "pg_basebackup", "pg_receivewal", "pg_recvlogical",
		"pg_isready", "pg_amcheck", "pgbench", "createdb", "createuser", "dropdb", "dropuser",
		"clusterdb", "reindexdb", "vacuumdb",
	}
	mysqlPrograms = []string{
		"mysql", "mysqldump", "mysqladmin", "mysqlcheck", "mysqlimport", "mysqlshow", "mysqlslap",
		"mysqlbinlog", "mysqlpump", "mysql_upgrade",
	}
)

// FamilyOf returns the family of a program by its name. Debian and others install
// MariaDB's programs under MySQL's names, so isMariaDB is asked for those; it is
// given program and is not called for the rest.
func FamilyOf(program string, isMariaDB func(program string) bool) Family {
	name := programName(program)
	switch {
	case slices.Contains(libpqPrograms, name):
		return Libpq
	case strings.HasPrefix(name, "mariadb"):
		return MariaDB
	case !slices.Contains(mysqlPrograms, name):
		return Other
	case isMariaDB(program):
		return MariaDB
	}
	return MySQL
}

// programName returns the last element of a path, without the version that some
// distributions append (psql-15) and the extension of Windows.
func programName(program string) string {
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(program)), ".exe")
	if base := strings.TrimRight(name, "0123456789."); strings.HasSuffix(base, "-") {
		name = strings.TrimSuffix(base, "-")
	}
	return name
}

// versionTimeout bounds a program that is asked for its version.
const versionTimeout = 10 * time.Second

// IsMariaDB reports whether program is MariaDB's: a link to a program with such a
// name (mariadb-binlog does not say so itself), or one that says so when it is
// asked for its version. A program that does not answer counts as Oracle's: the
// options for those make MariaDB's programs fail, not connect unverified.
func IsMariaDB(ctx context.Context, program string) bool {
	path, err := exec.LookPath(program)
	if err != nil {
		return false
	}
	if target, err := filepath.EvalSymlinks(path); err == nil && strings.HasPrefix(programName(target), "mariadb") {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.WaitDelay = time.Second
	version, _ := cmd.Output()
	return bytes.Contains(version, []byte("MariaDB"))
}
