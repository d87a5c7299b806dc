package rdspgx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"reflect"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

// A guard stands between the TLS handshake and the startup message, in
// pgconn.Config.AfterNetConnect, the one place that every attempt passes and
// that pgx leaves by closing the connection. It finds what a changed
// configuration would let through: a fallback added later, a TLSConfig replaced.
//
// Cancel requests do not pass it. They reuse the TLS configuration of a
// connection that did.
type guard struct {
	servers  map[string]server // by ConnectionState().ServerName
	password rdstls.PasswordFunc
	next     afterNetConnectFunc // the caller's own hook, or nil
}

// A server is one that Configure allowed.
type server struct {
	verify   adapter.VerifyFunc
	endpoint string
}

type afterNetConnectFunc = func(context.Context, *pgconn.Config, net.Conn) (net.Conn, error)

var errNilConn = errors.New("rdspgx: AfterNetConnect returned neither a connection nor an error")

// add allows the server s, whose passwords are for endpoint. TLS tells servers
// apart by name, and reports none for IP addresses. Where two targets share a
// name, one of their checks must pass, and passwords are out of the question.
func (g *guard) add(s adapter.Server, endpoint string) error {
	name := s.TLS.ServerName
	if _, err := netip.ParseAddr(name); err == nil {
		name = ""
	}
	if old, ok := g.servers[name]; ok {
		if g.password != nil {
			return &rdstls.ConfigError{
				Setting: "Password",
				Err:     fmt.Errorf("%q and %q cannot be told apart by TLS; use one pool for each", old.endpoint, endpoint),
			}
		}
		first, second := old.verify, s.Verify
		s.Verify = func(cs tls.ConnectionState) error {
			if first(cs) == nil {
				return nil
			}
			return second(cs)
		}
	}
	g.servers[name] = server{verify: s.Verify, endpoint: endpoint}
	return nil
}

// afterNetConnect returns conn with every error, never nil: pgx closes it
// (pgx v5.12.0, pgconn.go, connectOne).
func (g *guard) afterNetConnect(ctx context.Context, cfg *pgconn.Config, conn net.Conn) (net.Conn, error) {
	if found, ok := ctx.Value(guardKey{}).(**guard); ok {
		*found = g
		return conn, nil
	}
	s, err := g.admit(ctx, conn)
	if err != nil {
		return conn, err
	}
	if conn, err = g.callNext(ctx, cfg, conn); err != nil || g.password == nil {
		return conn, err
	}
	password, err := adapter.Password(ctx, g.password, s.endpoint, cfg.User)
	if err != nil {
		return conn, err
	}
	cfg.Password = password
	return conn, nil
}

// callNext runs the caller's hook. That comes before the password, so that none
// is minted for a connection that the hook refuses.
func (g *guard) callNext(ctx context.Context, cfg *pgconn.Config, conn net.Conn) (net.Conn, error) {
	if g.next == nil {
		return conn, nil
	}
	replaced, err := g.next(ctx, cfg, conn)
	if replaced == nil {
		replaced = conn
		if err == nil {
			err = errNilConn
		}
	}
	return replaced, err
}

// admit finishes the handshake, which pgx leaves to the first write, and returns
// the server at the other end, if it is one that Configure allowed.
func (g *guard) admit(ctx context.Context, conn net.Conn) (server, error) {
	tlsConn, ok := conn.(*tls.Conn)
	if !ok {
		return server{}, fmt.Errorf("rdspgx: %w: TLSConfig is nil; was it changed after Configure?", rdstls.ErrPlaintext)
	}
	if err := tlsConn.HandshakeContext(ctx); err != nil {
		return server{}, &adapter.AttemptError{Server: g.wanted(tlsConn), Err: err}
	}
	// The leaf would not tell: those of Aurora carry several names.
	cs := tlsConn.ConnectionState()
	s, ok := g.servers[cs.ServerName]
	if !ok {
		return server{}, fmt.Errorf("rdspgx: %w: its ServerName is not one that Configure set", rdstls.ErrUnverified)
	}
	return s, s.verify(cs)
}

// wanted returns the name or address that conn's server is to have.
func (g *guard) wanted(conn *tls.Conn) string {
	name := conn.ConnectionState().ServerName
	if name == "" {
		name, _, _ = net.SplitHostPort(g.servers[""].endpoint) // an IP address; see add
	}
	return name
}

type guardKey struct{}

// guardOf returns the guard behind hook, or nil if hook is the caller's own.
// Functions cannot be compared, but all method values of one method share their
// code; once that is known, it is safe to ask hook, through a context, which
// guard it belongs to.
func guardOf(hook afterNetConnectFunc) *guard {
	if hook == nil || codeOf(hook) != codeOf((*guard)(nil).afterNetConnect) {
		return nil
	}
	var found *guard
	_, _ = hook(context.WithValue(context.Background(), guardKey{}, &found), nil, nil)
	return found
}

func codeOf(f afterNetConnectFunc) uintptr { return reflect.ValueOf(f).Pointer() }
