package rdsiam_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/rdstls/go/rdsiam"
	"github.com/rdstls/go/rdstls"
)

// verbs are the ways in which values end up in logs.
var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"}

// noSecretIn fails the test if text holds a secret, in cleartext or in hexadecimal.
func noSecretIn(t testing.TB, what, text string) {
	t.Helper()
	for _, secret := range []string{secretKey, sessionToken, "X-Amz-Signature"} {
		if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
			t.Errorf("%s holds %q", what, secret)
		}
	}
}

func noSecret(t testing.TB, v any) {
	t.Helper()
	for _, verb := range verbs {
		noSecretIn(t, verb, fmt.Sprintf(verb, v))
	}
}

// TestSignerHidesSecrets prints a Signer, and what holds it, in every way. Many
// providers of the SDK hold the keys in fields that fmt prints.
func TestSignerHidesSecrets(t *testing.T) {
	t.Parallel()
	s := &rdsiam.Signer{Credentials: credentials(), Region: "eu-west-1"}
	for name, v := range map[string]any{
		"pointer": s,
		"value":   *s,
		"field":   struct{ S *rdsiam.Signer }{s},
		"inside":  struct{ S rdsiam.Signer }{*s},
		"slice":   []rdsiam.Signer{*s},
		"method":  s.Token,
		"options": rdstls.Options{Password: s.Token},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			noSecret(t, v)
			if text, err := json.Marshal(v); err == nil {
				noSecretIn(t, "JSON", string(text))
			}
			var text, object strings.Builder
			slog.New(slog.NewTextHandler(&text, nil)).Info("x", "v", v)
			slog.New(slog.NewJSONHandler(&object, nil)).Info("x", "v", v)
			noSecretIn(t, "slog's text", text.String())
			noSecretIn(t, "slog's JSON", object.String())
		})
	}
	// The Region is none.
	if got := fmt.Sprintf("%+v", s); !strings.Contains(got, "eu-west-1") {
		t.Errorf("%%+v of the Signer = %q, want its Region in it", got)
	}
}
