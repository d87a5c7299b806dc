package inspect

import (
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/internal/testcerts"
)

// TestRootCA checks which embedded root a chain is said to lead to: each root by its
// id and Region, Amazon Trust Services by its own id, and no other CA of the same
// name.
func TestRootCA(t *testing.T) {
	t.Parallel()
	for root := range bundle.Roots() {
		got := judge{o: observation{chain: []*x509.Certificate{root.Certificate}}}.rootCA()
		if got == nil || got.Region != root.Region || len(got.ID) < len("rds-ca-x-g1") || !got.NotAfter.Equal(root.Certificate.NotAfter) {
			t.Errorf("%s: %+v", root.Certificate.Subject, got)
		}
	}
	for _, root := range bundle.AmazonTrustRoots() {
		got := judge{o: observation{chain: []*x509.Certificate{root}}}.rootCA()
		if got == nil || got.ID != "amazon-trust" || got.Region != "" {
			t.Errorf("%s: %+v", root.Subject, got)
		}
	}
	impostor := testcerts.New("eu-west-1", testcerts.RSA2048).Root()
	if got := (judge{o: observation{chain: []*x509.Certificate{impostor}}}).rootCA(); got != nil {
		t.Errorf("an impostor: %+v", got)
	}
}

// TestSettingsUnknown checks that nothing is claimed of what was not asked or not
// learned.
func TestSettingsUnknown(t *testing.T) {
	t.Parallel()
	if got := settings(facts{protocol: Postgres}); got == nil || len(got) != 0 {
		t.Errorf("nothing learned: %v, want []", got)
	}
	if got := settings(facts{protocol: Direct, learned: true, handshake: true, verified: true}); len(got) != 0 {
		t.Errorf("no protocol: %v, want []", got)
	}
	all := settings(facts{protocol: Postgres, learned: true, handshake: true, verified: true, rds: true, name: true, commonName: true})
	for _, s := range all {
		switch s.Setting {
		case "sslmode=disable":
			if s.Connects != nil || s.Accepts != "plaintext" {
				t.Errorf("%+v: whether plaintext is accepted was not asked", s)
			}
		case "sslmode=allow":
			if s.Connects == nil || !*s.Connects || s.Encrypted != nil {
				t.Errorf("%+v: it connects either way", s)
			}
		}
	}
	if len(all) != 15 {
		t.Errorf("%d settings, want 15", len(all))
	}
	broken := settings(facts{protocol: MySQL, learned: true, plaintext: plaintextUnknown})
	for _, s := range broken {
		plain := s.Setting == "tls=false" || s.Setting == "--ssl-mode=DISABLED"
		if !plain && (s.Connects == nil || *s.Connects || s.Accepts != "") {
			t.Errorf("%+v: nobody connects to a server without the certificate's key", s)
		}
	}
}

// TestAskMySQL checks which first packets are a greeting, an error, or neither.
func TestAskMySQL(t *testing.T) {
	t.Parallel()
	greeting := slices.Concat([]byte{10, '8', 0}, make([]byte, 13), []byte{0, 8})
	for name, tt := range map[string]struct {
		number  byte
		packet  []byte
		isError bool // of the server
		want    string
	}{
		"greeting":      {0, greeting, false, ""},
		"without-TLS":   {0, append(slices.Clone(greeting[:17]), 0), false, "no TLS"},
		"other-number":  {1, greeting, false, "no MySQL greeting"},
		"other-version": {0, []byte{9, '8', 0}, false, "no MySQL greeting"},
		"empty":         {0, nil, false, "no MySQL greeting"},
		"short":         {0, greeting[:17], false, "cut short"},
		"error":         {0, []byte("\xff\x69\x04Host is blocked"), true, "error 1129"},
		"short-error":   {0, []byte{0xff, 0x69}, true, "error 0"},
	} {
		conn := struct {
			io.Reader
			io.Writer
		}{bytes.NewReader(append([]byte{byte(len(tt.packet)), 0, 0, tt.number}, tt.packet...)), new(bytes.Buffer)}
		_, err := askMySQL(conn)
		if got := fmt.Sprint(err); err != nil && tt.want == "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: askMySQL = %v, want %q in it", name, err, tt.want)
		}
		if _, ok := errors.AsType[*serverError](err); ok != tt.isError {
			t.Errorf("%s: askMySQL = %v, an error of the server: %t, want %t", name, err, ok, tt.isError)
		}
	}
}

// FuzzGreeting checks that what a server sends before TLS never makes inspect panic.
func FuzzGreeting(f *testing.F) {
	f.Add([]byte{10, '8', 0, 1, 2, 3, 4})
	f.Add([]byte{0xff, 0x10, 4, '#'})
	f.Fuzz(func(t *testing.T, packet []byte) {
		if len(packet) == 0 {
			return // askMySQL refuses it
		}
		version, hasTLS, err := parseGreeting(packet)
		if err != nil && (version != "" || hasTLS) {
			t.Errorf("%q, %t and %v", version, hasTLS, err)
		}
	})
}

// FuzzPlaintext checks the same of the answer to the plaintext probe.
func FuzzPlaintext(f *testing.F) {
	f.Add(byte('E'), []byte("C28000\x00RClientAuthentication\x00\x00"))
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		if got := judgePlaintext(kind, body); got == plaintextAccepted && kind != 'R' {
			t.Errorf("%q %q: %s", kind, body, got)
		}
	})
}

func TestJudgePlaintext(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"SFATAL\x00VFATAL\x00C28000\x00Mkein pg_hba.conf-Eintrag, keine Verschlüsselung\x00RClientAuthentication\x00\x00": plaintextRefused,
		"C28000\x00Mno pg_hba.conf entry for host, no encryption\x00\x00":                                                 plaintextRefused,
		"C28000\x00Mno pg_hba.conf entry for host, SSL off\x00\x00":                                                       plaintextRefused,
		"C28000\x00Mrole \"rdstls_probe\" does not exist\x00RInitializeSessionUserId\x00\x00":                             plaintextUnknown,
		"C53300\x00Msorry, too many clients already\x00RInitProcess\x00\x00":                                              plaintextUnknown,
		"": plaintextUnknown,
	} {
		if got := judgePlaintext('E', []byte(body)); got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
	}
}

// TestReadMessageBound checks that a length which no answer to the probe has is refused
// at once: nothing of that size is allocated, and nothing more is read.
func TestReadMessageBound(t *testing.T) {
	t.Parallel()
	for _, size := range []uint32{0, 3, maxGreeting + 1, math.MaxUint32} {
		var rest strings.Reader
		rest.Reset("Mno encryption")
		header := binary.BigEndian.AppendUint32([]byte{'E'}, size)
		if kind, body, err := readMessage(io.MultiReader(bytes.NewReader(header), &rest)); err == nil || body != nil {
			t.Errorf("length %d: %q, %d bytes", size, kind, len(body))
		}
		if rest.Len() != int(rest.Size()) {
			t.Errorf("length %d: %d bytes were read", size, int(rest.Size())-rest.Len())
		}
	}
}
