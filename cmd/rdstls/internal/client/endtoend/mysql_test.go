//go:build unix

package endtoend

import (
	"crypto/tls"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/internal/testcerts"
)

// hostileOptions is a ~/.my.cnf that undoes what an option file before it says.
const hostileOptions = `[client]
host=evil.invalid
port=1
user=evil
protocol=socket
socket=/nonexistent
ssl-ca=/nonexistent
loose-ssl-mode=DISABLED
loose-skip-ssl
loose-disable-ssl-verify-server-cert
ssl-capath=%s
password=%s
`

// mysqlPrograms returns the paths of the programs of a kind that query, and of the
// ones that dump. Oracle's 9.7 log in only to Oracle's servers.
func mysqlPrograms(t *testing.T, m *machine, kind dbservers.Kind) (query, dump []string) {
	t.Helper()
	if kind == dbservers.MySQL {
		for _, name := range []string{"mysql", "mysqldump"} {
			if path := oracleProgram(t, m, name); path != "" && name == "mysql" {
				query = append(query, path)
			} else if path != "" {
				dump = append(dump, path)
			}
		}
		return query, dump
	}
	for _, name := range []string{"mariadb", "mysql"} {
		if path, err := exec.LookPath(name); err == nil {
			query = append(query, path)
		}
	}
	for _, name := range []string{"mariadb-dump", "mysqldump"} {
		if path, err := exec.LookPath(name); err == nil {
			dump = append(dump, path)
		}
	}
	if len(query) == 0 && strings.Contains(os.Getenv("RDSTLS_REQUIRE_SERVERS"), "mariadb") {
		t.Error("there is no mariadb or mysql program")
	}
	return query, dump
}

// oracleProgram returns a program that install/mysql.sh has unpacked, as a script
// with its name: it needs the dynamic loader beside it.
func oracleProgram(t *testing.T, m *machine, name string) string {
	t.Helper()
	installations, err := dbservers.Find(dbservers.MySQL)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range installations {
		if argv := in.Program(name); argv != nil {
			return m.script(t, name, `exec "`+strings.Join(argv, `" "`)+`" "$@"`)
		}
	}
	return ""
}

// TestMySQL checks that the programs of MySQL and MariaDB verify localhost and use
// TLS with each kind of server, whatever ~/.my.cnf says.
func TestMySQL(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		m := newMachine(t)
		m.write(t, ".my.cnf", fmt.Sprintf(hostileOptions, m.capath(t), dbservers.Password))
		query, dump := mysqlPrograms(t, m, s.Kind)
		args := []string{"exec", "--roots", m.roots, "--user", dbservers.User, "--database", dbservers.Database, hostPort("localhost", s.Addr), "--"}
		for _, p := range query {
			code, stdout, stderr := m.run(t, append(args, p, "-Ne", "show status like 'ssl_version'; select database()")...)
			if code != 0 || !strings.Contains(stdout, "TLSv1.") || !strings.Contains(stdout, dbservers.Database) {
				t.Errorf("%s: exit code %d, %s%s", p, code, stdout, stderr)
			}
		}
		for _, p := range dump {
			code, stdout, stderr := m.run(t, append(args, p, "--no-tablespaces", dbservers.Database)...)
			if code != 0 || !strings.Contains(stdout, "Dump completed") {
				t.Errorf("%s: exit code %d, %s%s", p, code, stdout, stderr)
			}
		}
	}, dbservers.MariaDB, dbservers.MySQL)
}

// TestMySQLRefusesImpostor checks that they tell an impostor nothing, also if
// ~/.my.cnf would have them trust it.
func TestMySQLRefusesImpostor(t *testing.T) {
	t.Parallel()
	machineOf := func(t *testing.T) *machine {
		m := newMachine(t)
		m.write(t, ".my.cnf", fmt.Sprintf(hostileOptions, m.capath(t), dbservers.Password))
		return m
	}
	for _, kind := range []dbservers.Kind{dbservers.MariaDB, dbservers.MySQL} {
		query, dump := mysqlPrograms(t, machineOf(t), kind)
		for i := range append(query, dump...) {
			for name, cert := range map[string]tls.Certificate{
				"other-ca":   exampledb.Authority().Impostor().Leaf(nil, "localhost"),
				"other-name": exampledb.Authority().Instance(exampledb.Endpoint),
				"capath":     otherRegion.Leaf(nil, "localhost"),
			} {
				t.Run(fmt.Sprintf("%s-%d-%s", kind, i, name), func(t *testing.T) {
					t.Parallel()
					m := machineOf(t)
					query, dump := mysqlPrograms(t, m, kind)
					p := append(query, dump...)[i]
					impostor := exampledb.MySQLImpostorWith(t, cert)
					code, stdout, stderr := m.run(t, "exec", "--roots", m.roots, "--user", dbservers.User, hostPort("localhost", impostor.Addr()), "--", p, dbservers.Database)
					if code == 0 || strings.Contains(stdout, "completed") {
						t.Errorf("%s: exit code %d, %s%s", p, code, stdout, stderr)
					}
					impostor.WantNothing(t)
				})
			}
		}
	}
}

// otherRegion is the CA that ~/.my.cnf trusts.
var otherRegion = testcerts.New("us-east-1", testcerts.ECC384)

// capath makes a directory of CAs for OpenSSL, which looks for the hash of a name.
func (m *machine) capath(t *testing.T) string {
	t.Helper()
	ca := m.write(t, "other.pem", string(otherRegion.PEM()))
	hash, err := exec.Command("openssl", "x509", "-in", ca, "-noout", "-hash").Output()
	if err != nil {
		return m.home // without openssl this directory trusts nobody
	}
	m.write(t, strings.TrimSpace(string(hash))+".0", string(otherRegion.PEM()))
	return m.home
}
