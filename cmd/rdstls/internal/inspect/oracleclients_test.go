package inspect_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/cmd/rdstls/internal/inspect"
	"github.com/rdstls/go/internal/dbservers"
	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// A client connects with the setting of a row. Its programs are command lines.
type client struct {
	programs func(*testing.T, dbservers.Kind) [][]string
	connect  func(context.Context, *testing.T, []string, *dbservers.Server, inspect.Setting, string) outcome
}

var clients = map[string]*client{
	"rdstls":        {inProcess, connectRdstls},
	"pgx":           {inProcess, connectPgx},
	"libpq":         {psqlPrograms, connectPsql},
	"go-sql-driver": {inProcess, connectGoSQL},
	"mysql":         {oraclePrograms, connectMySQL},
	"mariadb":       {func(*testing.T, dbservers.Kind) [][]string { return found("mariadb") }, connectMySQL},
}

func inProcess(*testing.T, dbservers.Kind) [][]string { return [][]string{{"driver"}} }

// found returns the program if the machine has it. Those of a package that is a
// condition of make test are always there.
func found(name string) [][]string {
	if path, err := exec.LookPath(name); err == nil {
		return [][]string{{path}}
	}
	return nil
}

func installations(t *testing.T, kind dbservers.Kind) []dbservers.Installation {
	t.Helper()
	all, err := dbservers.Find(kind)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// psqlPrograms returns the system's psql with its own libpq, and with that of each
// PostgreSQL that was unpacked: what a setting does is up to the library.
func psqlPrograms(t *testing.T, _ dbservers.Kind) [][]string {
	t.Helper()
	programs := found("psql")
	for _, in := range installations(t, dbservers.Postgres) {
		if dir := in.Libraries(); dir != "" && runtime.GOOS == "linux" && len(programs) > 0 {
			programs = append(programs, append([]string{"/usr/bin/env", "LD_LIBRARY_PATH=" + dir}, programs[0]...))
		}
	}
	return programs
}

// oraclePrograms returns the mysql programs that install/mysql.sh has unpacked.
// Debian's program of that name is MariaDB's. From 9.0 on they cannot log in to
// MariaDB: they lack its authentication.
func oraclePrograms(t *testing.T, server dbservers.Kind) [][]string {
	t.Helper()
	if server != dbservers.MySQL {
		return nil
	}
	var programs [][]string
	for _, in := range installations(t, dbservers.MySQL) {
		if argv := in.Program("mysql"); argv != nil {
			programs = append(programs, argv)
		}
	}
	return programs
}

// ofPostgres returns whether a session uses TLS.
const ofPostgres = "select ssl::text from pg_stat_ssl where pid = pg_backend_pid()"

func connectPgx(ctx context.Context, t *testing.T, _ []string, s *dbservers.Server, row inspect.Setting, roots string) outcome {
	text := fmt.Sprintf("host=%s port=%d user=%s password=%s dbname=%s %s", serverName, s.Port, dbservers.User, dbservers.Password, dbservers.Database, row.Setting)
	if row.Roots == "rds" {
		text += " sslrootcert=" + roots
	}
	cfg, err := pgx.ParseConfig(text)
	if err != nil {
		t.Fatal(err)
	}
	return pgxOutcome(ctx, t, cfg)
}

func pgxOutcome(ctx context.Context, t *testing.T, cfg *pgx.ConnConfig) outcome {
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return refuses
	}
	defer conn.Close(ctx) //nolint:errcheck // the session has been judged
	var ssl string
	if err := conn.QueryRow(ctx, ofPostgres).Scan(&ssl); err != nil {
		t.Error(err)
	}
	return outcomeOf(ssl == "true")
}

func outcomeOf(encrypted bool) outcome {
	if encrypted {
		return overTLS
	}
	return plaintext
}

func connectRdstls(ctx context.Context, t *testing.T, _ []string, s *dbservers.Server, row inspect.Setting, _ string) outcome {
	opts := &rdstls.Options{Roots: ca.Pool()}
	if row.Setting == "rdspgx" {
		text := fmt.Sprintf("host=%s port=%d user=%s password=%s dbname=%s", serverName, s.Port, dbservers.User, dbservers.Password, dbservers.Database)
		conn, err := rdspgx.Connect(ctx, text, opts)
		if err != nil {
			return refuses
		}
		conn.Close(ctx) //nolint:errcheck // it connected
		return overTLS
	}
	dsn := fmt.Sprintf("%s:%s@tcp(%s:%d)/%s", dbservers.User, dbservers.Password, serverName, s.Port, dbservers.Database)
	db, err := rdsmysql.OpenDB(dsn, opts)
	if err != nil {
		t.Fatal(err)
	}
	return sqlOutcome(ctx, t, db)
}

