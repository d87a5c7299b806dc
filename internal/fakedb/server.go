// Package fakedb runs servers on the loopback interface that speak enough of the
// PostgreSQL and MySQL protocols for a login and a query, and that record every byte a
// client sends. Honest, they show that a client connects; hostile, they show what the
// client gives away.
//
// It serves tests and the quickstart demonstration, so it does not import testing.
package fakedb

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
)

// UnusedAddr is where no server listens. A port of the system's choice that was
// closed again would not do: another test can be given it.
const UnusedAddr = "127.0.0.1:1"

// A Server is a fake database server. [ListenPostgres] and [ListenMySQL] start one.
type Server struct {
	listener *net.TCPListener
	serve    func(*session)
	wg       sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	conns    []*Conn
	sentries map[string]chan struct{} // by the address they dial from; see Wait
}

// listen starts a server on a free port of 127.0.0.1 that calls serve for every
// connection, in a goroutine of its own.
func listen(serve func(*session)) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("fakedb: listen: %w", err)
	}
	s := &Server{
		listener: l.(*net.TCPListener),
		serve:    serve,
		sentries: make(map[string]chan struct{}),
	}
	s.wg.Add(1)
	go s.accept()
	return s, nil
}

// Addr returns the server's address, "127.0.0.1:port".
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Port returns the server's port.
func (s *Server) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// Conns returns the records of the connections accepted so far, oldest first.
func (s *Server) Conns() []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.conns)
}

// Wait returns the records of all connections, once every connection that was made before
// the call has ended, which is when the client has closed it. The records are then
// complete: a test that finds no password there has not merely looked too early. It
// fails when ctx is done or the server is closed.
func (s *Server) Wait(ctx context.Context) ([]*Conn, error) {
	if err := s.drainBacklog(ctx); err != nil {
		return nil, fmt.Errorf("fakedb: wait for connections to be accepted: %w", err)
	}
	conns := s.Conns()
	for i, c := range conns {
		select {
		case <-c.done:
		case <-ctx.Done():
			return nil, fmt.Errorf("fakedb: wait for connection %d of %d to end: %w", i+1, len(conns), ctx.Err())
		}
	}
	return conns, nil
}

// drainBacklog waits until the server has accepted the connections made so far. A client
// may have connected, given up and closed before the server's Accept returned. As they are
// accepted in order, a connection made now comes after all of them.
func (s *Server) drainBacklog(ctx context.Context) error {
	s.mu.Lock() // so that accept cannot see the sentry before it is registered
	if s.closed {
		s.mu.Unlock()
		return net.ErrClosed
	}
	var dialer net.Dialer
	sentry, err := dialer.DialContext(ctx, "tcp", s.Addr())
	if err != nil {
		s.mu.Unlock()
		return err
	}
	defer sentry.Close()
	accepted := make(chan struct{})
	s.sentries[sentry.LocalAddr().String()] = accepted
	s.mu.Unlock()
	select {
	case <-accepted:
		if s.isClosed() {
			return net.ErrClosed
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close stops the server, closes every connection and waits for the server's goroutines.
// It can be called again.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	err := s.listener.Close()
	for _, c := range s.conns {
		c.conn.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (s *Server) accept() {
	defer s.wg.Done()
	for {
		conn, err := s.listener.AcceptTCP()
		if err != nil {
			s.releaseSentries()
			return
		}
		s.start(conn)
	}
}

func (s *Server) start(conn *net.TCPConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := conn.RemoteAddr().String()
	if accepted, ok := s.sentries[from]; ok {
		delete(s.sentries, from)
		close(accepted)
		conn.Close()
		return
	}
	if s.closed {
		conn.Close()
		return
	}
	c := newConn(conn)
	s.conns = append(s.conns, c)
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		defer close(c.done)
		client := &session{Conn: c}
		s.serve(client)
		client.end()
	}()
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// releaseSentries releases those who wait for a closed server.
func (s *Server) releaseSentries() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for from, accepted := range s.sentries {
		delete(s.sentries, from)
		close(accepted)
	}
}
