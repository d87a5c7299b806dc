package dbservers

import (
	"context"
	"crypto/tls"
	"database/sql"
	"testing"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
)

// A session is one connection, by the driver for the kind of server.
type session struct {
	ask   func(ctx context.Context, query string) (string, error)
	close func()
}

// connect logs in, as User unless name and password say otherwise. It verifies
// the server as config says; nil means without TLS.
func connect(t *testing.T, s *Server, config *tls.Config, login ...string) (*session, error) {
	t.Helper()
	user, password := User, Password
	if len(login) == 2 {
		user, password = login[0], login[1]
	}
	var (
		opened *session
		err    error
	)
	if s.Kind == Postgres {
		opened, err = connectPostgres(t, s, config, user, password)
	} else {
		opened, err = connectMySQL(t, s, config, user, password)
	}
	if err == nil {
		t.Cleanup(opened.close)
	}
	return opened, err
}

func connectPostgres(t *testing.T, s *Server, config *tls.Config, user, password string) (*session, error) {
	t.Helper()
	cfg, err := pgx.ParseConfig("sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Host, cfg.Port, cfg.Database = s.Host, uint16(s.Port), Database
	cfg.User, cfg.Password = user, password
	cfg.TLSConfig = config
	if config != nil && len(config.NextProtos) > 0 {
		cfg.SSLNegotiation = "direct"
	}
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	if err != nil {
		return nil, err
	}
	return &session{
		ask: func(ctx context.Context, query string) (answer string, err error) {
			err = conn.QueryRow(ctx, query).Scan(&answer)
			return answer, err
		},
		close: func() { _ = conn.Close(context.Background()) }, // the server may have stopped
	}, nil
}

func connectMySQL(t *testing.T, s *Server, config *tls.Config, user, password string) (*session, error) {
	t.Helper()
	cfg := mysqldriver.NewConfig()
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", s.Addr, Database
	cfg.User, cfg.Passwd = user, password
	cfg.TLS = config
	cfg.Logger = &mysqldriver.NopLogger{} // refused connections are what is tested
	connector, err := mysqldriver.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(t.Context())
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return &session{
		ask: func(ctx context.Context, query string) (answer string, err error) {
			err = conn.QueryRowContext(ctx, query).Scan(&answer)
			return answer, err
		},
		close: func() { _ = conn.Close(); _ = db.Close() },
	}, nil
}

// wantAnswer fails the test unless the session can still answer.
func wantAnswer(t *testing.T, s *session, query, want string) {
	t.Helper()
	if got, err := s.ask(t.Context(), query); err != nil || got != want {
		t.Errorf("%s = %q, %v, want %q", query, got, err, want)
	}
}

// wantConnect fails the test unless the server lets User in and answers.
func wantConnect(t *testing.T, s *Server, config *tls.Config) *session {
	t.Helper()
	opened, err := connect(t, s, config)
	if err != nil {
		t.Fatalf("connect to %s: %v", s.Name(), err)
	}
	wantAnswer(t, opened, "SELECT 'hello'", "hello")
	return opened
}
