package client_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/client"
)

const endpoint = "orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com"

func connection() client.Connection {
	return client.Connection{Host: endpoint, Port: 5433, Roots: "/tmp/roots.pem"}
}

// TestEnviron checks what a program finds in its environment, and that nothing
// that undoes the verification is left in it.
func TestEnviron(t *testing.T) {
	t.Parallel()
	base := []string{
		"HOME=/root", "PGSSLMODE=disable", "PGHOST=evil", "PGHOSTADDR=10.0.0.1", "PGSERVICE=evil", "PGSERVICEFILE=evil",
		"PGSSLNEGOTIATION=direct", "PGSSLMINPROTOCOLVERSION=TLSv1", "PGSSLMAXPROTOCOLVERSION=TLSv1", "PGREQUIRESSL=0",
		"PGGSSENCMODE=require", "PGSSLROOTCERT=system", "NODE_TLS_REJECT_UNAUTHORIZED=0", "NODE_EXTRA_CA_CERTS=evil",
		"MARIADB_TLS_DISABLE_PEER_VERIFICATION=1",
		"MYSQL_HOST=evil", "MYSQL_TCP_PORT=1", "MYSQL_UNIX_PORT=evil", "MYSQL_PWD=evil", "PGCHANNELBINDING=require", "PGPASSWORD=mine",
	}
	always := []string{
		"HOME=/root", "PGHOST=" + endpoint, "PGSSLMODE=verify-full", "PGSSLROOTCERT=/tmp/roots.pem", "PGGSSENCMODE=disable",
		"RDSTLS_CA_FILE=/tmp/roots.pem", "NODE_EXTRA_CA_CERTS=/tmp/roots.pem",
	}
	for name, tt := range map[string]struct {
		change func(*client.Connection)
		want   []string
	}{
		"plain":  {func(*client.Connection) {}, []string{"PGPORT=5433", "PGCHANNELBINDING=require", "PGPASSWORD=mine"}},
		"names":  {func(c *client.Connection) { c.User, c.Database = "app", "orders" }, []string{"PGPORT=5433", "PGUSER=app", "PGDATABASE=orders", "PGCHANNELBINDING=require", "PGPASSWORD=mine"}},
		"tunnel": {func(c *client.Connection) { c.ViaAddress, c.ViaPort = "127.0.0.1", 15432 }, []string{"PGPORT=15432", "PGHOSTADDR=127.0.0.1", "PGCHANNELBINDING=require", "PGPASSWORD=mine"}},
		"iam":    {func(c *client.Connection) { c.Password = "token" }, []string{"PGPORT=5433", "PGPASSWORD=token"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connection()
			tt.change(&c)
			got, want := client.Environ(base, c), append(slices.Clone(always), tt.want...)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("Environ = %q, want %q", got, want)
			}
		})
	}
}

// TestExportLines checks the lines with a real shell: after them, its environment
// is what Environ makes of it, whatever the values contain.
func TestExportLines(t *testing.T) {
	t.Parallel()
	c := connection()
	c.User, c.Database, c.Password = `a'b"c`, "$(touch /tmp/evil) `x`", `to\ken'; echo evil`
	c.Roots = "/tmp/with space/roots.pem"
	base := []string{"PATH=/usr/bin:/bin", "PGSERVICE=evil", "NODE_TLS_REJECT_UNAUTHORIZED=0", "PGHOST=evil"}
	cmd := exec.Command("sh", "-c", client.ExportLines(c)+"env")
	cmd.Env = base
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	got = slices.DeleteFunc(got, func(line string) bool { // the shell's own
		return strings.HasPrefix(line, "PWD=") || strings.HasPrefix(line, "_=") || strings.HasPrefix(line, "SHLVL=") || strings.HasPrefix(line, "OLDPWD=")
	})
	want := client.Environ(base, c)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the shell has %q, want %q", got, want)
	}
}

// TestParseTarget checks which targets are taken for an endpoint.
func TestParseTarget(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		target  string
		anyHost bool
		host    string
		port    int
	}{
		"endpoint":      {endpoint, false, endpoint, 5432},
		"port":          {endpoint + ":5433", false, endpoint, 5433},
		"upper":         {strings.ToUpper(endpoint) + ".:5433", false, endpoint, 5433},
		"alias":         {"db.example.com", false, "", 0},
		"roots":         {"DB.example.com.", true, "db.example.com", 5432},
		"roots-address": {"[::1]:5433", true, "::1", 5433},
		"zero":          {endpoint + ":0", false, "", 0},
		"large":         {endpoint + ":65536", false, "", 0},
		"sign":          {endpoint + ":+1", false, "", 0},
		"name":          {endpoint + ":pg", false, "", 0},
		"option":        {"-h", true, "", 0},
		"socket":        {"/tmp", true, "", 0},
		"list":          {"a,b", true, "", 0},
		"conninfo":      {"host=a", true, "", 0},
		"empty":         {"", true, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host, port, err := client.ParseTarget(tt.target, client.PostgresPort, tt.anyHost)
			if host != tt.host || port != tt.port || (err == nil) != (tt.host != "") {
				t.Errorf("ParseTarget(%q) = %q, %d, %v, want %q, %d", tt.target, host, port, err, tt.host, tt.port)
			}
		})
	}
}
