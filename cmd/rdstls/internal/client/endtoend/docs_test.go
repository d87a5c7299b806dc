//go:build unix

package endtoend

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
)

// documented returns the indented lines of docs/other-clients.md that run one of
// the programs, or rdstls.
func documented(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../../../../docs/other-clients.md")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, m := range regexp.MustCompile(`(?m)^    ([a-z]+.*)$`).FindAllStringSubmatch(string(text), -1) {
		lines = append(lines, m[1])
	}
	if len(lines) < 14 {
		t.Fatalf("only %q were found", lines)
	}
	return lines
}

// kindOf returns the kind of server that a line is for.
func kindOf(line string) dbservers.Kind {
	switch {
	case strings.HasPrefix(line, "rdstls bundle"), strings.HasPrefix(line, "rdstls token"):
		return ""
	case strings.HasPrefix(line, "mysql "):
		return dbservers.MySQL
	case strings.HasPrefix(line, "mariadb "), strings.Contains(line, "-- mysql "):
		return dbservers.MariaDB
	}
	return dbservers.Postgres
}

// adapt replaces what is of the reader in a line: names, the address, and the CA.
func adapt(line, addr string, kind dbservers.Kind) string {
	host, port, _ := net.SplitHostPort(addr)
	endpoint, extra := exampledb.Endpoint, " --roots test-ca.pem"
	if kind != dbservers.Postgres {
		endpoint = "localhost"
	}
	switch {
	case strings.Contains(line, "rdstls exec"), strings.Contains(line, "rdstls env"):
		if kind != dbservers.Postgres {
			endpoint += ":" + port
		} else if !strings.Contains(line, "--via") {
			extra += " --via " + addr
		}
		line = strings.NewReplacer("rdstls exec", "rdstls exec"+extra, "rdstls env", "rdstls env"+extra).Replace(line)
	case line == "rdstls inspect ENDPOINT":
		line = "rdstls inspect --server-name ENDPOINT " + addr + " --protocol postgres" + extra
	case strings.HasPrefix(line, "rdstls inspect"):
		line += " --protocol postgres" + extra
	}
	if strings.HasPrefix(line, "lines=") {
		line += ` && psql -d app -c "select 1"`
	}
	return strings.NewReplacer(
		"ENDPOINT", endpoint, "localhost:15432", addr, "port=15432", "port="+port, "hostaddr=127.0.0.1", "hostaddr="+host,
		"user=app", "user="+dbservers.User, "--user app", "--user "+dbservers.User, "orders", dbservers.Database,
	).Replace(line)
}

// runLine runs a line with a shell, at a server whose CA is in the reader's file.
func runLine(t *testing.T, line, addr string, kind dbservers.Kind) (output string, failed bool) {
	t.Helper()
	m := newMachine(t)
	host, port, _ := net.SplitHostPort(addr)
	for _, name := range []string{"rds-ca.pem", "test-ca.pem"} {
		m.write(t, name, string(exampledb.Authority().PEM()))
	}
	path := filepath.Dir(program) + ":" + os.Getenv("PATH")
	if kind == dbservers.MySQL {
		if oracleProgram(t, m, "mysql") == "" {
			t.Log("Oracle's mysql is not here: internal/dbservers/install/mysql.sh fetches it")
			return "", true
		}
		path = m.home + ":" + path
	}
	m.write(t, ".my.cnf", "[client]\nprotocol=tcp\npassword="+dbservers.Password+"\n")
	c := m.command(t)
	c.Path, c.Args = "/bin/sh", []string{"sh", "-c", adapt(line, addr, kind)}
	c.Env = []string{
		"PATH=" + path, "HOME=" + m.home, "TMPDIR=" + m.temp, "PGPASSWORD=" + dbservers.Password,
		"PGHOSTADDR=" + host, "PGPORT=" + port, "MYSQL_TCP_PORT=" + port,
	}
	out, err := c.CombinedOutput()
	m.wantNothingLeft(t)
	return string(out), err != nil
}

// TestDocumentedLines checks that what docs/other-clients.md says can be run works
// with a genuine server and is refused by an impostor.
func TestDocumentedLines(t *testing.T) {
	t.Parallel()
	for _, line := range documented(t) {
		kind := kindOf(line)
		if kind == "" {
			continue
		}
		all := servers.Servers(t, kind)
		if len(all) == 0 {
			continue // dbservers says what was not found, and fails if it is required
		}
		// The oldest: pg_dump refuses servers that are newer than itself.
		s := slices.MinFunc(all, func(a, b *dbservers.Server) int { return a.Major() - b.Major() })
		out, failed := runLine(t, line, s.Addr, kind)
		if out == "" && failed {
			continue
		}
		if failed {
			t.Errorf("%s\nfailed: %s", line, out)
		}
		cert := exampledb.Authority().Impostor().Leaf(nil, exampledb.Endpoint, "localhost")
		impostor := exampledb.PostgresImpostorWith
		if kind != dbservers.Postgres {
			impostor = exampledb.MySQLImpostorWith
		}
		fake := impostor(t, cert)
		if out, failed := runLine(t, line, fake.Addr(), kind); !failed {
			t.Errorf("%s\nconnects to an impostor: %s", line, out)
		}
		fake.WantNothing(t)
	}
}

// TestDocumentedFiles checks the lines that write the CAs, or print a token.
func TestDocumentedFiles(t *testing.T) {
	t.Parallel()
	for _, line := range documented(t) {
		if !strings.HasPrefix(line, "rdstls bundle") {
			continue
		}
		m := newMachine(t)
		args := strings.Fields(strings.ReplaceAll(line, "ENDPOINT", exampledb.Endpoint))
		if code, _, stderr := m.run(t, args[1:]...); code != 0 {
			t.Errorf("%s: exit code %d, %s", line, code, stderr)
		}
		info, err := os.Stat(filepath.Join(m.home, args[len(args)-1]))
		if err != nil || info.Size() == 0 || info.Size() > 20<<10 {
			t.Errorf("%s: %v, %v", line, info, err)
		}
	}
}
