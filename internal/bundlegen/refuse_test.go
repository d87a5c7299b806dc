package main

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// TestRefusesBundle gives the program bundles that it must not accept, and looks whether the
// files are left alone.
func TestRefusesBundle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	committed := f.newDir(t)
	good, goodGov := pemOf(f.commercial...), pemOf(f.govCloud...)
	if _, err := generate(t, committed, good, goodGov); err != nil {
		t.Fatal(err)
	}
	before := filesIn(t, committed)

	plus := func(cas ...ca) []byte { return slices.Concat(good, pemOf(cas...)) }
	text := func(s string) []byte { return slices.Concat(good, []byte(s)) }
	block := func(blockType string, der []byte) []byte {
		return slices.Concat(good, pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der}))
	}
	rds := rdsName("Amazon RDS eu-west-1 Root CA RSA2048 G1")
	otherOrganization := rds
	otherOrganization.Organization = []string{"Example"}
	twoUnits := rds
	twoUnits.ExtraNames = []pkix.AttributeTypeAndValue{{Type: []int{2, 5, 4, 3}, Value: "first"}}
	damaged := slices.Clone(newRoot(t, rds.CommonName).cert.Raw)
	damaged[len(damaged)-1] ^= 1
	headers := pem.EncodeToMemory(&pem.Block{
		Type: "CERTIFICATE", Headers: map[string]string{"a": "b"}, Bytes: newRoot(t, rds.CommonName).cert.Raw,
	})
	govLeaf := newCert(t, rdsName("x"), f.govCloud[1], func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, 0 })

	for _, tt := range []struct {
		name                 string
		commercial, govCloud []byte
		want                 string
	}{
		{"empty", nil, goodGov, "no certificates"},
		{"html", []byte("<html></html>"), goodGov, "block 1: not PEM"},
		{"trailing", text("x"), goodGov, "block 5: not PEM"},
		{"comment", slices.Concat([]byte("# RDS\n"), good), goodGov, "block 1: not in canonical PEM"},
		{"comment-between", slices.Concat(good, []byte("# RDS\n"), pemOf(newRoot(t, rds.CommonName))), goodGov, "block 5: not in canonical PEM"},
		{"malformed-first", slices.Concat([]byte("-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n"), good), goodGov, "block 1: not in canonical PEM"},
		{"broken-off", good[:len(good)-40], goodGov, "block 4: not PEM"},
		{"crlf", bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")), goodGov, "block 1: not in canonical PEM"},
		{"private-key", block("PRIVATE KEY", []byte("x")), goodGov, "block 5: not a plain CERTIFICATE block"},
		{"headers", slices.Concat(good, headers), goodGov, "block 5: not a plain CERTIFICATE block"},
		{"unparsable", block("CERTIFICATE", []byte("x")), goodGov, "block 5: x509: malformed certificate"},
		{"duplicate", plus(f.commercial[1]), goodGov, `block 5: "CN=Amazon RDS Beta us-east-1 Root CA RSA2048 G1`},
		{"repeated-key-type", plus(newRoot(t, "Amazon RDS us-east-1 Root CA RSA2048 G2")), goodGov, `two roots of Region "us-east-1" are of type RSA2048`},
		{"leaf", plus(newCert(t, rds, ca{}, func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, 0 })), goodGov, "is not a CA certificate"},
		{"no-cert-sign", plus(newCert(t, rds, ca{}, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign })), goodGov, "is not a CA certificate"},
		{"not-self-signed", plus(newCert(t, rds, f.commercial[0], nil)), goodGov, "is not signed by itself"},
		{"damaged", block("CERTIFICATE", damaged), goodGov, "is not signed by itself"},
		{"subject-longer", plus(newRoot(t, "The Amazon RDS eu-west-1 Root CA RSA2048 G1")), goodGov, "not the subject of an RDS root"},
		{"subject-alpha", plus(newRoot(t, "Amazon RDS Alpha us-east-1 Root CA RSA2048 G1")), goodGov, "not the subject of an RDS root"},
		{"subject-key-type", plus(newRoot(t, "Amazon RDS us-east-1 Root CA RSA3072 G1")), goodGov, "not the subject of an RDS root"},
		{"subject-2019", plus(newRoot(t, "Amazon RDS Root 2019 CA")), goodGov, "not the subject of an RDS root"},
		{"subject-other-organization", plus(newCert(t, otherOrganization, ca{}, nil)), goodGov, "not the subject of an RDS root"},
		{"subject-two-names", plus(newCert(t, twoUnits, ca{}, nil)), goodGov, "not the subject of an RDS root"},
		{"subject-multi-line", plus(newRoot(t, "Amazon RDS eu-west-1 Root CA RSA2048 G1\n")), goodGov, "not the subject of an RDS root"},
		{"gov-in-commercial", plus(f.govCloud[1]), goodGov, "is in the bundle of another partition"},
		{"commercial-in-gov", good, plus(), "is in the bundle of another partition"},
		{"gov-no-roots", good, pemOf(f.govCloud[0]), "none of the 1 certificates is signed by itself"},
		{"gov-leaf", good, slices.Concat(goodGov, pemOf(govLeaf)), "is not a CA certificate"},
		{"gov-unknown-root", good, slices.Concat(goodGov, pemOf(newRoot(t, "Amazon RDS Root 2019 CA"))), "not the subject of an RDS root"},
		{"gov-trailing", good, slices.Concat(goodGov, []byte("x")), "GovCloud bundle: block 4: not PEM"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := generate(t, committed, tt.commercial, tt.govCloud, "-allow-removal")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if !maps.Equal(filesIn(t, committed), before) {
				t.Error("files changed")
			}
		})
	}
}

