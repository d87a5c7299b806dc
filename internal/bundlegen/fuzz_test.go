package main

import (
	"bytes"
	"testing"
)

// FuzzParseFile checks that the certificates and the line breaks between them are all there is
// in a file that was accepted.
func FuzzParseFile(f *testing.F) {
	one, two := newRoot(f, "Amazon RDS us-east-1 Root CA RSA2048 G1"), newRoot(f, "x")
	good := pemOf(one, two)
	for _, seed := range [][]byte{
		nil,
		good,
		bytes.TrimSpace(good),
		bytes.ReplaceAll(good, []byte("\n"), []byte("\r\n")),
		append([]byte("\n\n"), good...),
		append([]byte("# comment\n"), good...),
		append([]byte("-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n"), good...),
		append([]byte("-----BEGIN CERTIFICATE-----\n"), good...),
		append(good[:len(good):len(good)], "x"...),
		[]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		certs, err := parseFile(text)
		if err != nil {
			return
		}
		end := 0
		for i, c := range certs {
			if gap := text[end:c.offset]; len(bytes.Trim(gap, "\r\n")) > 0 {
				t.Fatalf("certificate %d comes after %q", i, gap)
			}
			if end = c.offset + len(c.text); !bytes.Equal(text[c.offset:end], c.text) {
				t.Fatalf("certificate %d is not at its offset", i)
			}
			if n := bytes.Count(c.text, []byte("-----BEGIN")); n != 1 {
				t.Fatalf("certificate %d is %d blocks", i, n)
			}
		}
		if len(certs) == 0 || len(bytes.Trim(text[end:], "\r\n")) > 0 {
			t.Fatalf("%d certificates, then %q", len(certs), text[end:])
		}
	})
}
