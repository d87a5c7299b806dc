package advicetest

import (
	"errors"
	"testing"

	"github.com/rdstls/go/rdstls"
)

// sentinels are the errors that a ConfigError may match. At most one does.
var sentinels = []error{rdstls.ErrNotEndpoint, rdstls.ErrNoRoots, rdstls.ErrPlaintext, rdstls.ErrUnverified}

// WantConfigError fails the test unless err, which call returned, is a ConfigError
// about setting, or about any setting if that is empty, and of the sentinels matches
// only want, or none if want is nil.
func WantConfigError(t testing.TB, call string, err error, setting string, want error) {
	t.Helper()
	var refused *rdstls.ConfigError
	if !errors.As(err, &refused) {
		t.Fatalf("%s = %v, want a *rdstls.ConfigError about %s", call, err, setting)
	}
	if setting != "" && refused.Setting != setting {
		t.Errorf("%s = %v, about %q, want %q", call, err, refused.Setting, setting)
	}
	for _, sentinel := range sentinels {
		if got := errors.Is(err, sentinel); got != errors.Is(want, sentinel) {
			t.Errorf("%s = %v: errors.Is(%q) = %v, want %v", call, err, sentinel, got, !got)
		}
	}
}
