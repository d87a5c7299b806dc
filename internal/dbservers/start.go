package dbservers

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	startTimeout  = time.Minute // much more than any server needs, on a busy machine too
	rotateTimeout = 20 * time.Second
	pingTimeout   = 5 * time.Second // of one attempt
	pollInterval  = 20 * time.Millisecond
	portAttempts  = 3
)

var errPortTaken = errors.New("port taken by another process")

// Start starts a server of the installation. [Start] is more convenient in a
// test.
func (in Installation) Start(opts Options) (*Server, error) {
	s, err := in.start(opts)
	if err != nil {
		return nil, fmt.Errorf("dbservers: start %s: %w", in.Name(), err)
	}
	return s, nil
}

func (in Installation) start(opts Options) (*Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	as, err := accountFor(in.Kind)
	if err != nil {
		return nil, err
	}
	in, err = ours.reachable(in, as)
	if err != nil {
		return nil, err
	}
	if opts.MinVersion == 0 {
		opts.MinVersion = tls.VersionTLS12
	}
	for attempt := 1; ; attempt++ {
		s := &Server{Installation: in, Host: "127.0.0.1", options: opts, engine: engineOf(in.Kind), account: as}
		err = s.launch(ctx)
		if err == nil {
			return s, nil
		}
		s.abandon()
		if !errors.Is(err, errPortTaken) || attempt == portAttempts {
			return nil, err
		}
	}
}

// launch takes a new Server to where it accepts logins. After an error the
// caller abandons it.
func (s *Server) launch(ctx context.Context) error {
	data, err := ours.initialized(ctx, s)
	if err != nil {
		return err
	}
	if s.dir, err = ours.newDir(string(s.Kind), s.account); err != nil {
		return err
	}
	if err := copyTree(data, s.file("data")); err != nil {
		return err
	}
	if err := s.account.own(s.file("data")); err != nil {
		return err
	}
	if err := s.writeCertificate(s.options.Chain, s.options.Key); err != nil {
		return err
	}
	if s.Port, err = freePort(); err != nil {
		return err
	}
	s.Addr = net.JoinHostPort(s.Host, strconv.Itoa(s.Port))
	argv, err := s.engine.configure(ctx, s)
	if err != nil {
		return err
	}
	s.process, err = program{argv: argv, as: s.account, dir: s.dir, log: s.file("log")}.start()
	if err != nil {
		return err
	}
	if err := s.waitReady(ctx); err != nil {
		return err
	}
	return s.engine.prepare(ctx, s)
}

// abandon ends what launch began.
func (s *Server) abandon() {
	// The error of launch is the one to report.
	if s.process != nil {
		_ = s.process.stop(s.engine.stopSignal())
	}
	_ = os.RemoveAll(s.dir)
}

// waitReady waits until the server would accept a login, or has ended.
func (s *Server) waitReady(ctx context.Context) error {
	err := s.poll(ctx, func(ctx context.Context) error { return s.engine.ping(ctx, s) })
	if err == nil {
		return nil
	}
	log := s.Log()
	for _, sign := range []string{
		"Address already in use",                  // PostgreSQL, MariaDB, MySQL: the text of EADDRINUSE
		"could not create any TCP/IP sockets",     // PostgreSQL
		"Can't start server: Bind on TCP/IP port", // MariaDB, MySQL
	} {
		if strings.Contains(log, sign) {
			err = fmt.Errorf("%w: %w", errPortTaken, err)
			break
		}
	}
	return fmt.Errorf("%w\n%s", err, log)
}

// poll calls attempt until it returns nil, ctx ends, or the server does.
func (s *Server) poll(ctx context.Context, attempt func(context.Context) error) error {
	for {
		bounded, cancel := context.WithTimeout(ctx, pingTimeout)
		err := attempt(bounded)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-s.process.done:
			return fmt.Errorf("server ended: %w", s.process.how)
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(pollInterval):
		}
	}
}

// freePort returns a port that was free a moment ago. Servers cannot report a
// port of the system's choice, so another process can still be quicker: see
// errPortTaken. The ports of the system's choice begin at 32768 (Linux) and 49152
// (macOS): below them are none of the thousands that the tests listen on.
func freePort() (int, error) {
	const first, end = 16384, 32768
	for {
		port := first + rand.IntN(end-first)
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, listener.Close()
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return 0, err
		}
	}
}
