package main

import (
	"context"
	"crypto/tls"
	"expvar"
	"log/slog"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/rdstls"
)

// A monitor holds the metrics of the connections to one database.
type monitor struct {
	log  *slog.Logger
	vars expvar.Map // of the three below

	failures expvar.Map // attempts that failed, by reason
	versions expvar.Map // connections established, by version of TLS
	expiry   expvar.Map // when the certificate that was last seen expires, in Unix seconds, by server
}

func newMonitor(log *slog.Logger) *monitor {
	m := &monitor{log: log}
	m.vars.Set("connect_failures", &m.failures)
	m.vars.Set("tls_versions", &m.versions)
	m.vars.Set("certificate_expires", &m.expiry)
	return m
}

// failed is for the error of an attempt to connect. Reasons are a short, fixed
// list, so they fit a label. Advice is a sentence for whoever is on call, and
// belongs into the log.
//
// Programs with database/sql call it where Ping or a query fails: errors of
// queries that have nothing to do with entering a server come out as "other".
func (m *monitor) failed(ctx context.Context, err error) {
	reason, advice := "other", ""
	if d, ok := rdstls.Diagnose(err); ok {
		reason, advice = string(d.Reason), d.Advice
	}
	m.failures.Add(reason, 1)
	// Only the text of err: pgx's ConnectError also holds its whole configuration,
	// password included, for a handler that prints fields.
	m.log.ErrorContext(ctx, "no connection to the database", "reason", reason, "advice", advice, "error", err.Error())
}

// connected is for the TLS state of a connection that was established.
//
// Do not count servers in tls.Config.VerifyConnection instead: crypto/tls calls it
// before the server has proved that it holds the key of its certificate, so it also
// runs for an attacker with a copy of the certificate.
func (m *monitor) connected(cs tls.ConnectionState) {
	m.versions.Add(tls.VersionName(cs.Version), 1)
	expires := new(expvar.Int)
	expires.Set(cs.PeerCertificates[0].NotAfter.Unix())
	m.expiry.Set(cs.ServerName, expires)
}

// TraceConnectEnd makes m a pgx.ConnectTracer. (pgx has one tracer; its package
// multitracer serves several.) pgx calls it for every attempt, also for those that a
// pool makes in the background: nobody else sees their errors.
func (m *monitor) TraceConnectEnd(ctx context.Context, data pgx.TraceConnectEndData) {
	if data.Err != nil {
		m.failed(ctx, data.Err)
	} else if conn, ok := data.Conn.PgConn().Conn().(*tls.Conn); ok {
		m.connected(conn.ConnectionState())
	}
}

// TraceConnectStart has nothing to do.
func (m *monitor) TraceConnectStart(ctx context.Context, _ pgx.TraceConnectStartData) context.Context {
	return ctx
}

// TraceQueryStart has nothing to do, but pgx takes only tracers of queries.
func (m *monitor) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

// TraceQueryEnd has nothing to do.
func (m *monitor) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
