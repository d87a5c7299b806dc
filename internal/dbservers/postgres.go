package dbservers

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgres is the engine of PostgreSQL.
type postgres struct{}

func (postgres) initializer(s *Server) (command, statements []string) {
	command = s.command(s.initializer, "--pgdata="+s.file("data"),
		"--username="+User, "--pwfile="+s.file("password"), "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=C", "--no-sync", "--wal-segsize=1")
	// Every database is 300 files more to copy for every server: none is created for
	// the tests, and the template that nothing uses goes.
	return command, []string{
		"ALTER DATABASE postgres RENAME TO " + Database,
		"ALTER DATABASE template0 IS_TEMPLATE false",
		"DROP DATABASE template0",
	}
}

func (e postgres) initialize(ctx context.Context, s *Server) error {
	if err := s.account.writeFile(s.file("password"), []byte(Password+"\n"), 0o600); err != nil {
		return err
	}
	command, statements := e.initializer(s)
	if err := s.run(ctx, "", command); err != nil {
		return err
	}
	return e.execute(ctx, s, "template1", statements...)
}

// execute uses the single-user mode, which needs no client, no login and no
// running server (https://www.postgresql.org/docs/current/app-postgres.html).
func (postgres) execute(ctx context.Context, s *Server, database string, statements ...string) error {
	if len(statements) == 0 {
		return nil
	}
	return s.run(ctx, strings.Join(statements, "\n")+"\n", s.command(s.server,
		"--single", "-D", s.file("data"), "-F", "-c", "exit_on_error=on", database))
}

func (e postgres) configure(ctx context.Context, s *Server) ([]string, error) {
	if err := e.execute(ctx, s, Database, s.options.SQL...); err != nil {
		return nil, err
	}
	settings := []string{
		"listen_addresses = '127.0.0.1'",
		fmt.Sprintf("port = %d", s.Port),
		fmt.Sprintf("unix_socket_directories = '%s'", s.dir),
		"fsync = off",
		"synchronous_commit = off",
		"shared_buffers = 16MB",
		"log_connections = on",
	}
	connection := "host"
	if s.hasTLS() {
		settings = append(settings, e.tlsSettings(s)...)
		if !s.options.AllowPlaintext {
			connection = "hostssl"
		}
	}
	settings = append(settings, s.options.Settings...)
	hba := append(s.options.HBA[:len(s.options.HBA):len(s.options.HBA)],
		"local all all scram-sha-256",
		connection+" all all 127.0.0.1/32 scram-sha-256")
	for name, lines := range map[string][]string{"settings.conf": settings, "hba.conf": hba} {
		if err := s.account.writeFile(s.file(name), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			return nil, err
		}
	}
	return s.command(s.server, "-D", s.file("data"),
		"--config_file="+s.file("settings.conf"), "--hba_file="+s.file("hba.conf")), nil
}

func (postgres) tlsSettings(s *Server) []string {
	names := map[uint16]string{
		0:                "",
		tls.VersionTLS10: "TLSv1",
		tls.VersionTLS11: "TLSv1.1",
		tls.VersionTLS12: "TLSv1.2",
		tls.VersionTLS13: "TLSv1.3",
	}
	settings := []string{
		"ssl = on",
		fmt.Sprintf("ssl_cert_file = '%s'", s.file(chainFile)),
		fmt.Sprintf("ssl_key_file = '%s'", s.file(keyFile)),
		fmt.Sprintf("ssl_min_protocol_version = '%s'", names[s.options.MinVersion]),
		fmt.Sprintf("ssl_max_protocol_version = '%s'", names[s.options.MaxVersion]),
	}
	if s.options.MinVersion < tls.VersionTLS12 {
		settings = append(settings, fmt.Sprintf("ssl_ciphers = '%s'", obsoleteCiphers))
	}
	if s.options.CA != nil {
		settings = append(settings, fmt.Sprintf("ssl_ca_file = '%s'", s.file(caFile)))
	}
	return settings
}

// ping logs in through the Unix socket.
func (e postgres) ping(ctx context.Context, s *Server) error { return e.login(ctx, s, s.dir, nil) }

func (e postgres) connect(ctx context.Context, s *Server, config *tls.Config) error {
	return e.login(ctx, s, s.Host, config)
}

// login logs in at a host, or the directory of a socket, and leaves again.
func (postgres) login(ctx context.Context, s *Server, host string, config *tls.Config) error {
	cfg, err := pgconn.ParseConfig("sslmode=disable")
	if err != nil {
		return err
	}
	cfg.Host, cfg.Port, cfg.User, cfg.Password, cfg.Database = host, uint16(s.Port), User, Password, Database
	cfg.TLSConfig, cfg.Fallbacks = config, nil
	conn, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// prepare has nothing to do: configure could run the statements.
func (postgres) prepare(context.Context, *Server) error { return nil }

// reload only asks: the server reads its files at some time after the signal.
func (postgres) reload(_ context.Context, s *Server) error {
	return s.process.process.Signal(syscall.SIGHUP)
}

// stopSignal is that of PostgreSQL's fast shutdown.
func (postgres) stopSignal() os.Signal { return os.Interrupt }
