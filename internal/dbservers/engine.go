package dbservers

import (
	"context"
	"crypto/tls"
	"os"
)

// An engine is what differs from one kind of server to the next.
type engine interface {
	// initializer returns the command that creates a data directory, s.file("data"),
	// for any server of the installation, and what is done there with SQL afterwards.
	// Of s, only the installation, account and directory are set.
	initializer(s *Server) (command, statements []string)

	// initialize does what initializer returns.
	initialize(ctx context.Context, s *Server) error

	// configure writes the server's files and returns the command line that
	// starts it.
	configure(ctx context.Context, s *Server) ([]string, error)

	// ping reports nil once the server would accept a login.
	ping(ctx context.Context, s *Server) error

	// prepare finishes what configure could not do without a running server.
	prepare(ctx context.Context, s *Server) error

	// reload makes the server read its certificate again.
	reload(ctx context.Context, s *Server) error

	// connect connects with TLS, to the port, and returns the driver's error.
	connect(ctx context.Context, s *Server, config *tls.Config) error

	// stopSignal asks for an orderly stop that does not wait for clients.
	stopSignal() os.Signal
}

func engineOf(kind Kind) engine {
	if kind == Postgres {
		return postgres{}
	}
	return mysql{kind}
}
