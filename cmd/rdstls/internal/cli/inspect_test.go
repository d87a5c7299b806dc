package cli

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/rdstls/go/cmd/rdstls/internal/testschema"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
)

var inspectCA = testcerts.New("eu-west-1", testcerts.RSA2048)

// postgres starts a server with a certificate for instance, and returns its address
// and a file with its CA.
func postgres(t *testing.T, opts fakedb.PostgresOptions) (addr, roots string) {
	t.Helper()
	server := fakedb.Started(t)(fakedb.ListenPostgres(opts))
	roots = filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, inspectCA.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return server.Addr(), roots
}

func good() fakedb.PostgresOptions {
	return fakedb.PostgresOptions{TLS: &tls.Config{Certificates: []tls.Certificate{inspectCA.Instance(instance)}}}
}

// TestInspectExitCodes checks the exit codes of inspect, and that its JSON matches
// the schema whatever happened.
func TestInspectExitCodes(t *testing.T) {
	t.Parallel()
	addr, roots := postgres(t, good())
	noTLS, _ := postgres(t, fakedb.PostgresOptions{})
	open := good()
	open.Plaintext = true
	plain, _ := postgres(t, open)
	ours := []string{"--roots", roots, "--server-name", instance, "--protocol", "postgres", "--timeout", "30s"}
	for _, tt := range []struct {
		name string
		args []string
		want int
	}{
		{"good", append(ours, addr), 0},
		{"the port is part of the server name", append(ours, "--server-name", instance+":5432", addr), 0},
		{"own roots, another name", append(ours, "--server-name", "other."+strings.TrimPrefix(instance, "orders."), addr), 1},
		{"embedded roots", []string{"--server-name", instance, "--protocol", "postgres", addr}, 1},
		{"by its address", []string{"--protocol", "postgres", addr}, 1},
		{"no TLS", append(ours, noTLS), 1},
		{"no TLS, zero", append(ours, "--exit-zero", noTLS), 0},
		{"unreachable", append(ours, "127.0.0.1:1"), 3},
		{"no such name", append(ours, "name.invalid:5432"), 3},
		{"unreachable and no TLS", append(ours, "127.0.0.1:1", noTLS), 1},
		{"plaintext", append(ours, "--plaintext", plain), 1},
		{"plaintext refused", append(ours, "--plaintext", addr), 0},
		{"days", append(ours, "--min-days", "100000", addr), 1},
		{"days enough", append(ours, "--min-days", "1", addr), 0},
		{"no target", []string{"-"}, 3},
		{"no target allowed", []string{"-", "--allow-empty"}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := try(t, append([]string{"inspect", "--format", "json"}, tt.args...)...)
			if code != tt.want {
				t.Errorf("exit code %d, want %d: %s%s", code, tt.want, stdout, stderr)
			}
			testschema.Validate(t, "inspect", []byte(stdout))
		})
	}
	for _, args := range [][]string{
		{},
		{"db:1433"},
		{"db:0"},
		{"--protocol", "oracle", "db"},
		{"--server-name", "db.example.com", "db"},
		{"--roots", os.DevNull, "db"},
		{"--roots", "missing", "db"},
		{"--timeout", "0s", "db"},
		{"--min-days", "-1", "db"},
		{"--format", "csv", "db"},
	} {
		if code, stdout, _ := try(t, append([]string{"inspect"}, args...)...); code != 2 || stdout != "" {
			t.Errorf("%q: exit code %d, stdout %q, want 2 and nothing", args, code, stdout)
		}
	}
}

// TestInspectForms checks each form of output for a good server and one without TLS.
func TestInspectForms(t *testing.T) {
	t.Parallel()
	addr, roots := postgres(t, good())
	noTLS, _ := postgres(t, fakedb.PostgresOptions{})
	run := func(format string) string {
		env, stdout, stderr := testEnv("inspect", "--format", format, "--roots", roots, "--server-name", instance, "--protocol", "postgres", "-")
		env.Stdin = strings.NewReader("\ufeff# two servers\n" + addr + "\n\n" + noTLS + "\n")
		if code := Main(t.Context(), env); code != 1 {
			t.Errorf("%s: exit code %d: %s", format, code, stderr)
		}
		return stdout.String()
	}
	text := run("text")
	for _, want := range []string{
		addr, "endpoint    RDS instance, eu-west-1", "protocol    PostgreSQL", "TLS         1.3, TLS_", "verified    yes", "RSA 2048, until 2100-01-01 (",
		"rdspgx                  ", "connects, verified", "accepts any other RDS server too", "falls back to plaintext", "tries plaintext first",
		"(--plaintext asks)", noTLS, "NO: no-tls", "connects in plaintext", "\n  pgx, libpq disable ", "system roots do not include",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("text lacks %q:\n%s", want, text)
		}
	}
	if strings.Index(text, noTLS) > strings.Index(text, addr) {
		t.Errorf("the worst does not come first:\n%s", text)
	}
	for line := range strings.Lines(text) {
		if utf8.RuneCountInString(line) > 101 {
			t.Errorf("a line of more than 100 columns: %s", line)
		}
	}
	if strings.Count(run("pem"), "BEGIN CERTIFICATE") < 2 {
		t.Error("pem lacks the chain")
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(run("prometheus")))
	if err != nil || len(families) != 3 || len(families["rdstls_verified"].Metric) != 2 {
		t.Fatalf("%v, %v", families, err)
	}
	if got := families["rdstls_certificate_not_after_seconds"].Metric[0].Gauge.GetValue(); got < 4e9 {
		t.Errorf("not_after %v", got)
	}
	var report inspectReport
	if err := json.Unmarshal([]byte(run("json")), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Servers) != 2 || report.Servers[0].Target != addr || report.Servers[1].Target != noTLS || report.Incomplete {
		t.Errorf("not in the order given: %+v", report)
	}
}

