package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/cmd/rdstls/internal/testschema"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

const (
	instance = "orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com"
	proxy    = "orders.proxy-c9akciq32xyz.eu-west-1.rds.amazonaws.com"
)

// write returns the path of a new file.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pemOf returns what rdstls bundle pem prints.
func pemOf(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := try(t, append([]string{"bundle", "pem"}, args...)...)
	if code != 0 || !strings.Contains(stderr, "sha256 ") {
		t.Fatalf("bundle pem %q: exit code %d, %s", args, code, stderr)
	}
	return stdout
}

func TestBundlePEM(t *testing.T) {
	t.Parallel()
	if sum := sha256.Sum256([]byte(pemOf(t, "all"))); strings.ToLower(bundle.SHA256) != hexOf(sum) {
		t.Error("all is not AWS's file byte for byte")
	}
	for _, tt := range []struct {
		args []string
		want int
	}{
		{[]string{"eu-west-1"}, 3},
		{[]string{"us-gov-west-1"}, 3},
		{[]string{"proxy"}, 5},
		{[]string{"--for", instance}, trusted(t, instance)},
		{[]string{"--for", proxy}, trusted(t, proxy)},
		{[]string{"--for", strings.ToUpper(instance)}, trusted(t, instance)},
		{[]string{"--for", instance + ".:5432"}, trusted(t, instance)},
		{nil, 108},
	} {
		if got := strings.Count(pemOf(t, tt.args...), "BEGIN CERTIFICATE"); got != tt.want {
			t.Errorf("%q prints %d certificates, want %d", tt.args, got, tt.want)
		}
	}
	if !strings.HasPrefix(pemOf(t, "--for", instance), pemOf(t, "eu-west-1")) {
		t.Error("--for an instance lacks its Region's roots")
	}
	for _, args := range [][]string{{"eu-west-9"}, {"EU-WEST-1"}, {"--for", "db.example.com"}, {"--for", instance + ":0"}, {"--for", instance, "all"}, {"proxy", "all"}, {"--format", "jks"}} {
		if code, stdout, _ := try(t, append([]string{"bundle", "pem"}, args...)...); code != 2 || stdout != "" {
			t.Errorf("%q: exit code %d, stdout %q, want 2 and nothing", args, code, stdout)
		}
	}
}

// trusted returns how many roots are trusted for a host.
func trusted(t *testing.T, host string) int {
	t.Helper()
	roots, err := rdstls.Roots(host)
	if err != nil {
		t.Fatal(err)
	}
	return len(roots)
}

func hexOf(sum [32]byte) string {
	var b strings.Builder
	for _, c := range sum {
		b.WriteString(string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
	}
	return b.String()
}

// TestBundleTrustStore checks the file for Java, with keytool where it is
// installed.
func TestBundleTrustStore(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rds.p12")
	if code, _, stderr := try(t, "bundle", "pem", "eu-west-1", "--format", "p12", "-o", path); code != 0 {
		t.Fatal(stderr)
	}
	store, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	certs, err := pkcs12.DecodeTrustStore(store, trustStorePassword)
	if err != nil || len(certs) != 3 {
		t.Errorf("%d certificates, %v, want 3", len(certs), err)
	}
	if keytool, err := exec.LookPath("keytool"); err == nil {
		out, err := exec.CommandContext(t.Context(), keytool, "-list", "-keystore", path, "-storepass", trustStorePassword).CombinedOutput()
		if err != nil || strings.Count(string(out), "trustedCertEntry") != 3 {
			t.Errorf("keytool: %v\n%s", err, out)
		}
	}
	env, _, _ := testEnv("bundle", "pem", "eu-west-1", "--format", "p12")
	env.StdoutTerminal = true
	if code := Main(t.Context(), env); code != 2 {
		t.Errorf("p12 to a terminal: exit code %d, want 2", code)
	}
}

func TestBundleConfigMap(t *testing.T) {
	t.Parallel()
	text := pemOf(t, "eu-west-1", "--format", "configmap")
	_, data, ok := strings.Cut(text, "  rds-ca.pem: |\n")
	if !ok || !strings.HasPrefix(text, "apiVersion: v1\nkind: ConfigMap\n") {
		t.Fatalf("not a ConfigMap:\n%s", text)
	}
	if got := strings.ReplaceAll(data, "    ", ""); got != pemOf(t, "eu-west-1") {
		t.Error("the data is not the PEM file")
	}
}

func TestBundleVerify(t *testing.T) {
	t.Parallel()
	region, other := pemOf(t, "eu-west-1"), pemOf(t, "us-east-1")
	_, two, _ := strings.Cut(region, "-----END CERTIFICATE-----\n")
	own := string(testcerts.New("eu-west-1", testcerts.RSA2048).PEM())
	chain, _ := testcerts.PEMFiles(testcerts.New("eu-west-1", testcerts.RSA2048).Instance(instance))
	all := pemOf(t, "all")
	_, shorter, _ := strings.Cut(all, "-----END CERTIFICATE-----\n")
	for _, tt := range []struct {
		name, text string
		want       int
		kinds      string
	}{
		{"AWS's file", all, 0, ""},
		{"AWS's file with CRLF", strings.ReplaceAll(all, "\n", "\r\n"), 0, ""},
		{"a Region", region, 0, ""},
		{"two Regions", region + other, 0, ""},
		{"proxy", pemOf(t, "proxy"), 0, ""},
		{"for a proxy", pemOf(t, "--for", proxy), 0, ""},
		{"for an instance", pemOf(t, "--for", instance), 0, ""},
		{"part of a Region", two, 1, "lacks"},
		{"AWS's file without one", shorter, 1, "beta"},
		{"proxy and two Regions", region + other + pemOf(t, "proxy"), 1, "mixed"},
		{"an impostor of the same name", region + own, 1, "unknown"},
		{"only an impostor", own, 1, "unknown"},
		{"intermediate", region + string(chain[bytes.LastIndex(chain, []byte("-----BEGIN")):]), 1, "intermediate"},
		{"text before", "# RDS\n" + region, 1, "malformed"},
		{"empty", "", 1, "malformed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := try(t, "bundle", "verify", "--format", "json", write(t, tt.text))
			if code != tt.want {
				t.Errorf("exit code %d, want %d: %s%s", code, tt.want, stdout, stderr)
			}
			testschema.Validate(t, "bundle", []byte(stdout))
			if !strings.Contains(stdout, tt.kinds) {
				t.Errorf("the report has no problem of kind %q: %s", tt.kinds, stdout)
			}
		})
	}
}

