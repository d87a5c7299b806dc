package fakedb

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgproto3"
)

// PostgresOptions describes a PostgreSQL server. The zero value has no TLS and refuses
// clients.
type PostgresOptions struct {
	// TLS is the server's configuration. If nil, the server answers SSLRequest with 'N'.
	TLS *tls.Config

	// Direct makes the server accept TLS from the first byte, as PostgreSQL 17 does. A real
	// server's TLS.NextProtos is "postgresql".
	Direct bool

	// Plaintext makes the server continue with a client that does not use TLS. Otherwise it
	// refuses it after its startup message, as RDS does (rds.force_ssl).
	Plaintext bool

	// Auth is how the server wants clients to prove who they are.
	Auth PostgresAuth

	// Login decides about logins. If nil, the server accepts every one.
	Login func(Login) *LoginError

	// Behavior is what is wrong with the server.
	Behavior Behavior
}

// PostgresAuth is a request for authentication.
type PostgresAuth int

// The requests that a server can make. Servers on RDS ask for the password in cleartext when
// the user has the role rds_iam, and attackers always.
const (
	AuthCleartext PostgresAuth = iota
	AuthMD5
	AuthTrust
	AuthOAuth // the password of the Login is the response with the token (RFC 7628)
)

// The codes that stand in place of a protocol version in a client's first message. See
// "Message Formats" in the PostgreSQL documentation.
const (
	cancelRequest = 80877102
	sslRequest    = 80877103
	gssEncRequest = 80877104
)

// ListenPostgres starts a PostgreSQL server.
func ListenPostgres(opts PostgresOptions) (*Server, error) {
	p := &postgres{opts: opts, security: newSecurity(opts.TLS, opts.Behavior)}
	return listen(p.serve)
}

type postgres struct {
	opts     PostgresOptions
	security security
}

func (p *postgres) serve(s *session) {
	if !p.opts.Behavior.Connect.run(s.network()) {
		return
	}
	startup, ok := p.negotiate(s)
	if !ok {
		return
	}
	login := s.setLogin(func(l *Login) {
		l.User, l.Database = startup.Parameters["user"], startup.Parameters["database"]
	})
	client := &postgresSession{session: s, backend: pgproto3.NewBackend(s, s), statements: make(map[string]string)}
	if s.tls == nil && !p.opts.Plaintext {
		client.refuse(&LoginError{SQLState: "28000", Message: fmt.Sprintf(
			"no pg_hba.conf entry for host \"127.0.0.1\", user %q, database %q, no encryption", login.User, login.Database)})
		return
	}
	if client.authenticate(p.opts.Auth, p.opts.Login) {
		client.serve()
	}
}

// negotiate continues until the client sends its startup message.
func (p *postgres) negotiate(s *session) (startup *pgproto3.StartupMessage, ok bool) {
	for {
		first := make([]byte, 1)
		if _, err := io.ReadFull(s, first); err != nil {
			return nil, false
		}
		if first[0] == recordTypeHandshake && s.tls == nil && p.opts.Direct && p.security.tls != nil {
			if !p.security.startTLS(s, first...) {
				return nil, false
			}
			continue
		}
		code, body, err := readStartup(io.MultiReader(bytes.NewReader(first), s))
		if err != nil {
			return nil, false
		}
		switch code {
		case cancelRequest:
			return nil, false
		case sslRequest:
			ok = s.tls == nil && p.answer(s)
		case gssEncRequest:
			ok = Send([]byte("N"))(s.network())
		default:
			startup = new(pgproto3.StartupMessage)
			return startup, startup.Decode(body) == nil
		}
		if !ok {
			return nil, false
		}
	}
}

// answer answers an SSLRequest. It reports whether the connection continues.
func (p *postgres) answer(s *session) bool {
	reply := p.opts.Behavior.Request
	switch {
	case reply != nil:
	case p.security.tls != nil:
		reply = Send([]byte("S"))
	default:
		reply = Send([]byte("N"))
	}
	return reply(s.network()) && (p.security.tls == nil || p.security.startTLS(s))
}

// readStartup reads a message of the kind that has no type byte, and not one byte more:
// what follows may be a ClientHello.
func readStartup(r io.Reader) (code uint32, body []byte, err error) {
	var header [4]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return 0, nil, err
	}
	// The limit is PostgreSQL's MAX_STARTUP_PACKET_LENGTH.
	n := binary.BigEndian.Uint32(header[:])
	if n < 8 || n > 10_000 {
		return 0, nil, fmt.Errorf("fakedb: startup message: length %d", n)
	}
	body = make([]byte, n-4)
	if _, err := io.ReadFull(r, body); err != nil {
		return 0, nil, err
	}
	return binary.BigEndian.Uint32(body), body, nil
}
