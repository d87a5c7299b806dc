package sessions

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"strings"
	"time"

	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// Drivers of connection strings.
const (
	Postgres = "postgres"
	MySQL    = "mysql"
)

// ErrForm is returned for a connection string of neither driver's form.
var ErrForm = errors.New("the connection string has no form that is known: postgres://… or host=… for PostgreSQL, " +
	"user@tcp(host:3306)/database for MySQL and MariaDB")

// ErrSeveral is returned for a connection string with several servers: a report
// covers one.
var ErrSeveral = errors.New("the connection string names several servers: look at one after the other")

// DriverOf returns the driver that a connection string is for, by its form.
func DriverOf(connString string) (string, error) {
	lower := strings.ToLower(strings.TrimSpace(connString))
	switch {
	case strings.HasPrefix(lower, "postgres://"), strings.HasPrefix(lower, "postgresql://"):
		return Postgres, nil
	case strings.Contains(lower, "tcp("):
		return MySQL, nil
	case strings.Contains(lower, "host=") && !strings.Contains(lower, "://"):
		return Postgres, nil
	}
	return "", ErrForm
}

// Server is a database to look at.
type Server struct {
	driver   string
	endpoint string
	db       *sql.DB
}

// Open prepares to connect, verified. It does not connect yet.
func Open(driver, connString string, opts *rdstls.Options) (*Server, error) {
	s := &Server{driver: driver}
	if driver == Postgres {
		cfg, err := rdspgx.ParseConfig(connString, opts)
		if err != nil {
			return nil, err
		}
		s.endpoint = cfg.Host
		for _, other := range cfg.Fallbacks {
			if other.Host != cfg.Host || other.Port != cfg.Port {
				return nil, ErrSeveral
			}
		}
		s.db, err = rdspgx.OpenDB(connString, opts)
		if err != nil {
			return nil, err
		}
	} else {
		cfg, err := rdsmysql.ParseDSN(connString)
		if err != nil {
			return nil, err
		}
		s.endpoint = cfg.Addr
		if host, _, err := net.SplitHostPort(cfg.Addr); err == nil {
			s.endpoint = host
		}
		connector, err := rdsmysql.NewConnector(cfg, opts)
		if err != nil {
			return nil, err
		}
		s.db = sql.OpenDB(connector)
	}
	if opts.ServerName != "" {
		s.endpoint = opts.ServerName
		if host, _, err := net.SplitHostPort(opts.ServerName); err == nil {
			s.endpoint = host
		}
	}
	s.db.SetMaxOpenConns(1)
	return s, nil
}

// Close ends the connection.
func (s *Server) Close() error { return s.db.Close() }

// perSample bounds one sample.
const perSample = time.Minute

// Sample looks at the sessions once.
func (s *Server) Sample(ctx context.Context) (*Report, error) {
	ctx, cancel := context.WithTimeout(ctx, perSample)
	defer cancel()
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // it goes back to the pool
	r := &Report{Endpoint: s.endpoint, Samples: 1}
	r.noteEndpoint()
	if s.driver == Postgres {
		err = postgres(ctx, conn, r)
	} else {
		err = mysqlFamily(ctx, conn, r)
	}
	r.sort()
	return r, err
}

// noteEndpoint says what a report describes, if the endpoint is not that of one
// instance.
func (r *Report) noteEndpoint() {
	e, err := rdstls.ParseEndpoint(r.Endpoint)
	if err != nil {
		return
	}
	switch e.Kind {
	case rdstls.KindProxy:
		r.proxy = true
		r.note("The connection leads through RDS Proxy: this describes the connections between proxy and database, not those of clients.")
	case rdstls.KindCluster, rdstls.KindReader, rdstls.KindCustom, rdstls.KindGlobal, rdstls.KindShardGroup:
		r.note("This describes only the instance that answered. Other instances of the cluster have clients of their own: " +
			"run it for the endpoint of each instance.")
	}
}

// Watch looks every interval until length has passed or ctx ends, and
// accumulates. A later sample that fails is noted: the watch goes on.
func (s *Server) Watch(ctx context.Context, interval, length time.Duration, progress func(samples int)) (*Report, error) {
	total, err := s.Sample(ctx)
	if err != nil || interval <= 0 {
		return total, err
	}
	end := time.NewTimer(length)
	defer end.Stop()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		progress(total.Samples)
		select {
		case <-ctx.Done():
			total.sort()
			return total, nil
		case <-end.C:
			total.sort()
			return total, nil
		case <-tick.C:
		}
		next, err := s.Sample(ctx)
		switch {
		case err == nil:
			total.add(next)
		case ctx.Err() == nil:
			total.failed = true
			total.note("A sample failed: clients that connected at that time may be missing.")
		}
	}
}