// TestRefusesCommitted damages the files that the program compares with or reads.
func TestRefusesCommitted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, tt := range []struct {
		file, want string
	}{
		{commercialFile, "committed global-bundle.pem: block 1: not PEM"},
		{govCloudFile, "committed us-gov-roots.pem: block 1: not PEM"},
		{amazonTrustFile, "amazon-trust.pem: block 1: not PEM"},
	} {
		dir := f.newDir(t)
		writeFile(t, dir+"/"+tt.file, []byte("x"))
		before := filesIn(t, dir)
		_, err := generate(t, dir, pemOf(f.commercial...), pemOf(f.govCloud...))
		if err == nil || err.Error() != tt.want {
			t.Errorf("error %v, want %q", err, tt.want)
		}
		if !maps.Equal(filesIn(t, dir), before) {
			t.Errorf("files changed although %s is damaged", tt.file)
		}
	}
}

// TestRefusesDownload has a server answer in ways that no bundle comes.
func TestRefusesDownload(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dir := f.newDir(t)
	before := filesIn(t, dir)
	plain, server := downloadServers(t, pemOf(f.commercial...))

	for _, tt := range []struct {
		name, url, want string
	}{
		{"plain-http", plain.URL, "is not an https URL"},
		{"no-scheme", "truststore.example/x.pem", "is not an https URL"},
		{"file", "file:///etc/passwd", "is not an https URL"},
		{"redirect-to-http", server.URL + "/to-plain", "is not an https URL"},
		{"redirect-loop", server.URL + "/loop", "too many redirects"},
		{"status-404", server.URL + "/missing", `status "404 Not Found"`},
		{"status-206", server.URL + "/partial", `status "206 Partial Content"`},
		{"content-type-html", server.URL + "/html", `content type "text/html"`},
		{"content-type-none", server.URL + "/untyped", `content type ""`},
		{"too-large", server.URL + "/large", "larger than 1048576 bytes"},
		{"empty-body", server.URL + "/empty", "no certificates"},
		{"cut-short", server.URL + "/cut-short", "unexpected EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := t.TempDir() + "/g.pem"
			writeFile(t, in, pemOf(f.govCloud...))
			var out bytes.Buffer
			args := []string{"-dir", dir, "-url", tt.url, "-in-govcloud", in}
			err := run(t.Context(), args, server.Client(), &out)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if !maps.Equal(filesIn(t, dir), before) {
				t.Error("files changed")
			}
		})
	}

	// A server whose certificate is not trusted.
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-dir", dir, "-url", server.URL}, &http.Client{}, &out); err == nil ||
		!strings.Contains(err.Error(), "certificate") {
		t.Errorf("an untrusted server: %v", err)
	}
}

// downloadServers starts a server without TLS that answers with the good bundle, and
// one with TLS whose answers are those of TestRefusesDownload.
func downloadServers(t *testing.T, good []byte) (plain, server *httptest.Server) {
	t.Helper()
	plain = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(good)
	}))
	t.Cleanup(plain.Close)
	mux := http.NewServeMux()
	serve := func(path, contentType string, status int, body []byte) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = w.Write(body)
		})
	}
	serve("/missing", "text/plain", http.StatusNotFound, good)
	serve("/partial", "text/plain", http.StatusPartialContent, good)
	serve("/html", "text/html", http.StatusOK, good)
	serve("/untyped", "", http.StatusOK, good)
	serve("/large", "text/plain", http.StatusOK, make([]byte, maxBundle+1))
	serve("/empty", "text/plain", http.StatusOK, nil)
	mux.Handle("GET /to-plain", http.RedirectHandler(plain.URL, http.StatusFound))
	mux.Handle("GET /loop", http.RedirectHandler("/loop", http.StatusFound))
	mux.HandleFunc("GET /cut-short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(good)
	})
	server = httptest.NewUnstartedServer(mux)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return plain, server
}