func connectPsql(ctx context.Context, t *testing.T, program []string, s *dbservers.Server, row inspect.Setting, roots string) outcome {
	if own := len(program) == 1; own && row.Roots == "system" && strings.Contains(output(ctx, program, nil, "--version"), " 15.") {
		return notTested // before 16 it is a file name
	}
	env := []string{
		"PGHOST=" + serverName, fmt.Sprintf("PGPORT=%d", s.Port), "PGUSER=" + dbservers.User, "PGPASSWORD=" + dbservers.Password,
		"PGDATABASE=" + dbservers.Database, "PGSSLMODE=" + strings.TrimPrefix(row.Setting, "sslmode="), "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"),
	}
	switch row.Roots {
	case "rds":
		env = append(env, "PGSSLROOTCERT="+roots)
	case "system":
		env = append(env, "PGSSLROOTCERT=system")
	}
	switch output(ctx, program, env, "-XAtc", ofPostgres) {
	case "true":
		return overTLS
	case "false":
		return plaintext
	}
	return refuses
}

// output returns what a program prints, or "" if it fails.
func output(ctx context.Context, program, env []string, args ...string) string {
	cmd := exec.CommandContext(ctx, program[0], append(program[1:len(program):len(program)], args...)...)
	cmd.Env = env
	text, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

var profiles atomic.Int64

func connectGoSQL(ctx context.Context, t *testing.T, _ []string, s *dbservers.Server, row inspect.Setting, roots string) outcome {
	setting := row.Setting
	if row.Roots == "rds" {
		name := fmt.Sprintf("profile%d", profiles.Add(1))
		pem, err := os.ReadFile(roots)
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		if err := mysql.RegisterTLSConfig(name, &tls.Config{RootCAs: pool}); err != nil {
			t.Fatal(err)
		}
		defer mysql.DeregisterTLSConfig(name)
		setting = "tls=" + name
	}
	db, err := sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(%s:%d)/%s?%s", dbservers.User, dbservers.Password, serverName, s.Port, dbservers.Database, setting))
	if err != nil {
		t.Fatal(err)
	}
	return sqlOutcome(ctx, t, db)
}

// sqlOutcome asks a session of MySQL or MariaDB whether it uses TLS.
func sqlOutcome(ctx context.Context, t *testing.T, db *sql.DB) outcome {
	defer db.Close()
	var name, cipher string
	if err := db.PingContext(ctx); err != nil {
		return refuses
	}
	if err := db.QueryRowContext(ctx, ofMySQL).Scan(&name, &cipher); err != nil {
		t.Error(err)
	}
	return outcomeOf(cipher != "")
}

const ofMySQL = "show session status like 'Ssl_cipher'"

func connectMySQL(ctx context.Context, t *testing.T, program []string, s *dbservers.Server, row inspect.Setting, roots string) outcome {
	args := []string{
		"--no-defaults", "--host=" + serverName, fmt.Sprintf("--port=%d", s.Port), "--protocol=tcp", "--user=" + dbservers.User,
		"--batch", "--skip-column-names", "--execute=" + ofMySQL,
	}
	if row.Client == "mysql" {
		args = append(args, "--get-server-public-key")
	}
	if s.Kind == dbservers.MySQL && row.Client == "mariadb" {
		args = append(args, "--default-auth=mysql_native_password")
	}
	if row.Setting != "default" && row.Setting != "--ssl-ca" {
		args = append(args, row.Setting)
	}
	if row.Roots == "rds" {
		args = append(args, "--ssl-ca="+roots)
	}
	text := output(ctx, program, []string{"MYSQL_PWD=" + dbservers.Password, "HOME=" + t.TempDir()}, args...)
	switch {
	case text == "":
		return refuses
	case strings.TrimSpace(strings.TrimPrefix(text, "Ssl_cipher")) == "":
		return plaintext
	}
	return overTLS
}
