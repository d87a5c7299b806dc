package inspect_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/inspect"
	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/testcerts"
)

// serverName is the name that every client dials: the programs of MySQL verify no
// other.
const serverName = "localhost"

var (
	ca      = testcerts.New("eu-west-1", testcerts.RSA2048)
	otherCA = testcerts.New("us-east-1", testcerts.RSA2048)
)

// A serverKind is a way in which a server is set up.
type serverKind struct {
	name    string
	options func() dbservers.Options
}

var serverKinds = []serverKind{
	{"good", func() dbservers.Options { return with(ca.Leaf(nil, serverName)) }},
	{"wrong name", func() dbservers.Options { return with(ca.Leaf(nil, "other.example.com")) }},
	{"other CA", func() dbservers.Options { return with(otherCA.Leaf(nil, serverName)) }},
	{"expired", func() dbservers.Options {
		return with(ca.Leaf(func(c *x509.Certificate) { c.NotAfter = c.NotBefore.AddDate(1, 0, 0) }, serverName))
	}},
	{"common name only", func() dbservers.Options {
		return with(ca.Leaf(func(c *x509.Certificate) { c.DNSNames = nil }, serverName))
	}},
	{"no TLS", func() dbservers.Options { return dbservers.Options{} }},
	{"enforced", func() dbservers.Options {
		o := with(ca.Leaf(nil, serverName))
		o.AllowPlaintext = false
		return o
	}},
	{"TLS 1.2 only", func() dbservers.Options {
		o := with(ca.Leaf(nil, serverName))
		o.MaxVersion = tls.VersionTLS12
		return o
	}},
	{"TLS 1.1 only", func() dbservers.Options {
		o := with(ca.Leaf(nil, serverName))
		o.MinVersion, o.MaxVersion = tls.VersionTLS11, tls.VersionTLS11
		return o
	}},
}

// with returns the options of a server with a certificate that also accepts
// plaintext.
func with(cert tls.Certificate) dbservers.Options {
	chain, key := testcerts.PEMFiles(cert)
	return dbservers.Options{Chain: chain, Key: key, AllowPlaintext: true}
}

func TestMain(m *testing.M) {
	code := m.Run()
	if err := dbservers.Cleanup(); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

// TestSettingsOracle checks the table of settings against the clients themselves:
// real drivers and programs connect to real servers with each setting, and each
// does what its row says.
func TestSettingsOracle(t *testing.T) {
	t.Parallel()
	installations, err := dbservers.Find()
	if err != nil {
		t.Fatal(err)
	}
	roots := rootsFile(t)
	var compared counter
	t.Run("servers", func(t *testing.T) {
		for _, in := range installations {
			for _, kind := range serverKinds {
				if kind.name == "TLS 1.1 only" && in.Kind == dbservers.MySQL {
					continue // Oracle MySQL has no such versions any more
				}
				t.Run(in.Name()+"/"+strings.ReplaceAll(kind.name, " ", "-"), func(t *testing.T) {
					t.Parallel()
					compareClients(t, dbservers.Start(t, in, kind.options()), kind.name, roots, &compared)
				})
			}
		}
	})
	t.Logf("%d comparisons", compared.n)
}

type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) add() {
	c.mu.Lock()
	c.n++
	c.mu.Unlock()
}

// compareClients compares every row for s with what its client does.
func compareClients(t *testing.T, s *dbservers.Server, kind, roots string, compared *counter) {
	report := inspectServer(t, s)
	if wanted := map[string]string{
		"good": "", "wrong name": "name", "other CA": "region", "expired": "expired",
		"common name only": "name", "no TLS": "no-tls", "enforced": "", "TLS 1.2 only": "",
		"TLS 1.1 only": "tls-version",
	}[kind]; report.Reason != wanted && (kind != "other CA" || report.Reason == "") {
		t.Errorf("reason %q, want %q: %s", report.Reason, wanted, report.Error)
	}
	if len(report.Settings) == 0 {
		t.Fatalf("no settings: %s", report.Error)
	}
	for _, row := range report.Settings {
		connect := clients[row.Client]
		if connect == nil {
			t.Errorf("no client %q", row.Client)
			continue
		}
		for _, program := range connect.programs(t, s.Kind) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			got := connect.connect(ctx, t, program, s, row, roots)
			cancel()
			if got == notTested {
				continue
			}
			compared.add()
			if want := rowOutcome(row, kind); got != want {
				t.Errorf("%s %s (roots %q) with %s: %s, and the row says %s", program, row.Setting, row.Roots, kind, got, want)
			}
		}
	}
}

// An outcome is what a client did.
type outcome string

const (
	overTLS   outcome = "TLS"
	plaintext outcome = "plaintext"
	refuses   outcome = "refuses"
	notTested outcome = "not tested"
)

// rowOutcome returns what a row says. Where it does not know whether the server
// accepts plaintext, the test knows.
func rowOutcome(row inspect.Setting, kind string) outcome {
	connects := row.Connects != nil && *row.Connects || row.Connects == nil && kind != "enforced"
	switch {
	case !connects:
		return refuses
	case row.Encrypted == nil && kind == "enforced", row.Encrypted != nil && *row.Encrypted:
		return overTLS
	}
	return plaintext
}

// inspectServer inspects s with the test's CA as its roots.
func inspectServer(t *testing.T, s *dbservers.Server) inspect.Server {
	t.Helper()
	protocol := inspect.MySQL
	if s.Kind == dbservers.Postgres {
		protocol = inspect.Postgres
	}
	target, err := inspect.ParseTarget(serverName+":"+strconv.Itoa(s.Port), protocol)
	if err != nil {
		t.Fatal(err)
	}
	return inspect.Inspect(t.Context(), target, inspect.Options{
		Roots: ca.Pool(), Timeout: 30 * time.Second, Plaintext: true, Now: time.Now,
	})
}

// rootsFile writes the test's CA to a file, for other programs.
func rootsFile(t *testing.T) string {
	t.Helper()
	path := t.TempDir() + "/roots.pem"
	if err := os.WriteFile(path, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
