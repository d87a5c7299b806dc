package client

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
)

// The reasons for which a tunnel cannot be used.
var (
	ErrViaForm    = errors.New("the tunnel must be HOST:PORT, such as localhost:15432")
	ErrViaResolve = errors.New("the host of the tunnel has no address")
)

// A Tunnel is where a tunnel to the endpoint listens.
type Tunnel struct {
	host string
	port int
}

// ParseTunnel splits HOST:PORT.
func ParseTunnel(s string) (Tunnel, error) {
	host, p, err := net.SplitHostPort(s)
	if err != nil {
		return Tunnel{}, ErrViaForm
	}
	port, err := parsePort(p)
	if err != nil || !isHostName(host) {
		return Tunnel{}, ErrViaForm
	}
	return Tunnel{host, port}, nil
}

// Resolve sets the tunnel of c. Of several addresses it takes one of IPv4, on
// which every SSH client and the Session Manager plugin listen.
func (t Tunnel) Resolve(ctx context.Context, c *Connection) error {
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", t.host)
	if err != nil || len(addrs) == 0 {
		return ErrViaResolve
	}
	first := max(0, slices.IndexFunc(addrs, func(a netip.Addr) bool { return a.Unmap().Is4() }))
	c.ViaAddress, c.ViaPort = addrs[first].Unmap().String(), t.port
	return nil
}
