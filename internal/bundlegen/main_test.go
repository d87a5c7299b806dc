package main

import (
	"bytes"
	"context"
	"crypto/x509/pkix"
	"errors"
	"flag"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fixture are the roots that the tests begin with.
type fixture struct {
	commercial, govCloud []ca // govCloud begins with an intermediate
	trust                ca
}

func newFixture(tb testing.TB) fixture {
	gov := newRoot(tb, "Amazon RDS us-gov-west-1 Root CA RSA2048 G1")
	return fixture{
		commercial: []ca{
			newRoot(tb, "Amazon RDS us-east-1 Root CA RSA2048 G1"),
			newRoot(tb, "Amazon RDS Beta us-east-1 Root CA RSA2048 G1"),
			newRoot(tb, "Amazon RDS us-east-1 Root CA ECC384 G1"),
			newRoot(tb, "Amazon RDS ap-south-1 Root CA RSA4096 G1"),
		},
		govCloud: []ca{
			newCert(tb, rdsName("Amazon RDS us-gov-west-1 RSA2048 G1"), gov, nil),
			gov,
			newRoot(tb, "Amazon RDS us-gov-east-1 Root CA RSA2048 G1"),
		},
		trust: newCert(tb, pkix.Name{CommonName: "Amazon Root CA 1"}, ca{}, nil),
	}
}

// newDir returns a directory that only has amazon-trust.pem.
func (f fixture) newDir(tb testing.TB) string {
	dir := tb.TempDir()
	writeFile(tb, filepath.Join(dir, amazonTrustFile), pemOf(f.trust))
	return dir
}

// generate runs the program on two bundles in files.
func generate(tb testing.TB, dir string, commercial, govCloud []byte, args ...string) (string, error) {
	tb.Helper()
	in := tb.TempDir()
	writeFile(tb, filepath.Join(in, "c.pem"), commercial)
	writeFile(tb, filepath.Join(in, "g.pem"), govCloud)
	args = append(args, "-dir", dir, "-in", filepath.Join(in, "c.pem"), "-in-govcloud", filepath.Join(in, "g.pem"))
	var out bytes.Buffer
	err := run(tb.Context(), args, &http.Client{Transport: noNetwork{}}, &out)
	return out.String(), err
}

// noNetwork fails every request.
type noNetwork struct{}

func (noNetwork) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("there is no network in this test")
}

func writeFile(tb testing.TB, name string, text []byte) {
	tb.Helper()
	if err := os.WriteFile(name, text, 0o644); err != nil {
		tb.Fatal(err)
	}
}

// filesIn returns the files in dir with their contents.
func filesIn(tb testing.TB, dir string) map[string]string {
	tb.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		tb.Fatal(err)
	}
	files := make(map[string]string)
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			tb.Fatal(err)
		}
		files[e.Name()] = string(text)
	}
	return files
}

func TestOffline(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dir := f.newDir(t)
	out, err := generate(t, dir, pemOf(f.commercial...), pemOf(f.govCloud...))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(out, "6 roots, 6 added, 0 removed\n") || strings.Count(out, "+ ") != 6 {
		t.Errorf("output %q", out)
	}
	files := filesIn(t, dir)
	if got, want := slices.Sorted(maps.Keys(files)), []string{amazonTrustFile, commercialFile, indexFile, govCloudFile}; !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	if files[commercialFile] != string(pemOf(f.commercial...)) {
		t.Errorf("%s is not the bundle, byte for byte", commercialFile)
	}
	if files[govCloudFile] != string(pemOf(f.govCloud[1:]...)) {
		t.Errorf("%s is not the roots of the bundle, in its order", govCloudFile)
	}
	index := files[indexFile]
	for _, want := range []string{
		"from global-bundle.pem, us-gov-roots.pem and amazon-trust.pem; DO NOT EDIT.\n",
		commercialURL, govCloudURL,
		"\t{\"ap-south-1\", 0, 1},\n\t{\"us-east-1\", 1, 2},\n\t{\"us-gov-east-1\", 3, 1},\n\t{\"us-gov-west-1\", 4, 1},\n}\n",
		`notAfter: "2130-01-01",`,
	} {
		if !strings.Contains(index, want) {
			t.Errorf("%s lacks %q:\n%s", indexFile, want, index)
		}
	}
	_, excluded, _ := strings.Cut(index, "var excludedInfos")
	if strings.Count(index, "Beta") != 2 || strings.Count(excluded, "CN=Amazon RDS Beta us-east-1 ") != 1 {
		t.Errorf("the Beta root is not just in excludedInfos:\n%s", index)
	}

	// Again, from the files that it wrote.
	out, err = generate(t, dir, []byte(files[commercialFile]), []byte(files[govCloudFile]))
	if err != nil || out != "6 roots, 0 added, 0 removed\n" {
		t.Errorf("the second time: %q, %v", out, err)
	}
	if !maps.Equal(filesIn(t, dir), files) {
		t.Error("the second time, the files change")
	}
}

