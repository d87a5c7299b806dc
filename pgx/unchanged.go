package rdspgx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

// unchanged refuses a configuration of which an attempt is no longer the one that
// Configure made. The server that answers now may be the right one and pass. A
// cancel request would send the key of its session to any server that the TLS
// configuration accepts. Fewer attempts, another order, and another Host are fine:
// TLS decides.
func (g *guard) unchanged(cfg *pgconn.Config) error {
	if direct := cfg.SSLNegotiation == "direct"; direct != g.direct {
		return changed("SSLNegotiation", rdstls.ErrUnverified, "it was changed after Configure")
	}
	for i, a := range attemptsOf(cfg) {
		if err := g.unchangedTLS(attemptName(i)+"TLSConfig", a.TLSConfig); err != nil {
			return err
		}
	}
	return nil
}

func (g *guard) unchangedTLS(setting string, cfg *tls.Config) error {
	if cfg == nil {
		return changed(setting, rdstls.ErrPlaintext, "it was set to nil after Configure")
	}
	var weak *rdstls.ConfigError
	if errors.As(rdstls.Check(cfg), &weak) {
		return &rdstls.ConfigError{Setting: setting + "." + weak.Setting, Err: weak.Err}
	}
	i := slices.IndexFunc(g.servers, func(s server) bool { return s.name == cfg.ServerName })
	switch {
	case i < 0:
		return changed(setting+".ServerName", rdstls.ErrUnverified, "it is not one that Configure set")
	case !cfg.RootCAs.Equal(g.servers[i].roots):
		return changed(setting+".RootCAs", rdstls.ErrUnverified, "they are not the ones that Configure set")
	case cfg.VerifyConnection == nil:
		return changed(setting+".VerifyConnection", rdstls.ErrUnverified, "it was set to nil after Configure")
	case g.direct && !slices.Equal(cfg.NextProtos, []string{alpn}):
		return changed(setting+".NextProtos", rdstls.ErrUnverified, "they are not the ones that Configure set")
	}
	return nil
}

func changed(setting string, reason error, what string) error {
	return &rdstls.ConfigError{Setting: setting, Err: fmt.Errorf("%w: %s; make changes before Configure or in Options; "+
		"a hook that makes some must call Configure again", reason, what)}
}

// newHost returns a host of cfg that Configure did not see.
func (g *guard) newHost(cfg *pgconn.Config) (host string, ok bool) {
	for _, a := range attemptsOf(cfg) {
		if !slices.ContainsFunc(g.hosts, func(known string) bool { return strings.EqualFold(known, a.Host) }) {
			return a.Host, true
		}
	}
	return "", false
}

// A sessionCache is the ClientSessionCache of a TLS configuration that Configure
// made. The type is the mark by which Check and Configure know one. Clones of the
// configuration have it too.
type sessionCache struct {
	tls.ClientSessionCache
	password *adapter.Passwords // nil without Options.Password
}

// markOf returns the mark of an attempt that Configure made, or nil.
func markOf(attempts []*pgconn.FallbackConfig) *sessionCache {
	for _, a := range attempts {
		if a.TLSConfig == nil {
			continue
		}
		if mark, ok := a.TLSConfig.ClientSessionCache.(*sessionCache); ok {
			return mark
		}
	}
	return nil
}

type probeKey struct{}

// A probe is where a guard leaves itself, if it is asked through a context.
type probe struct{ guard *guard }

// guardOf returns the guard in cfg.AfterNetConnect, or behind a hook of the caller
// that calls it, or nil. It calls the hook with a connection that is closed.
func guardOf(cfg *pgconn.Config) *guard {
	if cfg.AfterNetConnect == nil {
		return nil
	}
	conn, peer := net.Pipe()
	_, _ = conn.Close(), peer.Close()
	p := &probe{}
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), probeKey{}, p), adapter.AttemptTimeout)
	defer cancel()
	defer func() { _ = recover() }() // of a hook that cannot use such a connection
	_, _ = cfg.AfterNetConnect(ctx, cfg.Copy(), tls.Client(conn, cfg.TLSConfig))
	return p.guard
}
