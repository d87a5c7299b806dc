package inspect_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rdstls/go/cmd/rdstls/internal/inspect"
	"github.com/rdstls/go/internal/fakedb"
)

var quick = inspect.Options{Roots: ca.Pool(), Timeout: time.Second, Now: time.Now}

// look inspects a server on this machine under the name that its certificate has.
func look(t *testing.T, port int, protocol inspect.Protocol, opts inspect.Options) inspect.Server {
	t.Helper()
	target, err := inspect.ParseTarget(serverName+":"+strconv.Itoa(port), protocol)
	if err != nil {
		t.Fatal(err)
	}
	s := inspect.Inspect(t.Context(), target, opts)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	checkPrintable(t, document)
	return s
}

// checkPrintable fails the test if a string of a JSON document has a character that
// a terminal could act on.
func checkPrintable(t *testing.T, node any) {
	t.Helper()
	switch node := node.(type) {
	case string:
		if i := strings.IndexFunc(node, func(r rune) bool { return unicode.Is(unicode.C, r) }); i >= 0 {
			t.Errorf("the report has a character that is not printable: %.300q", node)
		}
	case []any:
		for _, child := range node {
			checkPrintable(t, child)
		}
	case map[string]any:
		for _, child := range node {
			checkPrintable(t, child)
		}
	}
}

func tlsWith(cert tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}

// checkSent fails the test unless the server got one connection, before TLS the
// request for it and nothing else, and inside TLS nothing.
func checkSent(t *testing.T, server *fakedb.Server, isRequest func([]byte) bool, size int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	conns, err := server.Wait(ctx)
	if err != nil || len(conns) != 1 {
		t.Fatalf("%d connections, %v, want 1", len(conns), err)
	}
	// A server that makes no handshake records the client's part of it here too.
	request, records := conns[0].Plain(), []byte(nil)
	if len(request) > size {
		request, records = request[:size], request[size:]
	}
	if len(request) > 0 && !isRequest(request) {
		t.Errorf("sent before TLS: %x", request)
	}
	for len(records) >= 5 && (records[0] == 21 || records[0] == 22) {
		records = records[min(len(records), 5+int(records[3])<<8+int(records[4])):]
	}
	if len(records) > 0 {
		t.Errorf("sent before TLS, after the request: %.40x", records)
	}
	if secure := conns[0].Secure(); len(secure) > 0 {
		t.Errorf("sent inside TLS: %q, want nothing", secure)
	}
}

func isPostgresRequest(b []byte) bool { return bytes.Equal(b, []byte{0, 0, 0, 8, 4, 210, 22, 47}) }

// isMySQLRequest wants CLIENT_SSL among the capabilities, and nobody's name.
func isMySQLRequest(b []byte) bool {
	return len(b) == 36 && b[0] == 32 && b[3] == 1 && b[5]&8 != 0 && bytes.Equal(b[13:], make([]byte, 23))
}

// TestHostilePostgres checks that whatever a server does, inspect sends it the
// TLS request at most, on one connection, ends in time, and does not call it
// verified.
func TestHostilePostgres(t *testing.T) {
	t.Parallel()
	for _, b := range fakedb.HostilePostgres() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			server := fakedb.Started(t)(fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: tlsWith(ca.Leaf(nil, serverName)), Behavior: b}))
			begin := time.Now()
			s := look(t, server.Port(), inspect.Postgres, quick)
			if s.Verified || s.Reason == "" || s.Error == "" || !s.Found(0) && !s.Unknown() {
				t.Errorf("verified %t, reason %q: %s", s.Verified, s.Reason, s.Error)
			}
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			checkSent(t, server, isPostgresRequest, 8)
		})
	}
}

func TestHostileMySQL(t *testing.T) {
	t.Parallel()
	for _, b := range append(fakedb.HostileMySQL(), fakedb.MalformedGreetings()...) {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			server := fakedb.Started(t)(fakedb.ListenMySQL(fakedb.MySQLOptions{TLS: tlsWith(ca.Leaf(nil, serverName)), Behavior: b}))
			s := look(t, server.Port(), inspect.MySQL, quick)
			if s.Verified && !strings.HasPrefix(b.Name, "greeting-of-") || !s.Verified && s.Reason == "" {
				t.Errorf("verified %t, reason %q: %s", s.Verified, s.Reason, s.Error)
			}
			if b.Name == "error-as-greeting" && (s.Reason != "mysql-error" || !s.Unknown()) {
				t.Errorf("reason %q, want mysql-error", s.Reason)
			}
			checkSent(t, server, isMySQLRequest, 36)
		})
	}
}

// TestUntrustedNames checks that names of a certificate come out escaped and
// bounded, in every part of a report.
func TestUntrustedNames(t *testing.T) {
	t.Parallel()
	const evil = "\x1b]0;owned\x07\u202egnp.\r\n  verified    yes"
	leaf := ca.Leaf(func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: evil + strings.Repeat("x", 5000), Organization: []string{evil}}
		c.DNSNames = []string{"a\x1b[2J.example.com", "b.example.com"}
	}, "other.example.com")
	server := fakedb.Started(t)(fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: tlsWith(leaf)}))
	s := look(t, server.Port(), inspect.Postgres, quick)
	if len(s.Chain) == 0 {
		t.Fatal("the report has no chain")
	}
	if subject := s.Chain[0].Subject; !strings.Contains(subject, `\x1b]0`) || len(subject) > 400 {
		t.Errorf("subject %.500q", subject)
	}
}