// TestInspectInterrupted checks that Ctrl-C leaves what is known, marked incomplete.
func TestInspectInterrupted(t *testing.T) {
	t.Parallel()
	addr, roots := postgres(t, good())
	silent := good()
	silent.Behavior = fakedb.Behavior{Name: "silent", Request: fakedb.Silence}
	stuck, _ := postgres(t, silent)
	ctx, interrupt := context.WithCancel(t.Context())
	env, stdout, stderr := testEnv("inspect", "--format", "json", "--timeout", "5m", "--roots", roots, "--server-name", instance, "--protocol", "postgres", addr, stuck)
	// Progress says that the good server is done: only then comes Ctrl-C.
	env.StderrTerminal = true
	env.Stderr = writerFunc(func(b []byte) (int, error) {
		if strings.Contains(string(b), "1 of 2 hosts") {
			interrupt()
		}
		return stderr.Write(b)
	})
	begin := time.Now()
	calls := 0
	env.Now = func() time.Time { calls++; return begin.Add(time.Duration(calls) * time.Minute) }
	if code := Main(ctx, env); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	testschema.Validate(t, "inspect", stdout.Bytes())
	var report inspectReport
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil || !report.Incomplete || len(report.Servers) != 1 || report.Servers[0].Target != addr {
		t.Errorf("%v: %s", err, stdout)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestInspectHundred checks that a hundred servers get one connection each, and are
// reported in the order given.
func TestInspectHundred(t *testing.T) {
	t.Parallel()
	var servers []*fakedb.Server
	args := []string{"inspect", "--format", "json", "--roots", write(t, string(inspectCA.PEM())), "--server-name", instance, "--timeout", "1m"}
	for range 100 {
		server := fakedb.Started(t)(fakedb.ListenPostgres(good()))
		servers = append(servers, server)
		args = append(args, server.Addr())
	}
	code, stdout, stderr := try(t, args...)
	var report inspectReport
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != 0 || len(report.Servers) != 100 {
		t.Fatalf("exit code %d, %v, %d servers: %s", code, err, len(report.Servers), stderr)
	}
	for i, server := range servers {
		if n := len(server.Conns()); n != 1 || report.Servers[i].Target != server.Addr() {
			t.Errorf("server %d: %d connections, reported as %s", i, n, report.Servers[i].Target)
		}
	}
}

// TestInspectDirect checks a server that speaks TLS from the first byte, as DocumentDB
// does: it is verified, and no settings of other protocols' clients are listed.
func TestInspectDirect(t *testing.T) {
	t.Parallel()
	const documentDB = "docs.cluster-c9akciq32xyz.eu-west-1.docdb.amazonaws.com"
	opts := fakedb.PostgresOptions{Direct: true, TLS: &tls.Config{Certificates: []tls.Certificate{inspectCA.Instance(documentDB)}}}
	addr, roots := postgres(t, opts)
	code, stdout, stderr := try(t, "inspect", "--format", "json", "--plaintext", "--protocol", "tls", "--roots", roots, "--server-name", documentDB, addr)
	var report inspectReport
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != 0 {
		t.Fatalf("exit code %d, %v: %s%s", code, err, stdout, stderr)
	}
	if s := report.Servers[0]; !s.Verified || s.Protocol != "tls" || len(s.Settings) != 0 || s.Plaintext != "unknown" || s.Endpoint.Kind != "documentdb" {
		t.Errorf("%+v", s)
	}
}

// TestInspectNoRoots checks that an endpoint for which this version has no CAs is not
// connected to, and that this is not a verdict about the server.
func TestInspectNoRoots(t *testing.T) {
	t.Parallel()
	code, stdout, _ := try(t, "inspect", "--format", "json", "orders.c9akciq32xyz.cn-north-1.rds.amazonaws.com.cn")
	testschema.Validate(t, "inspect", []byte(stdout))
	if code != 3 || !strings.Contains(stdout, `"reason": "config"`) || !strings.Contains(stdout, `"address": ""`) {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}

// TestInspectAmazonTrust checks that a server that is not RDS's is told from one.
func TestInspectAmazonTrust(t *testing.T) {
	t.Parallel()
	opts := fakedb.PostgresOptions{TLS: &tls.Config{Certificates: []tls.Certificate{testcerts.NewAmazonTrust().Proxy(proxy)}}}
	addr, _ := postgres(t, opts)
	code, stdout, _ := try(t, "inspect", "--server-name", proxy, "--protocol", "postgres", addr)
	if code != 1 || !strings.Contains(stdout, "endpoint    RDS Proxy, eu-west-1") || strings.Contains(stdout, "embedded") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}
