package dbservers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Find returns the installations of kinds on this machine, or of every kind if
// none is given. The environment variables RDSTLS_POSTGRES (directories with
// PostgreSQL's programs), RDSTLS_MARIADB (a mariadbd) and RDSTLS_MYSQL (a mysqld,
// or a directory in which its packages were unpacked) name further ones, several if
// separated as in PATH. One that is not there is an error, and so is a server
// that does not tell its version.
func Find(kinds ...Kind) ([]Installation, error) {
	if runtime.GOOS == "windows" {
		return nil, nil // no Unix sockets for readiness, and no signals to stop a server
	}
	if len(kinds) == 0 {
		kinds = []Kind{Postgres, MariaDB, MySQL}
	}
	var found []Installation
	add := func(in Installation) error {
		if slices.ContainsFunc(found, func(f Installation) bool { return f.Kind == in.Kind && f.Root == in.Root }) {
			return nil
		}
		version, err := in.askVersion()
		if err == nil {
			in.Version = version
			found = append(found, in)
		}
		return err
	}
	for _, kind := range kinds {
		for _, path := range named(kind) {
			in, err := at(kind, path)
			if err == nil {
				err = add(in)
			}
			if err != nil {
				return nil, err
			}
		}
		for _, path := range usual(kind) {
			in, err := at(kind, path)
			if err != nil {
				continue // not here
			}
			if err := add(in); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// named returns the paths that the environment names.
func named(kind Kind) []string {
	list := os.Getenv("RDSTLS_" + strings.ToUpper(string(kind)))
	return filepath.SplitList(list)
}

// usual returns the paths where servers are usually installed.
func usual(kind Kind) []string {
	var paths []string
	switch kind {
	case Postgres: // distributions keep several versions side by side, and none in PATH
		for _, pattern := range []string{
			"/usr/lib/postgresql/*/bin",                // Debian
			"/usr/pgsql-*/bin",                         // the PostgreSQL project's own RPMs
			"/usr/local/pgsql/bin",                     // make install
			"/opt/homebrew/opt/postgresql@*/bin",       // Homebrew on ARM
			"/usr/local/opt/postgresql@*/bin",          // Homebrew on Intel
			filepath.Join(fetched(), "postgres-*/bin"), // install/distribution.sh
		} {
			matches, _ := filepath.Glob(pattern) // fails only if a pattern is malformed
			paths = append(paths, matches...)
		}
	case MariaDB:
		if path, err := exec.LookPath("mariadbd"); err == nil {
			paths = append(paths, path)
		}
		paths = append(paths,
			"/usr/sbin/mariadbd", // Debian: not in the PATH of ordinary users
			"/usr/libexec/mariadbd",
			"/usr/local/sbin/mariadbd",
			"/usr/local/bin/mariadbd",
			"/opt/homebrew/opt/mariadb/bin/mariadbd",
			"/usr/local/opt/mariadb/bin/mariadbd")
	case MySQL:
		paths = append(paths, filepath.Join(fetched(), "mysql")) // install/mysql.sh
	}
	return paths
}

// at returns the installation at path: PostgreSQL's directory of programs, a
// mariadbd, a mysqld, or a directory in which MySQL's packages were unpacked.
func at(kind Kind, path string) (Installation, error) {
	server := path
	switch {
	case kind == Postgres:
		server = filepath.Join(path, "postgres")
	case kind == MySQL && isFile(filepath.Join(path, unpackedServer)):
		return unpackedMySQL(resolve(path)), nil
	}
	if !isFile(server) {
		return Installation{}, fmt.Errorf("dbservers: %s: no such program", server)
	}
	server = resolve(server)
	dir := filepath.Dir(server)
	in := Installation{Kind: kind, Root: filepath.Dir(dir)}
	in.server = filepath.Join(filepath.Base(dir), filepath.Base(server))
	candidates := map[Kind][]string{
		Postgres: {filepath.Join(filepath.Base(dir), "initdb")},
		MariaDB:  {"bin/mariadb-install-db", "scripts/mariadb-install-db"},
		MySQL:    {in.server},
	}[kind]
	present := slices.IndexFunc(candidates, func(name string) bool { return isFile(in.path(name)) })
	if present < 0 {
		return Installation{}, fmt.Errorf("dbservers: %s: none of %q beside it", server, candidates)
	}
	in.initializer = candidates[present]
	return in, nil
}

// unpackedServer is where Debian's package has the server.
const unpackedServer = "usr/sbin/mysqld"

// unpackedMySQL is made of Debian packages that were unpacked and not
// installed. They are built for a newer C library than this system's, so they
// bring theirs, and its loader has to be called by name.
func unpackedMySQL(root string) Installation {
	in := Installation{Kind: MySQL, Root: root, server: unpackedServer, initializer: unpackedServer}
	loaders, _ := filepath.Glob(filepath.Join(root, "usr/lib/*-linux-gnu*/ld-linux*.so.*"))
	if len(loaders) > 0 {
		loader, err := filepath.Rel(root, loaders[0])
		if err != nil {
			panic(err) // Glob returned something outside of root
		}
		in.loader = []string{loader, "--library-path", filepath.Dir(loader)}
	}
	return in
}
