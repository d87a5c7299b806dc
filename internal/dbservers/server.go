package dbservers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Options says how to set a server up. With the zero value it speaks no TLS.
type Options struct {
	// Chain and Key are the server's certificate with its intermediates, and its
	// private key, in PEM. Without them the server speaks no TLS.
	Chain, Key []byte

	// CA holds CA certificates, in PEM. With it, the server asks clients for a
	// certificate and accepts those that chain to it; SQL or HBA says who has to
	// have one. Oracle MySQL also needs the roots of its own certificates here,
	// of all it is to have, for [Server.Rotate].
	CA []byte

	// AllowPlaintext also lets clients in that do not use TLS. Otherwise a server
	// with a certificate refuses them.
	AllowPlaintext bool

	// MinVersion and MaxVersion bound the TLS versions, as in [tls.Config]. Zero
	// means 1.2 and the server's highest. Below 1.2 the server's security level
	// is lowered as well; Oracle MySQL has no such versions any more.
	MinVersion, MaxVersion uint16

	// SQL holds statements without a result, one line each, that a superuser runs
	// in [Database] before Start returns.
	SQL []string

	// Settings are further "name=value" settings of the server: lines of
	// postgresql.conf, or options of mariadbd or mysqld without their dashes.
	Settings []string

	// HBA are lines put before the others in PostgreSQL's pg_hba.conf.
	HBA []string
}

// A Server is a running server.
type Server struct {
	Installation
	Host string // always "127.0.0.1"
	Port int
	Addr string // Host and Port

	options Options
	engine  engine
	account account
	dir     string
	process *process

	rotating sync.Mutex
	stopOnce sync.Once
	stopErr  error
	lastLog  string // once it has stopped
}

// Stop stops the server and removes its files. Only the first call does so; all
// return the same error.
func (s *Server) Stop() error {
	s.stopOnce.Do(func() {
		if err := s.process.stop(s.engine.stopSignal()); err != nil {
			s.stopErr = fmt.Errorf("dbservers: %s: %w\n%s", s.Name(), err, s.Log())
		}
		s.lastLog = s.Log()
		if err := os.RemoveAll(s.dir); err != nil {
			s.stopErr = errors.Join(s.stopErr, err)
		}
	})
	return s.stopErr
}

// Log returns the end of what the server has logged.
func (s *Server) Log() string {
	if s.lastLog != "" {
		return s.lastLog
	}
	return tail(s.file("log"))
}

// file returns the path of one of the server's own files.
func (s *Server) file(name string) string { return filepath.Join(s.dir, name) }

// hasTLS reports whether the server has a certificate.
func (s *Server) hasTLS() bool { return s.options.Chain != nil }

// run runs one of the installation's programs to its end.
func (s *Server) run(ctx context.Context, input string, argv []string) error {
	return program{argv: argv, as: s.account, dir: s.dir, log: s.file("log"), input: input}.run(ctx)
}