// TestCommitted shows that the committed index is what the program makes of the committed
// bundles.
func TestCommitted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := make(map[string]string)
	for _, name := range []string{commercialFile, govCloudFile, amazonTrustFile, indexFile} {
		text, err := os.ReadFile(filepath.Join("../../bundle", name))
		if err != nil {
			t.Fatal(err)
		}
		want[name] = string(text)
		writeFile(t, filepath.Join(dir, name), text)
	}
	writeFile(t, filepath.Join(dir, indexFile), nil)
	out, err := generate(t, dir, []byte(want[commercialFile]), []byte(want[govCloudFile]))
	if err != nil || out != "114 roots, 0 added, 0 removed\n" {
		t.Errorf("output %q, %v", out, err)
	}
	if !maps.Equal(filesIn(t, dir), want) {
		t.Error("go generate ./bundle would change committed files")
	}
}

func TestRemoval(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dir := f.newDir(t)
	if _, err := generate(t, dir, pemOf(f.commercial...), pemOf(f.govCloud...)); err != nil {
		t.Fatal(err)
	}
	before := filesIn(t, dir)
	// One is removed, one is replaced by another of the same name.
	next := pemOf(f.commercial[0], f.commercial[1], newRoot(t, "Amazon RDS us-east-1 Root CA ECC384 G1"))

	out, err := generate(t, dir, next, pemOf(f.govCloud...))
	if err == nil || !strings.HasPrefix(err.Error(), "2 roots would be removed") {
		t.Errorf("error %v", err)
	}
	if strings.Count(out, "- ") != 2 || strings.Count(out, "+ ") != 1 || !strings.HasSuffix(out, "5 roots, 1 added, 2 removed\n") {
		t.Errorf("output %q", out)
	}
	if !maps.Equal(filesIn(t, dir), before) {
		t.Error("files changed although the removal was refused")
	}

	if _, err := generate(t, dir, next, pemOf(f.govCloud...), "-allow-removal"); err != nil {
		t.Fatal(err)
	}
	after := filesIn(t, dir)
	if after[commercialFile] != string(next) || strings.Contains(after[indexFile], "ap-south-1") {
		t.Error("-allow-removal did not remove the root")
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	ctx := context.Background()
	if err := run(ctx, []string{"-h"}, nil, &out); !errors.Is(err, flag.ErrHelp) || !strings.Contains(out.String(), "-allow-removal") {
		t.Errorf("-h: %v, %q", err, out.String())
	}
	if err := run(ctx, []string{"x"}, nil, &out); err == nil || err.Error() != `unexpected argument "x"` {
		t.Errorf("an argument: %v", err)
	}
	if err := run(ctx, []string{"-in", "missing.pem"}, nil, &out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dir := f.newDir(t)
	mux := http.NewServeMux()
	serve := func(path, contentType string, body []byte) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write(body)
		})
	}
	serve("/c.pem", "application/x-pem-file", pemOf(f.commercial...))
	serve("/g.pem", "text/plain; charset=utf-8", pemOf(f.govCloud...))
	mux.Handle("GET /moved", http.RedirectHandler("/c.pem", http.StatusFound))
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)

	var out bytes.Buffer
	args := []string{"-dir", dir, "-url", server.URL + "/moved", "-url-govcloud", server.URL + "/g.pem"}
	if err := run(t.Context(), args, server.Client(), &out); err != nil {
		t.Fatal(err)
	}
	files := filesIn(t, dir)
	if files[commercialFile] != string(pemOf(f.commercial...)) || files[govCloudFile] != string(pemOf(f.govCloud[1:]...)) {
		t.Error("the files are not what was downloaded")
	}
	if !strings.Contains(files[indexFile], server.URL+"/moved") {
		t.Error("the index does not name the URL")
	}
}
