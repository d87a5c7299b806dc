package inspect

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"strconv"
	"time"
)

// An observation is what one connection showed.
type observation struct {
	address  string
	protocol Protocol
	version  string // of a MySQL server, as it came

	tls   *TLS // nil if the handshake did not get that far
	chain []*x509.Certificate
	err   error // why the server is not verified
}

// observe makes one connection. It tries the addresses of a name one after the
// other, never two at once: a MySQL server counts the connection that is dropped.
func observe(ctx context.Context, target Target, cfg *tls.Config) (o observation) {
	dialer := net.Dialer{FallbackDelay: -1}
	begin := time.Now()
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(target.Host, strconv.Itoa(int(target.Port))))
	if err != nil {
		o.err = err
		return o
	}
	defer conn.Close()
	took := time.Since(begin)
	o.address = conn.RemoteAddr().String()
	// The end of ctx, also by Ctrl-C, ends what waits for the network.
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) }) //nolint:errcheck // it is closed anyway
	defer stop()
	deadline, _ := ctx.Deadline()

	buffered := &peekConn{Conn: conn, r: bufio.NewReaderSize(conn, maxGreeting)}
	o.protocol = target.protocol
	if o.protocol == Auto {
		if o.protocol, err = detect(buffered, window+4*took, deadline); err != nil {
			o.err = err
			return o
		}
	}
	if err := resetDeadline(ctx, conn); err != nil {
		o.err = err
		return o
	}
	switch o.protocol {
	case MySQL:
		o.version, err = askMySQL(buffered)
	case Postgres:
		err = askPostgres(buffered, deadline)
	}
	if err != nil {
		o.err = err
		return o
	}
	o.handshake(ctx, buffered, cfg)
	return o
}

// resetDeadline gives conn the deadline of ctx, after a shorter one.
func resetDeadline(ctx context.Context, conn net.Conn) error {
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	return ctx.Err() // which may have ended before, and was then overwritten
}

// detect waits for a greeting. Whoever keeps silent waits for the client to begin,
// as PostgreSQL does.
func detect(conn *peekConn, wait time.Duration, deadline time.Time) (Protocol, error) {
	until := time.Now().Add(wait)
	if until.After(deadline) {
		until = deadline
	}
	if err := conn.SetReadDeadline(until); err != nil {
		return "", err
	}
	_, err := conn.r.Peek(1)
	switch {
	case err == nil:
		return MySQL, nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Postgres, nil
	}
	return "", err
}

// handshake makes the TLS handshake, which verifies the server. A handshake that
// fails still shows the version, the cipher suite and the chain.
func (o *observation) handshake(ctx context.Context, conn net.Conn, cfg *tls.Config) {
	client := tls.Client(conn, cfg)
	err := client.HandshakeContext(ctx)
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		header := record.RecordHeader[:] // without the first byte of the greeting, its length: that was an "S"
		if o.protocol == Direct {
			header = header[1:]
		}
		if isLateGreeting(header) {
			err = errLateGreeting
		}
	}
	if err != nil && ctx.Err() != nil {
		err = errors.Join(err, ctx.Err())
	}
	o.err = err
	state := client.ConnectionState()
	o.chain = state.PeerCertificates
	var refused *tls.CertificateVerificationError
	if errors.As(err, &refused) {
		o.chain = refused.UnverifiedCertificates
	}
	if err == nil || len(o.chain) > 0 {
		o.tls = &TLS{Version: tls.VersionName(state.Version), CipherSuite: tls.CipherSuiteName(state.CipherSuite)}
		if state.CurveID != 0 {
			o.tls.KeyExchange = state.CurveID.String()
		}
	}
	if err == nil {
		client.Close() //nolint:errcheck // the farewell is a courtesy
	}
}

// pem returns the chain as presented.
func (o *observation) pem() []byte {
	var text []byte
	for _, c := range o.chain {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return text
}

// A peekConn is a connection whose first bytes can be looked at.
type peekConn struct {
	net.Conn
	r *bufio.Reader
}

func (c *peekConn) Read(b []byte) (int, error) { return c.r.Read(b) }
