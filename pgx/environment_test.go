package rdspgx_test

import (
	"fmt"
	"testing"

	"github.com/rdstls/go/internal/advicetest"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// An environment holds variables that the author of the connection string may not know.
type environment struct {
	name     string
	vars     map[string]string
	harmless bool // with the stock driver: the roots of sslmode=verify-ca are the machine's, and no attacker has one
}

func environments(t *testing.T) []environment {
	t.Helper()
	evilRoots := writeFile(t, "evil.crt", ca.Impostor().PEM())
	service := writeFile(t, "service.conf", fmt.Appendf(nil, "[evil]\nsslmode=prefer\nsslrootcert=%s\n", evilRoots))
	all := []environment{
		{name: "PGSSLROOTCERT", vars: map[string]string{"PGSSLROOTCERT": evilRoots}},
		{name: "PGSERVICE", vars: map[string]string{"PGSERVICE": "evil", "PGSERVICEFILE": service}},
		{name: "PGSSLSNI", vars: map[string]string{"PGSSLSNI": "0"}},
	}
	for _, sslmode := range []string{"allow", "prefer", "require", "verify-ca"} {
		all = append(all, environment{"PGSSLMODE-" + sslmode, map[string]string{"PGSSLMODE": sslmode}, sslmode == "verify-ca"})
	}
	return all
}

// TestHazardEnvironment checks that no variable of the environment weakens a connection.
func TestHazardEnvironment(t *testing.T) {
	for _, env := range environments(t) {
		t.Run(env.name, func(t *testing.T) {
			for name, value := range env.vars {
				t.Setenv(name, value)
			}
			for i, a := range attackers() {
				for j, m := range modes {
					// Each attacker and mode meets one form and one place.
					s := newScene(t, a, places[(i+j)%len(places)])
					s.play(t, forms[(i+j)%len(forms)].dsn(s.hosts, m.params...))
				}
			}
		})
	}
}

// TestHazardEnvironmentPlaintext checks that plaintext that the environment asks for
// is an error.
func TestHazardEnvironmentPlaintext(t *testing.T) {
	service := writeFile(t, "service.conf", []byte("[evil]\nsslmode=disable\n"))
	for _, env := range []environment{
		{name: "PGSSLMODE", vars: map[string]string{"PGSSLMODE": "disable"}},
		{name: "PGSERVICE", vars: map[string]string{"PGSERVICE": "evil", "PGSERVICEFILE": service}},
	} {
		t.Run(env.name, func(t *testing.T) {
			for name, value := range env.vars {
				t.Setenv(name, value)
			}
			for _, f := range forms {
				cfg := parse(t, f.dsn([]string{orders}))
				before := snapshot(cfg)
				err := rdspgx.Configure(cfg, nil)
				advicetest.WantConfigError(t, "Configure", err, "sslmode", rdstls.ErrPlaintext)
				wantUnchanged(t, before, snapshot(cfg))
			}
		})
	}
}

// TestHazardEnvironmentLater checks that a database handle keeps the settings that it
// was opened with. With sql.Open, pgx reads the environment at each connection.
func TestHazardEnvironmentLater(t *testing.T) {
	evil := attacker{name: "refuses-tls"}.listen(t)
	db, err := rdspgx.OpenDB(asURL.dsn([]string{evil.Addr()}), &rdstls.Options{ServerName: orders, Roots: ca.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	t.Setenv("PGSSLMODE", "disable")
	if err := db.PingContext(bounded(t)); err == nil {
		t.Error("Ping = nil, want an error")
	}
	wantNothing(t, evil)
}
