package exampledb

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/rdstls/go/internal/testcerts"
)

// A Protocol is what a [Fake] speaks: as much as a client needs to log in.
type Protocol struct {
	// Upgrade speaks what comes before TLS, and returns the connection that TLS
	// is spoken on. If nil, TLS comes first.
	Upgrade func(net.Conn) (net.Conn, error)

	// Serve answers a client inside TLS until it leaves.
	Serve func(io.ReadWriter) error

	// MaxVersion is the highest version of TLS. If zero, it is Go's. The lowest is
	// 1.0: refusing it is the client's business.
	MaxVersion uint16

	// Name is the name in the certificate. If empty, it is [Endpoint].
	Name string
}

// A Fake stands in for a server that cannot be installed for a test, and remembers
// what it was told.
type Fake struct {
	listener net.Listener
	protocol Protocol
	tls      *tls.Config
	serving  sync.WaitGroup

	mu          sync.Mutex
	conns       int
	raw, secure bytes.Buffer
}

// NewFake starts a server that is genuine under [Trust].
func NewFake(tb testing.TB, p Protocol) *Fake { return newFake(tb, p, Authority()) }

// NewFakeImpostor starts a server whose authority only looks like the right one.
func NewFakeImpostor(tb testing.TB, p Protocol) *Fake {
	return newFake(tb, p, Authority().Impostor())
}

func newFake(tb testing.TB, p Protocol, issuer *testcerts.Authority) *Fake {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	f := &Fake{listener: listener, protocol: p}
	f.tls = &tls.Config{
		Certificates: []tls.Certificate{issuer.Instance(cmp.Or(p.Name, Endpoint))},
		MinVersion:   tls.VersionTLS10,
		MaxVersion:   p.MaxVersion,
	}
	f.serving.Go(f.accept)
	tb.Cleanup(f.close)
	return f
}

// Addr returns the server's address, "127.0.0.1:port".
func (f *Fake) Addr() string { return f.listener.Addr().String() }

func (f *Fake) close() {
	f.listener.Close()
	f.serving.Wait()
}

func (f *Fake) accept() {
	for {
		conn, err := f.listener.Accept()
		if err != nil {
			return // the listener was closed
		}
		f.mu.Lock()
		f.conns++
		f.mu.Unlock()
		f.serving.Go(func() { f.serve(conn) })
	}
}

// serve ends when the client leaves: what it says after a failed handshake counts.
func (f *Fake) serve(conn net.Conn) {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return
	}
	raw := &tap{Conn: conn, fake: f, heard: &f.raw}
	defer func() { _, _ = io.Copy(io.Discard, raw) }()
	upgraded := net.Conn(raw)
	if f.protocol.Upgrade != nil {
		var err error
		if upgraded, err = f.protocol.Upgrade(raw); err != nil {
			return
		}
	}
	secure := tls.Server(upgraded, f.tls)
	if secure.Handshake() != nil {
		return
	}
	_ = f.protocol.Serve(&tap{Conn: secure, fake: f, heard: &f.secure}) // io.EOF, if all went well
}

// A tap remembers what is read from a connection.
type tap struct {
	net.Conn
	fake  *Fake
	heard *bytes.Buffer
}

func (t *tap) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.fake.mu.Lock()
	defer t.fake.mu.Unlock()
	t.heard.Write(b[:n])
	return n, err
}

// WantNothing fails the test unless somebody connected, nobody said anything
// inside TLS, and nobody said one of secrets outside. It stops the server.
func (f *Fake) WantNothing(tb testing.TB, secrets ...[]byte) {
	tb.Helper()
	f.close()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conns == 0 {
		tb.Error("nobody connected to the impostor, so this tests nothing")
	}
	if f.secure.Len() > 0 {
		tb.Errorf("the impostor received %d bytes inside TLS: %.200q", f.secure.Len(), f.secure.Bytes())
	}
	for _, secret := range secrets {
		if bytes.Contains(f.raw.Bytes(), secret) {
			tb.Errorf("the impostor received %q", secret)
		}
	}
}

// Heard reports whether somebody said text inside TLS.
func (f *Fake) Heard(text []byte) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return bytes.Contains(f.secure.Bytes(), text)
}
