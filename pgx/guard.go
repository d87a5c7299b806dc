package rdspgx

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

// A guard is between the TLS handshake and the startup message, in
// pgconn.Config.AfterNetConnect, the one place that every attempt passes. It finds
// what a changed configuration would let through: a fallback added later, a
// TLSConfig replaced.
//
// Cancel requests do not pass it. They use the TLS configuration of a connection
// that did, so the guard checks that too. See unchanged.
type guard struct {
	servers  []server
	hosts    []string // that Configure saw
	direct   bool     // sslnegotiation=direct
	password *adapter.Passwords
	next     afterNetConnectFunc // the hook that was there, or nil

	configured *pgconn.Config // of which pgx.ConnectConfig makes a copy for each connection
}

// A server is one that Configure allowed.
type server struct {
	name     string         // of TLSConfig
	roots    *x509.CertPool // of TLSConfig
	verify   adapter.VerifyFunc
	endpoint string
}

type afterNetConnectFunc = func(context.Context, *pgconn.Config, net.Conn) (net.Conn, error)

var errNilConn = errors.New("rdspgx: AfterNetConnect returned neither a connection nor an error")

// reported returns the name that TLS reports for the server: none if it is an IP
// address.
func (s server) reported() string {
	if _, err := netip.ParseAddr(s.name); err == nil {
		return ""
	}
	return s.name
}

// add allows the server s, and asks passwords for endpoint. TLS tells servers apart
// by name. A password is for one endpoint, so with passwords, servers of one name
// must be one endpoint.
func (g *guard) add(s adapter.Server, endpoint string) error {
	added := server{name: s.TLS.ServerName, roots: s.TLS.RootCAs.Clone(), verify: s.Verify, endpoint: endpoint}
	for _, old := range g.servers {
		if g.password != nil && old.reported() == added.reported() && old.endpoint != endpoint {
			return &rdstls.ConfigError{
				Setting: "Password",
				Err: fmt.Errorf("%q and %q cannot be told apart by TLS; use one pool for each, "+
					"or give the port in ServerName if they are tunnels to one endpoint", old.endpoint, endpoint),
			}
		}
	}
	g.servers = append(g.servers, added)
	return nil
}

// afterNetConnect returns conn with every error, never nil: pgx closes it
// (pgx v5.12.0, pgconn.go, connectOne).
//
// Functions cannot be compared, so Configure does not ask whether the hook that it
// finds is an earlier guard, or is one behind a hook of the caller. It calls it.
// The context tells an earlier guard which connection the newest has admitted.
func (g *guard) afterNetConnect(ctx context.Context, cfg *pgconn.Config, conn net.Conn) (net.Conn, error) {
	if p, ok := ctx.Value(probeKey{}).(*probe); ok {
		p.guard = g
		return conn, nil
	}
	tlsConn, _ := conn.(*tls.Conn)
	if admitted, ok := ctx.Value(admittedKey{}).(*tls.Conn); ok && admitted == tlsConn {
		return g.callNext(ctx, cfg, conn)
	}
	returned := false
	defer func() {
		if !returned && conn != nil {
			_ = conn.Close() // one of the caller's functions panicked, and pgx does not close it
		}
	}()
	replaced, err := g.guard(ctx, cfg, conn, tlsConn)
	returned = true
	return replaced, err
}

type admittedKey struct{}

func (g *guard) guard(ctx context.Context, cfg *pgconn.Config, conn net.Conn, tlsConn *tls.Conn) (net.Conn, error) {
	s, err := g.admit(ctx, cfg, tlsConn)
	if err != nil {
		return conn, err
	}
	if _, ok := ctx.Deadline(); !ok {
		_ = conn.SetDeadline(time.Time{}) // that dial set; see bounds
	}
	conn, err = g.callNext(context.WithValue(ctx, admittedKey{}, tlsConn), cfg, conn)
	if err == nil && g.next != nil {
		err = g.mustBeUnchanged(cfg) // by that hook: a cancel request uses it
	}
	if cfg != g.configured {
		closeOnTokenPanic(cfg, conn)
	}
	if err != nil || g.password == nil {
		return conn, err
	}
	password, err := g.password.Get(ctx, s.endpoint, cfg.User)
	if err != nil {
		return conn, err
	}
	cfg.Password = password
	return conn, nil
}

// callNext runs the hook that was there. That comes before the password, so that
// none is minted for a connection that the hook refuses.
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
func (g *guard) admit(ctx context.Context, cfg *pgconn.Config, conn *tls.Conn) (server, error) {
	if err := g.mustBeUnchanged(cfg); err != nil {
		return server{}, err
	}
	if conn == nil {
		return server{}, fmt.Errorf("rdspgx: %w: the connection has no TLS; was it replaced before the guard saw it?", rdstls.ErrPlaintext)
	}
	if err := conn.HandshakeContext(ctx); err != nil {
		return server{}, g.handshakeError(cfg, conn, err)
	}
	cs := conn.ConnectionState()
	err := fmt.Errorf("rdspgx: %w: its ServerName is not one that Configure set", rdstls.ErrUnverified)
	for _, s := range g.servers {
		// The leaf would not tell: those of Aurora carry several names.
		if s.reported() != cs.ServerName {
			continue
		}
		if err = s.verify(cs); err == nil {
			return s, nil
		}
	}
	return server{}, err
}

// mustBeUnchanged returns no ConfigError: those say that nothing was connected.
func (g *guard) mustBeUnchanged(cfg *pgconn.Config) error {
	var refused *rdstls.ConfigError
	if errors.As(g.unchanged(cfg), &refused) {
		return fmt.Errorf("rdspgx: %s: %w", refused.Setting, refused.Err)
	}
	return nil
}

// handshakeError says whose certificate was expected.
func (g *guard) handshakeError(cfg *pgconn.Config, conn *tls.Conn, err error) error {
	name := conn.ConnectionState().ServerName
	for _, s := range g.servers {
		if name == "" && s.reported() == "" {
			name = s.name
		}
	}
	failed := &rdstls.AttemptError{ServerName: name, Err: err} // names in certificates need escaping
	var certificate *tls.CertificateVerificationError
	if host, ok := g.newHost(cfg); ok && errors.As(err, &certificate) {
		return &rdstls.ConfigError{Setting: "Host", Err: fmt.Errorf("%w: Host was changed to %q after Configure, "+
			"and the certificate must still name %q; set Host, Port and Fallbacks and then call Configure, in that hook: %w",
			rdstls.ErrUnverified, host, name, failed)}
	}
	return failed
}
