package bundle_test

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	"github.com/rdstls/go/bundle"
)

func TestParsePool(t *testing.T) {
	t.Parallel()
	a, b := newCA(t, "a"), newCA(t, "b")
	intermediate := newCert(t, "intermediate", a, nil)
	unidentified := *a.cert
	unidentified.SubjectKeyId = nil
	noKeyID := newCert(t, "no key identifier", testCA{&unidentified, a.key}, nil)
	noKeyUsage := newCert(t, "no key usage", testCA{}, func(c *x509.Certificate) { c.KeyUsage = 0 })
	// A new key under an old name, signed with the old key. Its key identifiers tell it from
	// a root.
	rollover := newCert(t, "a", a, func(c *x509.Certificate) {
		c.SubjectKeyId = []byte("new")
		c.AuthorityKeyId = []byte("old")
	})
	for _, tt := range []struct {
		name string
		text string
		want []testCA
	}{
		{"one", a.pem(), []testCA{a}},
		{"two", a.pem() + b.pem(), []testCA{a, b}},
		{"twice-the-same", a.pem() + a.pem(), []testCA{a}},
		{"intermediate-left-out", intermediate.pem() + a.pem(), []testCA{a}},
		{"intermediate-without-issuer's-key-identifier-left-out", noKeyID.pem() + a.pem(), []testCA{a}},
		{"rollover-left-out", rollover.pem() + a.pem(), []testCA{a}},
		{"no-key-usage", noKeyUsage.pem(), []testCA{noKeyUsage}},
		{"no-final-newline", strings.TrimSpace(a.pem()), []testCA{a}},
		{"white-space", "\n \t\n" + a.pem() + "\n\n\t" + b.pem() + " \n", []testCA{a, b}},
		{"crlf", strings.ReplaceAll(a.pem()+"\n"+b.pem(), "\n", "\r\n"), []testCA{a, b}},
		{"long-lines", unwrap(a.pem()) + b.pem(), []testCA{a, b}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pool, err := bundle.ParsePool([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			want := x509.NewCertPool()
			for _, ca := range tt.want {
				want.AddCert(ca.cert)
				if !trusts(pool, ca.cert) {
					t.Errorf("the pool lacks %q", ca.cert.Subject)
				}
			}
			if !pool.Equal(want) {
				t.Error("the pool holds other certificates")
			}
		})
	}
}

// unwrap returns a PEM block with its base64 text in a single line.
func unwrap(block string) string {
	lines := strings.Split(strings.TrimSpace(block), "\n")
	last := len(lines) - 1
	return lines[0] + "\n" + strings.Join(lines[1:last], "") + "\n" + lines[last] + "\n"
}

func TestParsePoolRefuses(t *testing.T) {
	t.Parallel()
	ca := newCA(t, "good")
	good := ca.pem()
	intermediate := newCert(t, "intermediate", ca, nil)
	leaf := newCert(t, "leaf", ca, func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, 0 })
	bare := newCert(t, "bare", testCA{}, func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = false, false })
	noSign := newCert(t, "no sign", testCA{}, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign })

	damaged := slices.Clone(ca.cert.Raw)
	damaged[len(damaged)-1] ^= 1
	body := strings.TrimSuffix(strings.TrimPrefix(good, "-----BEGIN CERTIFICATE-----\n"), "-----END CERTIFICATE-----\n")
	headers := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Headers: map[string]string{"a": "b"}, Bytes: ca.cert.Raw})

	for _, tt := range []struct {
		name, text, want string
	}{
		{"empty", "", "bundle: the file is empty"},
		{"blank", " \r\n\t\n", "bundle: the file is empty"},
		{"byte-order-mark", "\xef\xbb\xbf" + good, "bundle: block 1: the file starts with a UTF-8 byte order mark; save it without one"},
		{"not-pem", "hello", "bundle: block 1: text that is not PEM stands before it"},
		{"der", string(ca.cert.Raw), "bundle: block 1: text that is not PEM"},
		{"comment-before", "# RDS\n" + good, "bundle: block 1: text that is not PEM"},
		{"comment-between", good + "# RDS\n" + good, "bundle: block 2: text that is not PEM"},
		{"trailing", good + good + "x", "bundle: block 3: text that is not PEM"},
		{"nul", good + "\x00", "bundle: block 2: text that is not PEM"},
		{"junk-on-end-line", strings.TrimSpace(good) + " junk\n", "bundle: block 1: malformed PEM"},
		{"no-end", "-----BEGIN CERTIFICATE-----\n" + body, "bundle: block 1: its END line is missing"},
		{"no-end-of-first", "-----BEGIN CERTIFICATE-----\n" + body + good, "bundle: block 1: another block begins"},
		{"no-begin", body + "-----END CERTIFICATE-----\n" + good, "bundle: block 1: text that is not PEM"},
		{"begin-twice", "-----BEGIN CERTIFICATE-----\n" + good, "bundle: block 1: another block begins"},
		{"labels-differ", "-----BEGIN X-----\n" + body + "-----END CERTIFICATE-----\n", "bundle: block 1: malformed PEM"},
		{"begin-line-broken", "-----BEGIN CERTIFICATE\n" + body + "-----END CERTIFICATE-----\n", "bundle: block 1: malformed PEM"},
		{"base64-broken", good + "-----BEGIN CERTIFICATE-----\n*" + body + "-----END CERTIFICATE-----\n" + good, "bundle: block 2: malformed PEM"},
		{"headers", string(headers), "bundle: block 1: has PEM headers"},
		{"private-key", good + pemBlock("PRIVATE KEY", []byte("secret")), "bundle: block 2: a private key, not a certificate"},
		{"ec-private-key", pemBlock("EC PRIVATE KEY", []byte("secret")), "bundle: block 1: a private key, not a certificate"},
		{"crl", pemBlock("X509 CRL", []byte("secret")), "bundle: block 1: not of type CERTIFICATE"},
		{"trusted-certificate", pemBlock("TRUSTED CERTIFICATE", ca.cert.Raw), "bundle: block 1: not of type CERTIFICATE"},
		{"block-empty", good + "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "bundle: block 2: x509: malformed certificate"},
		{"der-trailing", pemBlock("CERTIFICATE", append(slices.Clone(ca.cert.Raw), 0)), "bundle: block 1: x509: trailing data"},
		{"der-broken", good + pemBlock("CERTIFICATE", []byte("secret")), "bundle: block 2: x509: malformed certificate"},
		{"leaf", good + leaf.pem(), `bundle: block 2: "CN=leaf" is not a CA certificate`},
		{"no-basic-constraints", bare.pem(), `bundle: block 1: "CN=bare" is not a CA certificate`},
		{"key-usage", noSign.pem(), `bundle: block 1: "CN=no sign" is a CA certificate whose key usage`},
		{"damaged", good + pemBlock("CERTIFICATE", damaged), `bundle: block 2: "CN=good" names itself as its issuer, but`},
		{"no-root", intermediate.pem(), "bundle: none of the file's 1 certificates is a root"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pool, err := bundle.ParsePool([]byte(tt.text))
			if err == nil || pool != nil {
				t.Fatalf("ParsePool = %v, %v", pool, err)
			}
			if !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %q, want %q", err, tt.want)
			}
		})
	}
}

