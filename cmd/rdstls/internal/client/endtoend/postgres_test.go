//go:build unix

package endtoend

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/internal/testcerts"
)

// libpqPrograms are what is run, and what it prints if it has connected.
var libpqPrograms = []struct {
	args []string
	want string
}{
	{[]string{"psql", "-XAtc", "select ssl from pg_stat_ssl where pid = pg_backend_pid()"}, "t\n"},
	{[]string{"pg_dump", "--schema-only"}, "PostgreSQL database dump complete"},
}

// TestLibpq checks that psql and pg_dump connect through a tunnel, verify the name
// of the endpoint, and use TLS, whatever the environment says.
func TestLibpq(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		m := newMachine(t)
		m.env = append(m.env, "PGPASSWORD="+dbservers.Password)
		m.write(t, ".pg_service.conf", "[evil]\nhost=evil.invalid\nsslmode=disable\n")
		for _, p := range libpqPrograms {
			args := []string{"exec", "--roots", m.roots, "--user", dbservers.User, "--database", dbservers.Database, "--via", s.Addr, exampledb.Endpoint, "--"}
			code, stdout, stderr := m.run(t, append(args, p.args...)...)
			// pg_dump refuses newer servers, once it has logged in.
			tooNew := strings.Contains(stderr, "server version mismatch")
			if !tooNew && (code != 0 || !strings.Contains(stdout, p.want)) {
				t.Errorf("%s: exit code %d, %s%s", p.args[0], code, stdout, stderr)
			}
		}
		// The tunnel's own name is not the endpoint's.
		args := []string{"exec", "--roots", m.roots, "--user", dbservers.User, "--via", s.Addr, "other." + exampledb.Endpoint, "--"}
		if code, _, stderr := m.run(t, append(args, libpqPrograms[0].args...)...); code != 2 || !strings.Contains(stderr, "does not match host name") {
			t.Errorf("another name: exit code %d, %s", code, stderr)
		}
	}, dbservers.Postgres)
}

// TestLibpqLocalhost checks --roots without a tunnel.
func TestLibpqLocalhost(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		m := newMachine(t)
		m.env = append(m.env, "PGPASSWORD="+dbservers.Password)
		args := []string{"exec", "--roots=" + m.roots, "--user=" + dbservers.User, "--database=" + dbservers.Database, hostPort("localhost", s.Addr), "--"}
		if code, stdout, stderr := m.run(t, append(args, libpqPrograms[0].args...)...); code != 0 || stdout != "t\n" {
			t.Errorf("exit code %d, %s%s", code, stdout, stderr)
		}
	}, dbservers.Postgres)
}

// TestLibpqRefusesImpostor checks that psql and pg_dump tell an impostor nothing,
// with the embedded CAs and with those of a file.
func TestLibpqRefusesImpostor(t *testing.T) {
	t.Parallel()
	for name, impostor := range map[string]func(*testing.T) *exampledb.Impostor{
		"other-ca": func(t *testing.T) *exampledb.Impostor { return exampledb.PostgresImpostor(t) },
		"other-name": func(t *testing.T) *exampledb.Impostor {
			return exampledb.PostgresImpostorWith(t, exampledb.Authority().Instance("evil."+exampledb.Endpoint))
		},
	} {
		for _, roots := range []bool{true, false} {
			for _, p := range libpqPrograms {
				t.Run(name+"/"+p.args[0], func(t *testing.T) {
					t.Parallel()
					i, m := impostor(t), newMachine(t)
					m.env = append(m.env, "PGPASSWORD="+dbservers.Password)
					args := []string{"exec", "--user", dbservers.User, "--database", dbservers.Database, "--via", i.Addr()}
					if roots {
						args = append(args, "--roots", m.roots)
					}
					code, stdout, stderr := m.run(t, append(append(args, exampledb.Endpoint, "--"), p.args...)...)
					if code == 0 || stdout != "" {
						t.Errorf("exit code %d, %s%s", code, stdout, stderr)
					}
					i.WantNothing(t)
				})
			}
		}
	}
}

// TestRootsOfEndpoint checks that a program finds exactly the CAs of the endpoint.
func TestRootsOfEndpoint(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for _, args := range [][]string{
		{"exec", exampledb.Endpoint, "--", "sh", "-c", `cat "$PGSSLROOTCERT" && test "$PGSSLROOTCERT" = "$NODE_EXTRA_CA_CERTS" && test "$RDSTLS_CA_FILE" = "$PGSSLROOTCERT"`},
	} {
		code, got, stderr := m.run(t, args...)
		want, err := exec.Command(program, "bundle", "pem", "--for", exampledb.Endpoint).Output()
		if err != nil {
			t.Fatal(err)
		}
		if code != 0 || got != string(want) || strings.Contains(got, string(testcerts.New("eu-west-1", testcerts.ECC384).PEM())) {
			t.Errorf("exit code %d, %s, CAs %s", code, stderr, got)
		}
	}
}

func hostPort(host, addr string) string {
	return host + addr[strings.LastIndex(addr, ":"):]
}
