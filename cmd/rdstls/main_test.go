package main

import (
	"crypto/tls"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rdstls": main})
}

// endpoint is the name in the certificate of the server that the scripts have.
const endpoint = "orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com"

// TestScripts runs the commands of testdata/script as people type them. Each script
// has a PostgreSQL server at $SERVER, the endpoint's name in $ENDPOINT, and the CA
// of that server in roots.pem.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			ca := testcerts.New("eu-west-1", testcerts.RSA2048)
			server, err := fakedb.ListenPostgres(fakedb.PostgresOptions{
				TLS: &tls.Config{Certificates: []tls.Certificate{ca.Instance(endpoint)}},
			})
			if err != nil {
				return err
			}
			env.Defer(func() { server.Close() })
			env.Setenv("SERVER", server.Addr())
			env.Setenv("ENDPOINT", endpoint)
			return os.WriteFile(filepath.Join(env.WorkDir, "roots.pem"), ca.PEM(), 0o600)
		},
	})
}

// BenchmarkVersion measures the start of the program: rdstls version has to take
// less than 30 ms.
func BenchmarkVersion(b *testing.B) {
	program := filepath.Join(b.TempDir(), "rdstls")
	if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(program)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/(1<<20), "MiB")
	for b.Loop() {
		if err := exec.Command(program, "version").Run(); err != nil {
			b.Fatal(err)
		}
	}
}