// TestDetection checks who is taken for what when the port does not tell.
func TestDetection(t *testing.T) {
	t.Parallel()
	cert := tlsWith(ca.Leaf(nil, serverName))
	postgres := fakedb.Started(t)(fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: cert}))
	mysql := fakedb.Started(t)(fakedb.ListenMySQL(fakedb.MySQLOptions{TLS: cert}))
	for protocol, server := range map[inspect.Protocol]*fakedb.Server{inspect.Postgres: postgres, inspect.MySQL: mysql} {
		opts := quick
		opts.Timeout = 30 * time.Second
		s := look(t, server.Port(), inspect.Auto, opts)
		if s.Protocol != protocol || !s.Verified || s.TLS == nil || s.TLS.Version != "TLS 1.3" {
			t.Errorf("%s is taken for %s: %+v", protocol, s.Protocol, s)
		}
		if (s.ServerVersion != "") != (protocol == inspect.MySQL) {
			t.Errorf("%s: version %q", protocol, s.ServerVersion)
		}
	}
	checkSent(t, postgres, isPostgresRequest, 8)
	checkSent(t, mysql, isMySQLRequest, 36)
}

// TestLongChain checks that a report shows a bounded number of certificates.
func TestLongChain(t *testing.T) {
	t.Parallel()
	leaf := ca.Leaf(nil, serverName)
	for range 30 {
		leaf.Certificate = append(leaf.Certificate, leaf.Certificate[0])
	}
	server := fakedb.Started(t)(fakedb.ListenMySQL(fakedb.MySQLOptions{TLS: tlsWith(leaf)}))
	if s := look(t, server.Port(), inspect.MySQL, quick); len(s.Chain) != 20 {
		t.Errorf("%d certificates are shown, want 20", len(s.Chain))
	}
}

// TestLateGreeting checks that a MySQL server behind a slow tunnel is not said to
// have no TLS, whatever the first byte of its greeting and however it arrives.
func TestLateGreeting(t *testing.T) {
	t.Parallel()
	for _, length := range []byte{'N', 'S', 'E', 'J'} {
		for _, kind := range []byte{0x0a, 0xff} {
			for _, cut := range []int{1, 3, 6} {
				port := serve(t, func(conn net.Conn) {
					if _, err := conn.Read(make([]byte, 8)); err != nil {
						return
					}
					greeting := []byte{length, 0, 0, 0, kind, '8', '.', '4', 0}
					_, _ = conn.Write(greeting[:cut])
					if cut == 1 && length == 'S' {
						_, _ = conn.Read(make([]byte, 1000)) // the client takes it for an answer, and begins TLS
					}
					_, _ = conn.Write(greeting[cut:])
					_, _ = conn.Read(make([]byte, 1000))
				})
				opts := quick
				opts.Timeout = 30 * time.Second
				s := look(t, port, inspect.Postgres, opts)
				if s.Reason != "late-greeting" || !strings.Contains(s.Advice, "--protocol mysql") || s.Found(0) || !s.Unknown() || len(s.Settings) > 0 {
					t.Errorf("length %q, kind %x, cut %d: reason %q: %s", length, kind, cut, s.Reason, s.Error)
				}
			}
		}
	}
}

// TestHugeGreeting checks that a greeting of 16 MB is refused at its header: nothing
// more of it is waited for.
func TestHugeGreeting(t *testing.T) {
	t.Parallel()
	port := serve(t, func(conn net.Conn) {
		_, _ = conn.Write([]byte{0xff, 0xff, 0xff, 0, 10})
		_, _ = conn.Read(make([]byte, 1000))
	})
	opts := quick
	opts.Timeout = 30 * time.Second
	if s := look(t, port, inspect.MySQL, opts); s.Reason != "no-tls" || !s.Found(0) {
		t.Errorf("reason %q: %s", s.Reason, s.Error)
	}
}

// TestUntrustedError checks that the message of an error before TLS comes out escaped
// and bounded, so that it cannot pass for a text of ours.
func TestUntrustedError(t *testing.T) {
	t.Parallel()
	message := "\xff\x10\x04\x1b[2J" + `\x1b` + strings.Repeat("x", 3000)
	port := serve(t, func(conn net.Conn) {
		_, _ = conn.Write(append([]byte{byte(len(message)), byte(len(message) >> 8), 0, 0}, message...))
	})
	s := look(t, port, inspect.MySQL, quick)
	if s.Reason != "mysql-error" || !strings.Contains(s.Error, `(unverified): \x1b[2J\\x1bxxx`) || len(s.Error) > 500 {
		t.Errorf("reason %q, %d bytes: %.300s", s.Reason, len(s.Error), s.Error)
	}
}

// serve runs handle for each connection to the port that it returns.
func serve(t *testing.T, handle func(net.Conn)) int {
	t.Helper()
	s, err := fakedb.Listen(func(conn net.Conn) {
		_ = conn.SetDeadline(time.Now().Add(time.Minute)) // TCP has deadlines
		handle(conn)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.Port()
}