// TestParsePoolKeepsSecrets puts a secret wherever a file has room for one.
func TestParsePoolKeepsSecrets(t *testing.T) {
	t.Parallel()
	const canary = "c4nary"
	body := pemBlock("X", []byte(strings.Repeat(canary, 20)))
	for _, text := range []string{
		canary,
		body,
		pemBlock(canary, []byte("x")),
		pemBlock("RSA PRIVATE KEY", []byte(canary)),
		pemBlock("CERTIFICATE", []byte(canary)),
		"-----BEGIN " + canary,
		"-----BEGIN CERTIFICATE-----\n" + canary + "\n-----END CERTIFICATE-----",
		"-----BEGIN CERTIFICATE-----\n" + canary + ": " + canary + "\n\nAAAA\n-----END CERTIFICATE-----",
		newCA(t, "good").pem() + canary,
	} {
		for _, text := range []string{text, strings.ReplaceAll(text, "\n", "\r\n")} {
			_, err := bundle.ParsePool([]byte(text))
			if err == nil {
				t.Fatalf("ParsePool(%q) succeeds", text)
			}
			lines := strings.Fields(text)
			for _, secret := range append(lines, canary) {
				if len(secret) > 5 && !strings.HasPrefix(secret, "---") && strings.Contains(err.Error(), secret) {
					t.Errorf("error %q repeats %q", err, secret)
				}
			}
		}
	}
}

func TestParsePoolEmbedded(t *testing.T) {
	t.Parallel()
	pool, err := bundle.ParsePool(bundle.PEM())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range slices.Concat(bundle.RootIndex(), bundle.ExcludedIndex()) {
		if got, want := trusts(pool, certificatesOf(t, string(a.Block))[0]), !strings.HasPrefix(a.Region, "us-gov-"); got != want {
			t.Errorf("the pool of global-bundle.pem holds %q: %v, want %v", a.Subject, got, want)
		}
	}
}
