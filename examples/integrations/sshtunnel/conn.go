package main

import (
	"net"
	"os"
	"sync"
	"time"
)

// A tunneled connection has what the drivers need and a channel of x/crypto/ssh lacks
// (v0.58.0, ssh/tcpip.go):
//
//   - Deadlines. The drivers end a query by setting one when its context is done. A
//     channel returns an error instead, and the query would go on.
//   - The address of the server. A channel's is 0.0.0.0:0, and pgx sends a
//     CancelRequest to whatever RemoteAddr returns.
type tunneled struct {
	net.Conn
	addr string

	mu      sync.Mutex
	timer   *time.Timer
	set     int // how often a deadline has been set
	expired bool
}

// RemoteAddr returns the address that was dialed, as seen from the bastion.
func (c *tunneled) RemoteAddr() net.Addr { return remoteAddr(c.addr) }

type remoteAddr string

func (remoteAddr) Network() string  { return "tcp" }
func (a remoteAddr) String() string { return string(a) }

// SetDeadline closes the connection at t. Both drivers give up a connection after a
// timeout, so one that can be used again is not needed.
func (c *tunneled) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.expired {
		return nil
	}
	if c.timer != nil {
		c.timer.Stop()
	}
	c.set++
	if set := c.set; !t.IsZero() {
		c.timer = time.AfterFunc(time.Until(t), func() { c.expire(set) })
	}
	return nil
}

// SetReadDeadline is SetDeadline.
func (c *tunneled) SetReadDeadline(t time.Time) error { return c.SetDeadline(t) }

// SetWriteDeadline is SetDeadline.
func (c *tunneled) SetWriteDeadline(t time.Time) error { return c.SetDeadline(t) }

// expire closes the connection, unless another deadline has been set since.
func (c *tunneled) expire(set int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.set == set {
		c.expired = true
		_ = c.Conn.Close()
	}
}

func (c *tunneled) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, c.explain(err)
}

func (c *tunneled) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, c.explain(err)
}

// explain returns the error of a deadline for what its Close has caused.
func (c *tunneled) explain(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil && c.expired {
		return os.ErrDeadlineExceeded
	}
	return err
}