// TestBundleVerifyExpired checks that dates are judged, by the clock of the Env.
func TestBundleVerifyExpired(t *testing.T) {
	t.Parallel()
	env, stdout, _ := testEnv("bundle", "verify", write(t, pemOf(t, "eu-west-1")))
	now := env.Now
	env.Now = func() time.Time { return now().AddDate(200, 0, 0) }
	if code := Main(t.Context(), env); code != 1 || !strings.Contains(stdout.String(), "expired") {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}

func TestBundleScan(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	region := pemOf(t, "eu-west-1")
	_, two, _ := strings.Cut(region, "-----END CERTIFICATE-----\n")
	escaped, err := json.Marshal(map[string]string{"ca": two})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"good.pem": region, "values.yaml": "ca: |\n  " + strings.ReplaceAll(two, "\n", "\n  "), "config.json": string(escaped),
		"README": "BEGIN CERTIFICATE", "other.pem": pemOf(t, "proxy"), ".git/ca.pem": two,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, stdout, _ := try(t, "bundle", "scan", "--format", "json", dir)
	testschema.Validate(t, "bundle", []byte(stdout))
	var report bundleReport
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range report.Files {
		got[filepath.Base(f.Path)] = f.Status
	}
	if code != 1 || len(got) != 3 || got["good.pem"] != "current" || got["values.yaml"] != "partial" || got["config.json"] != "partial" {
		t.Errorf("exit code %d, found %v", code, got)
	}
	if code, _, stderr := try(t, "bundle", "scan", filepath.Join(dir, "README")); code != 3 || !strings.Contains(stderr, "no copy") {
		t.Errorf("nothing to judge: exit code %d, %s", code, stderr)
	}
	if code, _, _ := try(t, "bundle", "scan", filepath.Join(dir, "missing")); code != 2 {
		t.Errorf("a path that is not there: exit code %d", code)
	}
}

func TestBundleDiff(t *testing.T) {
	t.Parallel()
	region := write(t, pemOf(t, "eu-west-1"))
	for _, tt := range []struct {
		a, b string
		want int
	}{{region, region, 0}, {"embedded", "embedded", 0}, {region, "embedded", 1}, {"-", region, 3}, {"-", "-", 2}, {"missing", region, 2}} {
		if code, stdout, stderr := try(t, "bundle", "diff", tt.a, tt.b); code != tt.want {
			t.Errorf("diff %s %s: exit code %d, want %d: %s%s", tt.a, tt.b, code, tt.want, stdout, stderr)
		}
	}
	_, stdout, _ := try(t, "bundle", "diff", "--format", "json", region, "embedded")
	testschema.Validate(t, "bundle", []byte(stdout))
}
