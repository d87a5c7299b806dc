package inspect_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/inspect"
	"github.com/rdstls/go/internal/fakedb"
)

// TestPlaintext checks the probe of plaintext, and the user that it names.
func TestPlaintext(t *testing.T) {
	t.Parallel()
	for _, accepts := range []bool{true, false} {
		server := fakedb.Started(t)(fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: tlsWith(ca.Leaf(nil, serverName)), Plaintext: accepts}))
		opts := quick
		opts.Timeout, opts.Plaintext = 30*time.Second, true
		s := look(t, server.Port(), inspect.Postgres, opts)
		if (s.Plaintext == "accepted") != accepts || s.Found(0) != accepts || s.Plaintext == "" {
			t.Errorf("accepts %t: plaintext %q", accepts, s.Plaintext)
		}
		conns := server.Conns()
		if len(conns) != 2 || conns[1].Login().User != "rdstls_probe" {
			t.Errorf("%d connections", len(conns))
		}
	}
}

// startup is what the probe sends: its length, version 3.0, and one user.
var startup = []byte("\x00\x00\x00\x1b\x00\x03\x00\x00user\x00rdstls_probe\x00\x00")

// message is one of PostgreSQL's protocol.
func message(kind byte, body string) string {
	return string(binary.BigEndian.AppendUint32([]byte{kind}, uint32(4+len(body)))) + body
}

// TestHostilePlaintext checks that no answer to the probe is taken for a refusal
// that is none, that the probe ends in time, sends only its startup message, and
// that an answer that tells nothing is a question left open.
func TestHostilePlaintext(t *testing.T) {
	t.Parallel()
	endless := func(conn net.Conn) {
		for {
			if _, err := conn.Write(bytes.Repeat([]byte{'E'}, 4096)); err != nil {
				return
			}
		}
	}
	send := func(text string) func(net.Conn) {
		return func(conn net.Conn) { _, _ = io.WriteString(conn, text) }
	}
	for name, answer := range map[string]func(net.Conn){
		"silence": func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) },
		"close":   func(net.Conn) {}, "endless": endless, "no-length": send("E"), "cut-short": send(message('E', "SFATAL\x00Mno encryption\x00\x00")[:20]),
		"length-of-zero": send("R\x00\x00\x00\x00"), "length-of-4-GB": send("R\xff\xff\xff\xff\x00\x00\x00\x03"), "too-long": send(message('E', "Mno encryption\x00S"+strings.Repeat("x", 5000)+"\x00\x00")),
		"notice": send(message('N', "SNOTICE\x00Mno encryption\x00\x00")), "another-protocol": send("HTTP/1.1 400 Bad Request\r\n\r\n"),
		"tls-alert": send("\x15\x03\x03\x00\x02\x02\x28"), "no-fields": send(message('E', "\x00")),
		"other-error": send(message('E', "C53300\x00Mtoo \x1b[2Jmany\x00RProcess\x00\x00")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var sent [][]byte
			port := serve(t, func(conn net.Conn) {
				b := make([]byte, 100)
				n, _ := conn.Read(b)
				mu.Lock()
				sent = append(sent, slices.Clone(b[:n]))
				mu.Unlock()
				if isPostgresRequest(b[:n]) {
					_, _ = io.WriteString(conn, "N")
					return
				}
				answer(conn)
			})
			opts := quick
			opts.Plaintext, opts.Timeout = true, 2*time.Second
			s := look(t, port, inspect.Postgres, opts)
			if s.Plaintext != "unknown" || !s.Unknown() || s.Reason != "no-tls" {
				t.Errorf("plaintext %q, reason %q: %s", s.Plaintext, s.Reason, s.Error)
			}
			mu.Lock()
			defer mu.Unlock()
			if len(sent) != 2 || !isPostgresRequest(sent[0]) || !bytes.Equal(sent[1], startup) {
				t.Errorf("sent %q", sent)
			}
		})
	}
}

// TestForeignAnswers checks that nothing is claimed of clients if the server does
// not speak the protocol, and that a server of another protocol that may well have
// TLS is not said to have none.
func TestForeignAnswers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		protocol inspect.Protocol
		answer   string
		reason   string
	}{
		"error":      {inspect.Postgres, "E\x00\x00\x00\x20SFATAL\x00C0A000\x00\x00", "no-tls"},
		"http":       {inspect.Postgres, "HTTP/1.1 400 Bad Request\r\n\r\n", "no-tls"},
		"injected":   {inspect.Postgres, "SE\x00\x00\x00\x20", "no-tls"},
		"direct-tls": {inspect.Postgres, "\x15\x03\x01\x00\x02\x02\x46", "direct-tls"},
		"ssh":        {inspect.MySQL, "SSH-2.0-OpenSSH_9.2p1\r\n", "no-tls"},
		"mysqlx":     {inspect.MySQL, "\x05\x00\x00\x00\x0b\x08\x05\x1a\x00", "no-tls"},
		"cut-short":  {inspect.MySQL, "\x05\x00\x00\x00\x0a8.0\x00", "no-tls"},
		"none":       {inspect.Postgres, "N", "no-tls"}, // an answer of the protocol
		"mysql":      {inspect.Direct, "J\x00\x00\x00\x0a8.4.0\x00", "late-greeting"},
		"http-tls":   {inspect.Direct, "HTTP/1.1 400 Bad Request\r\n\r\n", "no-tls"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port := serve(t, func(conn net.Conn) {
				if tt.protocol == inspect.Postgres {
					_, _ = conn.Read(make([]byte, 8))
				}
				_, _ = io.WriteString(conn, tt.answer)
				_, _ = io.Copy(io.Discard, conn)
			})
			opts := quick
			opts.Timeout = 30 * time.Second
			s := look(t, port, tt.protocol, opts)
			if s.Reason != tt.reason || (len(s.Settings) > 0) != (name == "none") || s.Found(0) == s.Unknown() {
				t.Errorf("reason %q, %d settings: %s", s.Reason, len(s.Settings), s.Error)
			}
			if other := tt.reason != "no-tls"; other != s.Unknown() || other != strings.Contains(s.Advice, "use --protocol ") {
				t.Errorf("unknown %t: %s", s.Unknown(), s.Advice)
			}
		})
	}
}

// TestPlaintextOnlyPostgres checks that a server that turned out not to be PostgreSQL
// gets no second connection: MySQL counts it.
func TestPlaintextOnlyPostgres(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{"mysql": "J\x00\x00\x00\x0a8.4.0\x00", "direct-tls": "\x15\x03\x01\x00\x02\x02\x46"} {
		var conns atomic.Int64
		port := serve(t, func(conn net.Conn) {
			conns.Add(1)
			_, _ = conn.Read(make([]byte, 100))
			_, _ = io.WriteString(conn, answer)
			_, _ = io.Copy(io.Discard, conn)
		})
		opts := quick
		opts.Plaintext, opts.Timeout = true, 30*time.Second
		if s := look(t, port, inspect.Postgres, opts); s.Plaintext != "unknown" || conns.Load() != 1 {
			t.Errorf("%s: plaintext %q, %d connections, want 1", name, s.Plaintext, conns.Load())
		}
	}
}
