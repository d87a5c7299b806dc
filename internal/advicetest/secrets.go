package advicetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// WantNoSecrets fails the test if err, which call returned, or an error that it wraps,
// holds one of the secrets, however it is formatted.
func WantNoSecrets(t testing.TB, call string, err error, secrets ...string) {
	t.Helper()
	if err == nil {
		return
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
		text := fmt.Sprintf(verb, err)
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s of the error of %s holds %q: %s", verb, call, secret, text)
			}
		}
	}
	WantNoSecrets(t, call, errors.Unwrap(err), secrets...)
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, inner := range joined.Unwrap() {
			WantNoSecrets(t, call, inner, secrets...)
		}
	}
}
