package main

import "net"

// A tunneled connection has the address of the server. That of a channel of
// x/crypto/ssh is 0.0.0.0:0 (v0.58.0, ssh/tcpip.go), and pgx sends a CancelRequest to
// whatever RemoteAddr returns. A channel also lacks deadlines: rdspgx and rdsmysql
// keep them, so that a query ends with its context.
type tunneled struct {
	net.Conn
	addr string
}

// RemoteAddr returns the address that was dialed, as seen from the bastion.
func (c tunneled) RemoteAddr() net.Addr { return remoteAddr(c.addr) }

type remoteAddr string

func (remoteAddr) Network() string  { return "tcp" }
func (a remoteAddr) String() string { return string(a) }
