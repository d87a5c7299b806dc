package cli

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/cmd/rdstls/internal/testschema"
	"github.com/rdstls/go/internal/testcerts"
)

// TestBundleCheck checks the comparison with what AWS publishes, against a local
// server.
func TestBundleCheck(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"/commercial": string(bundle.PEM()), "/gov": pemOf(t, "us-gov-west-1") + pemOf(t, "us-gov-east-1"),
		"/newer": string(bundle.PEM()) + string(testcerts.New("xx-new-1", testcerts.RSA2048).PEM()), "/html": "<html>",
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := files[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = w.Write([]byte(text)) // the client notices
	}))
	defer server.Close()
	for _, tt := range []struct {
		paths        []string
		found, fails bool
	}{
		{[]string{"/commercial", "/gov"}, false, false},
		{[]string{"/newer", "/gov"}, true, false},
		{[]string{"/commercial"}, true, false},
		{[]string{"/html", "/gov"}, false, true},
		{[]string{"/commercial", "/404"}, false, true},
	} {
		env, _, _ := testEnv()
		r := &Run{Env: env, Out: new(bytes.Buffer), Format: "json", Progress: newProgress(env)}
		var urls []string
		for _, path := range tt.paths {
			urls = append(urls, server.URL+path)
		}
		verdict, err := checkPublished(t.Context(), r, server.Client(), urls)
		if verdict.Found != tt.found || (err != nil) != tt.fails {
			t.Errorf("%v: %+v, %v", tt.paths, verdict, err)
		}
		if err == nil {
			testschema.Validate(t, "bundle", r.Out.Bytes())
		}
	}
	env, _, _ := testEnv()
	r := &Run{Env: env, Out: new(bytes.Buffer), Progress: newProgress(env)}
	if _, err := checkPublished(t.Context(), r, http.DefaultClient, []string{server.URL + "/commercial"}); err == nil {
		t.Error("a server without a certificate of the web PKI is believed")
	}
}

func TestBundleList(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]int{"": 0, "--region eu-west-1": 0, "--region eu-west-9": 2} {
		code, stdout, stderr := try(t, append([]string{"bundle", "list", "--format", "json"}, strings.Fields(args)...)...)
		if code != want {
			t.Errorf("list %s: exit code %d, want %d: %s", args, code, want, stderr)
		}
		if code == 0 {
			testschema.Validate(t, "bundle", []byte(stdout))
		}
	}
}
