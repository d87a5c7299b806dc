package rdsmysql_test

import (
	"slices"
	"testing"

	rdsmysql "github.com/rdstls/go/mysql"
)

// tlsRequest is a TLS request with no other capability.
var tlsRequest = append([]byte{32, 0, 0, 1, 0, 8, 0, 0}, make([]byte, 28)...)

// TestTLSRequest checks that only one packet of the length of a TLS request that asks
// for TLS passes in plaintext: a login begins with the same fields.
func TestTLSRequest(t *testing.T) {
	t.Parallel()
	edited := func(edit func(b []byte) []byte) [][]byte { return [][]byte{edit(slices.Clone(tlsRequest))} }
	for name, tt := range map[string]struct {
		writes [][]byte
		want   bool
	}{
		"request":     {[][]byte{tlsRequest}, true},
		"twice":       {[][]byte{tlsRequest, tlsRequest}, false},
		"without-TLS": {edited(func(b []byte) []byte { b[5] = 0; return b }), false},
		"short":       {edited(func(b []byte) []byte { return b[:35] }), false},
		"empty":       {edited(func([]byte) []byte { return nil }), false},
		"login":       {edited(func(b []byte) []byte { return append(b, "app\x00"...) }), false},
		"length":      {edited(func(b []byte) []byte { b[0] = 36; return b }), false},
	} {
		if got := rdsmysql.MayWrite(tt.writes...); got != tt.want {
			t.Errorf("%s: MayWrite = %v, want %v", name, got, tt.want)
		}
	}
}

// TestBeforeCertificate checks that only whole records pass before the server was
// verified, and of those only what a client sends before it has seen a certificate.
func TestBeforeCertificate(t *testing.T) {
	t.Parallel()
	record := func(kind byte, content ...byte) []byte {
		return append([]byte{kind, 3, 3, byte(len(content) >> 8), byte(len(content))}, content...)
	}
	message := func(kind byte, length int) []byte {
		return append([]byte{kind, 0, byte(length >> 8), byte(length)}, make([]byte, length)...)
	}
	const changeCipherSpec, alert, handshake, application = 20, 21, 22, 23
	const clientHello, certificate = 1, 11
	hello := record(handshake, message(clientHello, 100)...)
	large := message(clientHello, 300)
	first, second := record(handshake, large[:200]...), record(handshake, large[200:]...)
	for name, tt := range map[string]struct {
		writes [][]byte
		want   bool
	}{
		"hello":                 {[][]byte{hello}, true},
		"two-hellos":            {[][]byte{hello, hello}, true},
		"in-two-records":        {[][]byte{first, second}, true},
		"in-one-write":          {[][]byte{slices.Concat(first, second)}, true},
		"change-cipher-spec":    {[][]byte{hello, slices.Concat(record(changeCipherSpec, 1), hello)}, true},
		"alert":                 {[][]byte{hello, record(alert, 2, 42)}, true},
		"encrypted-alert":       {[][]byte{hello, record(application, make([]byte, 2+1+16)...)}, true},
		"long-alert":            {[][]byte{hello, record(alert, 2, 42, 0)}, false},
		"application-data":      {[][]byte{hello, record(application, make([]byte, 2+1+17)...)}, false},
		"certificate":           {[][]byte{hello, record(handshake, message(certificate, 100)...)}, false},
		"short-message":         {[][]byte{hello, record(handshake, clientHello, 0, 0)}, false},
		"more-than-hello":       {[][]byte{record(handshake, append(message(clientHello, 100), certificate)...)}, false},
		"more-than-second-part": {[][]byte{first, record(handshake, append(large[200:], certificate)...)}, false},
		"short-header":          {[][]byte{hello[:4]}, false},
		"cut-off":               {[][]byte{hello[:len(hello)-1]}, false},
		"cut-off-after-another": {[][]byte{slices.Concat(hello, hello[:4])}, false},
		"type-below":            {[][]byte{record(changeCipherSpec-1, 1)}, false},
		"type-above":            {[][]byte{record(application+1, 1)}, false},
	} {
		if got := rdsmysql.MayWrite(append([][]byte{tlsRequest}, tt.writes...)...); got != tt.want {
			t.Errorf("%s: MayWrite = %v, want %v", name, got, tt.want)
		}
	}
}
