package dbservers

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// postgres is the engine of PostgreSQL.
type postgres struct{}

func (e postgres) initialise(ctx context.Context, s *Server) error {
	password := s.file("password")
	if err := s.account.writeFile(password, []byte(Password+"\n"), 0o600); err != nil {
		return err
	}
	err := s.run(ctx, "", s.command(s.initialiser, "--pgdata="+s.file("data"),
		"--username="+User, "--pwfile="+password, "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=C", "--no-sync", "--wal-segsize=1"))
	if err != nil {
		return err
	}
	// Not a further database: each is 300 files more to copy for every server.
	return e.execute(ctx, s, "template1", "ALTER DATABASE postgres RENAME TO "+Database)
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
		fmt.Sprintf("unix_socket_directories = '%s'", s.folder),
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

// Requests of PostgreSQL's protocol
// (https://www.postgresql.org/docs/current/protocol-message-formats.html).
const (
	sslRequest      = 80877103
	protocolVersion = 3 << 16
)

// ping begins to log in. A server that asks for the password is ready.
func (postgres) ping(ctx context.Context, s *Server) error {
	conn, err := dial(ctx, "unix", s.file(fmt.Sprintf(".s.PGSQL.%d", s.Port)))
	if err != nil {
		return err
	}
	defer conn.Close()
	body := "user\x00" + User + "\x00database\x00" + Database + "\x00\x00"
	message := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	message = binary.BigEndian.AppendUint32(message, protocolVersion)
	if _, err := conn.Write(append(message, body...)); err != nil {
		return err
	}
	var answer [1]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return err
	}
	if answer[0] != 'R' { // AuthenticationRequest; an error while it starts up
		return fmt.Errorf("answered a login with %q", answer)
	}
	return nil
}

// prepare has nothing to do: configure could run the statements.
func (postgres) prepare(context.Context, *Server) error { return nil }

func (postgres) startTLS(conn net.Conn) error {
	message := binary.BigEndian.AppendUint32(nil, 8)
	message = binary.BigEndian.AppendUint32(message, sslRequest)
	if _, err := conn.Write(message); err != nil {
		return err
	}
	var answer [1]byte
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return err
	}
	if answer[0] != 'S' {
		return errors.New("server refused TLS")
	}
	return nil
}

// reload only asks: the server reads its files at some time after the signal.
func (postgres) reload(_ context.Context, s *Server) error {
	return s.process.process.Signal(syscall.SIGHUP)
}

// stopSignal is that of PostgreSQL's fast shutdown.
func (postgres) stopSignal() os.Signal { return os.Interrupt }
