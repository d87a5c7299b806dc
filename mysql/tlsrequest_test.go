package rdsmysql_test

import (
	"slices"
	"testing"

	rdsmysql "github.com/rdstls/go/mysql"
)

// TestIsTLSRequest checks that only a packet of the length of a TLS request that
// asks for TLS passes in plaintext: a login begins with the same fields.
func TestIsTLSRequest(t *testing.T) {
	t.Parallel()
	request := append([]byte{32, 0, 0, 1, 0, 8, 0, 0}, make([]byte, 28)...)
	for name, tt := range map[string]struct {
		edit func(b []byte) []byte
		want bool
	}{
		"request":     {func(b []byte) []byte { return b }, true},
		"without-TLS": {func(b []byte) []byte { b[5] = 0; return b }, false},
		"short":       {func(b []byte) []byte { return b[:35] }, false},
		"empty":       {func([]byte) []byte { return nil }, false},
		"login":       {func(b []byte) []byte { return append(b, "app\x00"...) }, false},
		"length":      {func(b []byte) []byte { b[0] = 36; return b }, false},
	} {
		if got := rdsmysql.IsTLSRequest(tt.edit(slices.Clone(request))); got != tt.want {
			t.Errorf("%s: isTLSRequest = %v, want %v", name, got, tt.want)
		}
	}
}
