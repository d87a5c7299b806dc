package adapter_test

import (
	"bytes"
	"net"
	"testing"

	"github.com/rdstls/go/internal/adapter"
)

type written struct {
	net.Conn
	bytes.Buffer
}

func (w *written) Read(p []byte) (int, error)  { return w.Buffer.Read(p) }
func (w *written) Write(p []byte) (int, error) { return w.Buffer.Write(p) }

// TestWithholdCertificate checks which writes of a TLS client pass: all but one with
// a certificate and without the change_cipher_spec that follows it. Behind that,
// records are encrypted, and an encrypted one can look like a certificate.
func TestWithholdCertificate(t *testing.T) {
	t.Parallel()
	var (
		hello       = []byte{22, 3, 1, 0, 2, 1, 0}
		certificate = []byte{22, 3, 3, 0, 2, 11, 0}
		keyExchange = []byte{22, 3, 3, 0, 2, 16, 0}
		changes     = []byte{20, 3, 3, 0, 1, 1}
		alert       = []byte{21, 3, 3, 0, 2, 2, 40}
		cutOff      = []byte{22, 3, 3, 255, 255, 1}
	)
	join := func(records ...[]byte) []byte { return bytes.Join(records, nil) }
	for name, tt := range map[string]struct {
		writes [][]byte
		passes bool // whether the last one does
	}{
		"hello":                    {[][]byte{hello}, true},
		"empty":                    {[][]byte{{}}, true},
		"cut-off":                  {[][]byte{cutOff}, true},
		"certificate":              {[][]byte{hello, certificate}, false},
		"certificate-second":       {[][]byte{hello, join(keyExchange, certificate)}, false},
		"certificate-and-alert":    {[][]byte{hello, join(certificate, alert)}, false},
		"certificate-and-finished": {[][]byte{hello, join(certificate, keyExchange, changes, certificate)}, true},
		"encrypted":                {[][]byte{hello, join(certificate, changes, alert), certificate}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := &written{}
			conn := adapter.WithholdCertificate(to)
			var before int
			var err error
			for _, p := range tt.writes {
				before = to.Len()
				_, err = conn.Write(p)
			}
			last := tt.writes[len(tt.writes)-1]
			if (err == nil) != tt.passes || !tt.passes && to.Len() != before || tt.passes && !bytes.HasSuffix(to.Bytes(), last) {
				t.Errorf("Write = %v, and %x was written, want it to pass: %v", err, to.Bytes()[before:], tt.passes)
			}
		})
	}
}
