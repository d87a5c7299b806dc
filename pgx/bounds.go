package rdspgx

import (
	"context"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/rdstls/go/internal/adapter"
)

// maxAddresses bounds the addresses of one host. pgx, as libpq, gives each of them
// the whole ConnectTimeout, so an attacker who answers for DNS could hold an attempt
// for hours. RDS names have a few.
const maxAddresses = 16

// bounds adds to the functions of a configuration the deadlines that pgx does not
// set: LookupFunc gets the context of the caller, a cancel request with
// context.Background has none, and connections without deadlines never end.
type bounds struct {
	timeout     time.Duration // ConnectTimeout
	lookup      pgconn.LookupFunc
	dial        pgconn.DialFunc
	certificate bool // the client has one
}

func (b *bounds) lookupFunc(ctx context.Context, host string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	addrs, err := b.lookup(ctx, host)
	return addrs[:min(len(addrs), maxAddresses)], err
}

func (b *bounds) dialFunc(ctx context.Context, network, addr string) (net.Conn, error) {
	deadline, bounded := ctx.Deadline()
	if !bounded {
		deadline = time.Now().Add(b.timeout)
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline)
		defer cancel()
	}
	conn, err := b.dial(ctx, network, addr)
	if err == nil && conn == nil {
		err = adapter.ErrNoConn // pgx panics
	}
	if err != nil {
		return conn, err
	}
	conn = adapter.WithDeadlines(conn)
	if b.certificate {
		conn = adapter.WithholdCertificate(conn)
	}
	if !bounded {
		// Of a cancel request, for which nobody sets one. The guard takes it from others.
		_ = conn.SetDeadline(deadline)
	}
	return conn, nil
}

// setBounds installs bounds.
func setBounds(cfg *pgx.ConnConfig, certificate bool) {
	b := &bounds{timeout: cfg.ConnectTimeout, lookup: cfg.LookupFunc, dial: cfg.DialFunc, certificate: certificate}
	if b.lookup != nil {
		cfg.LookupFunc = b.lookupFunc
	}
	if b.dial != nil {
		cfg.DialFunc = b.dialFunc
	}
	closeOnPanic(&cfg.Config)
}

// closeOnPanic makes the hooks that pgx runs after the guard close the connection if
// they panic. pgx does not.
func closeOnPanic(cfg *pgconn.Config) {
	if build := cfg.BuildFrontend; build != nil {
		cfg.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend { // w is the connection
			return closingConn(w, func() *pgproto3.Frontend { return build(r, w) })
		}
	}
	if build := cfg.BuildContextWatcherHandler; build != nil {
		cfg.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
			return closing(conn, func() ctxwatch.Handler { return build(conn) })
		}
	}
	if validate := cfg.ValidateConnect; validate != nil {
		cfg.ValidateConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
			return closing(conn, func() error { return validate(ctx, conn) })
		}
	}
	if after := cfg.AfterConnect; after != nil {
		cfg.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
			return closing(conn, func() error { return after(ctx, conn) })
		}
	}
	if notice := cfg.OnNotice; notice != nil {
		cfg.OnNotice = func(conn *pgconn.PgConn, n *pgconn.Notice) {
			closing(conn, func() bool { notice(conn, n); return true })
		}
	}
	if notification := cfg.OnNotification; notification != nil {
		cfg.OnNotification = func(conn *pgconn.PgConn, n *pgconn.Notification) {
			closing(conn, func() bool { notification(conn, n); return true })
		}
	}
	if pgError := cfg.OnPgError; pgError != nil {
		cfg.OnPgError = func(conn *pgconn.PgConn, err *pgconn.PgError) bool {
			return closing(conn, func() bool { return pgError(conn, err) })
		}
	}
}

// closeOnTokenPanic does the same for OAuthTokenProvider, which does not know the
// connection. cfg must be that of one connection.
func closeOnTokenPanic(cfg *pgconn.Config, conn net.Conn) {
	if provide := cfg.OAuthTokenProvider; provide != nil {
		cfg.OAuthTokenProvider = func(ctx context.Context) (token string, err error) {
			return closingConn(conn, func() string {
				token, err = provide(ctx)
				return token
			}), err
		}
	}
}

func closing[T any](conn *pgconn.PgConn, hook func() T) T {
	if conn == nil { // the program calls its hook itself
		return hook()
	}
	return closingConn(conn.Conn(), hook)
}

func closingConn[T any](conn any, hook func() T) T {
	returned := false
	defer func() {
		if closer, ok := conn.(io.Closer); ok && !returned {
			_ = closer.Close()
		}
	}()
	result := hook()
	returned = true
	return result
}
