// Package slowlink puts a delay between a client and a server on one machine, so
// that a benchmark can count round trips.
package slowlink

import (
	"fmt"
	"net"
	"sync"
	"time"
)

// A Link accepts connections and passes them on, in both directions late.
type Link struct {
	listener net.Listener
	target   string
	delay    time.Duration
	relaying sync.WaitGroup

	mu     sync.Mutex
	closed bool
	conns  []net.Conn
}

// Listen starts a link to a server at target. Whatever is sent arrives delay
// later, in either direction; the connection itself is accepted at once, as the
// kernel does that.
func Listen(target string, delay time.Duration) (*Link, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("slowlink: %w", err)
	}
	l := &Link{listener: listener, target: target, delay: delay}
	l.relaying.Go(l.accept)
	return l, nil
}

// Addr returns the address to connect to, "127.0.0.1:port".
func (l *Link) Addr() string { return l.listener.Addr().String() }

// Close ends every connection, and waits for the link's goroutines.
func (l *Link) Close() error {
	l.mu.Lock()
	l.closed = true
	err := l.listener.Close()
	for _, conn := range l.conns {
		conn.Close()
	}
	l.mu.Unlock()
	l.relaying.Wait()
	return err
}

func (l *Link) accept() {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return // closed
		}
		server, err := net.Dial("tcp", l.target)
		if err != nil {
			client.Close()
			continue
		}
		if !l.keep(client, server) {
			return
		}
		l.relaying.Go(func() { l.relay(server, client) })
		l.relaying.Go(func() { l.relay(client, server) })
	}
}

// keep has Close close the connections. If it has been called, keep does.
func (l *Link) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, conns...)
	if l.closed {
		for _, conn := range conns {
			conn.Close()
		}
	}
	return !l.closed
}

// A parcel is what was sent at once.
type parcel struct {
	bytes []byte
	due   time.Time
}

// relay passes on what from sends, until it ends, and then ends to.
func (l *Link) relay(to, from net.Conn) {
	parcels := make(chan parcel, 1024)
	l.relaying.Go(func() {
		defer close(parcels)
		for {
			buffer := make([]byte, 32<<10)
			n, err := from.Read(buffer)
			if n > 0 {
				parcels <- parcel{buffer[:n], time.Now().Add(l.delay)}
			}
			if err != nil {
				return
			}
		}
	})
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for p := range parcels {
		timer.Reset(time.Until(p.due))
		<-timer.C
		_, _ = to.Write(p.bytes) // fails if to is closed; from goes on being read
	}
	_ = to.(interface{ CloseWrite() error }).CloseWrite()
}
