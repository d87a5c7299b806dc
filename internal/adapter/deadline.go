package adapter

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

// closeTimeout bounds Close of a connection that has no working deadlines.
const closeTimeout = 5 * time.Second

// ErrNoConn is the error of a DialFunc that returned neither a connection nor an
// error. pgx would panic.
var ErrNoConn = errors.New("rdstls: DialFunc returned neither a connection nor an error")

// WithDeadlines returns a connection on which deadlines work: conn itself if it is
// a socket, whose deadlines are known to, and otherwise one that keeps them without
// the help of conn. Drivers end attempts and queries with deadlines and nothing
// else. The channels of golang.org/x/crypto/ssh have none, and nothing is known of
// other types.
func WithDeadlines(conn net.Conn) net.Conn {
	if hasDeadlines(conn) {
		return conn
	}
	return &deadlineConn{Conn: conn, closed: make(chan struct{}), reads: newDeadline(), writes: newDeadline()}
}

func hasDeadlines(conn net.Conn) bool {
	switch conn := conn.(type) {
	case syscall.Conn, *deadlineConn: // a socket, or a type that embeds one
		return true
	case *certificateConn:
		return hasDeadlines(conn.Conn)
	case *tls.Conn:
		return hasDeadlines(conn.NetConn())
	}
	return false
}

// A deadlineConn keeps deadlines by leaving a Read or Write of its Conn to a
// goroutine, which it no longer waits for once the deadline has passed. It has no
// goroutine while nothing is read or written.
type deadlineConn struct {
	net.Conn
	closing   sync.Once
	closed    chan struct{}
	closeErr  error
	reads     *deadline
	writes    *deadline
	readMu    sync.Mutex
	buf, rest []byte      // rest is the part of buf that was not yet returned
	readErr   error       // that came with buf
	reading   chan result // of a Read that outlived its deadline; nil if there is none
	writeMu   sync.Mutex
	stuck     bool // a Write outlived its deadline
}

type result struct {
	n        int
	err      error
	panicked *ConnPanic
}

// A ConnPanic is the value of the panic with which a connection of WithDeadlines
// passes on a panic of the caller's own net.Conn. That ran in another goroutine,
// where the caller cannot recover it, and has the stack that matters.
type ConnPanic struct {
	Value any
	Stack []byte
}

// Error returns the stack of the panic, without its value.
func (p *ConnPanic) Error() string {
	return fmt.Sprintf("rdstls: the connection of DialFunc panicked with a %T:\n\n%s", p.Value, p.Stack)
}

// Unwrap returns the value of the panic, if that is an error.
func (p *ConnPanic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// transfer sends the result of f, a function of the caller's net.Conn, to done.
func transfer(done chan<- result, f func([]byte) (int, error), p []byte) {
	r := result{err: net.ErrClosed} // if f ends the goroutine
	defer func() {
		if value := recover(); value != nil {
			r.panicked = &ConnPanic{Value: value, Stack: debug.Stack()}
		}
		done <- r
	}()
	r.n, r.err = f(p)
}

func (c *deadlineConn) Read(p []byte) (int, error) {
	c.readMu.Lock()
	defer c.readMu.Unlock()
	if c.reads.expired() {
		return 0, os.ErrDeadlineExceeded
	}
	if len(c.rest) == 0 && c.readErr == nil {
		if c.reading == nil {
			c.startRead()
		}
		r, err := c.await(c.reading, c.reads)
		if err != nil {
			return 0, err
		}
		c.reading, c.rest, c.readErr = nil, c.buf[:r.n], r.err
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	if n == 0 {
		return 0, c.readErr
	}
	return n, nil
}

func (c *deadlineConn) startRead() {
	const size = 8 << 10
	if c.buf == nil {
		c.buf = make([]byte, size)
	}
	done := make(chan result, 1)
	go transfer(done, c.Conn.Read, c.buf)
	c.reading = done
}

func (c *deadlineConn) Write(p []byte) (int, error) {
	c.writeMu.Lock()
	defer c.writeMu.Unlock()
	if c.writes.expired() {
		return 0, os.ErrDeadlineExceeded
	}
	if c.stuck {
		return 0, net.ErrClosed // nobody knows how much was written
	}
	done := make(chan result, 1)
	go transfer(done, c.Conn.Write, bytes.Clone(p))
	r, err := c.await(done, c.writes)
	if err != nil {
		c.stuck = true
		return 0, err
	}
	return r.n, r.err
}

// await returns what done says, or an error if the deadline comes first.
func (c *deadlineConn) await(done <-chan result, d *deadline) (result, error) {
	for {
		passed, changed := d.wait()
		select {
		case r := <-done:
			if r.panicked != nil {
				_ = c.Close() // the driver does not
				panic(r.panicked)
			}
			return r, nil
		case <-c.closed:
			return result{}, net.ErrClosed
		case <-passed:
			return result{}, os.ErrDeadlineExceeded
		case <-changed:
		}
	}
}

// Close returns after closeTimeout at the latest: that of a channel writes.
func (c *deadlineConn) Close() error {
	c.closing.Do(func() {
		close(c.closed)
		c.reads.set(time.Time{})
		c.writes.set(time.Time{})
		done := make(chan result, 1)
		go transfer(done, func([]byte) (int, error) { return 0, c.Conn.Close() }, nil)
		timer := time.NewTimer(closeTimeout)
		defer timer.Stop()
		select {
		case r := <-done:
			c.closeErr = r.err
			if r.panicked != nil {
				panic(r.panicked)
			}
		case <-timer.C:
			c.closeErr = os.ErrDeadlineExceeded
		}
	})
	return c.closeErr
}

func (c *deadlineConn) SetDeadline(t time.Time) error {
	c.reads.set(t)
	c.writes.set(t)
	return nil
}

func (c *deadlineConn) SetReadDeadline(t time.Time) error {
	c.reads.set(t)
	return nil
}

func (c *deadlineConn) SetWriteDeadline(t time.Time) error {
	c.writes.set(t)
	return nil
}

// A deadline is that of one direction.
type deadline struct {
	mu      sync.Mutex
	at      time.Time // zero means none
	timer   *time.Timer
	passed  chan struct{} // is closed when at has passed
	changed chan struct{} // is closed when at is set again
}

func newDeadline() *deadline {
	return &deadline{passed: make(chan struct{}), changed: make(chan struct{})}
}

func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	close(d.changed)
	d.at, d.passed, d.changed = t, make(chan struct{}), make(chan struct{})
	if t.IsZero() {
		return
	}
	passed := d.passed
	d.timer = time.AfterFunc(time.Until(t), func() { close(passed) })
}

func (d *deadline) wait() (passed, changed <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.passed, d.changed
}

func (d *deadline) expired() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.at.IsZero() && !time.Now().Before(d.at)
}
