package dbservers

import (
	"context"
	"crypto/tls"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"syscall"

	mysqldriver "github.com/go-sql-driver/mysql"
)

// mysql is the engine of MariaDB and of Oracle MySQL, which differ in little
// that matters here.
type mysql struct{ kind Kind }

// rootUser can log in without a password, through the Unix socket alone.
const rootUser = "root"

func (e mysql) initializer(s *Server) (command, statements []string) {
	if e.kind == MySQL {
		return e.mysqld(s, "--initialize-insecure", smallLog(e.kind)), nil
	}
	return s.command(s.initializer, "--no-defaults", "--basedir="+s.Root,
		"--datadir="+s.file("data"), "--auth-root-authentication-method=normal", "--skip-test-db", smallLog(e.kind)), nil
}

func (e mysql) initialize(ctx context.Context, s *Server) error {
	command, _ := e.initializer(s)
	return s.run(ctx, "", command)
}

// smallLog keeps what has to be copied for every server small: 100 MB otherwise.
func smallLog(kind Kind) string {
	if kind == MySQL {
		return "--innodb-redo-log-capacity=8M"
	}
	return "--innodb-log-file-size=8M"
}

// mysqld returns the command line of the server with what every run needs.
func (e mysql) mysqld(s *Server, options ...string) []string {
	fixed := []string{"--no-defaults", "--basedir=" + s.Root, "--datadir=" + s.file("data")}
	if len(s.loader) > 0 { // unpacked: nothing is where it was built to be
		usr := s.path("usr")
		fixed = []string{
			"--no-defaults", "--basedir=" + usr, "--datadir=" + s.file("data"),
			"--lc-messages-dir=" + usr + "/share/mysql",
			"--character-sets-dir=" + usr + "/share/mysql/charsets",
			"--plugin-dir=" + usr + "/lib/mysql/plugin",
		}
	}
	return s.command(s.server, append(fixed, options...)...)
}

func (e mysql) configure(_ context.Context, s *Server) ([]string, error) {
	options := []string{
		"--socket=" + s.file("socket"),
		"--pid-file=" + s.file("pid"),
		"--bind-address=" + s.Host,
		fmt.Sprintf("--port=%d", s.Port),
		"--skip-name-resolve", // also: failed handshakes do not block the host
		"--innodb-flush-log-at-trx-commit=0",
		smallLog(e.kind),
		"--innodb-buffer-pool-size=32M",
		"--performance-schema=OFF",
		"--skip-log-bin",
	}
	if e.kind == MySQL {
		// A second protocol on a second port; and, unless NULL, a directory that has
		// to exist where the package was built to have it.
		options = append(options, "--mysqlx=OFF", "--secure-file-priv=NULL")
	}
	options = append(options, e.tlsOptions(s)...)
	for _, setting := range s.options.Settings {
		options = append(options, "--"+setting)
	}
	return e.mysqld(s, options...), nil
}

func (e mysql) tlsOptions(s *Server) []string {
	if !s.hasTLS() {
		if e.kind == MySQL {
			return []string{"--tls-version="} // 8.4 has no --skip-ssl any more
		}
		return []string{"--skip-ssl"}
	}
	var versions []string
	for _, v := range []struct {
		number uint16
		name   string
	}{
		{tls.VersionTLS10, "TLSv1.0"},
		{tls.VersionTLS11, "TLSv1.1"},
		{tls.VersionTLS12, "TLSv1.2"},
		{tls.VersionTLS13, "TLSv1.3"},
	} {
		if v.number >= s.options.MinVersion && (s.options.MaxVersion == 0 || v.number <= s.options.MaxVersion) {
			versions = append(versions, v.name)
		}
	}
	options := []string{
		"--ssl-cert=" + s.file(chainFile),
		"--ssl-key=" + s.file(keyFile),
		"--tls-version=" + strings.Join(versions, ","),
	}
	if s.options.MinVersion < tls.VersionTLS12 {
		options = append(options, "--ssl-cipher="+obsoleteCiphers)
	}
	if s.options.CA != nil {
		options = append(options, "--ssl-ca="+s.file(caFile))
	}
	if !s.options.AllowPlaintext {
		options = append(options, "--require-secure-transport=ON")
	}
	return options
}

// ping logs in through the Unix socket: before prepare, no account may come from
// the port.
func (e mysql) ping(ctx context.Context, s *Server) error { return e.execute(ctx, s) }

func (mysql) connect(ctx context.Context, s *Server, config *tls.Config) error {
	cfg := mysqldriver.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.Passwd, cfg.TLS = "tcp", s.Addr, User, Password, config
	return withSession(ctx, cfg, func(*sql.Conn) error { return nil })
}

// prepare makes the accounts and runs the statements of Options.
func (e mysql) prepare(ctx context.Context, s *Server) error {
	identified := "IDENTIFIED BY"
	if e.kind == MySQL {
		identified = "IDENTIFIED WITH caching_sha2_password BY"
	}
	return e.execute(ctx, s, append([]string{
		"CREATE DATABASE " + Database,
		fmt.Sprintf("CREATE USER '%s'@'%%' %s '%s'", User, identified, Password),
		fmt.Sprintf("GRANT ALL ON *.* TO '%s'@'%%' WITH GRANT OPTION", User),
		// MariaDB makes these. Through TCP nobody may do without a password.
		"DROP USER IF EXISTS '" + rootUser + "'@'127.0.0.1', '" + rootUser + "'@'::1'",
		"USE " + Database,
	}, s.options.SQL...)...)
}

func (e mysql) reload(ctx context.Context, s *Server) error {
	if e.kind == MySQL {
		return e.execute(ctx, s, "ALTER INSTANCE RELOAD TLS")
	}
	return e.execute(ctx, s, "FLUSH SSL")
}

// execute runs statements through the Unix socket, which counts as secure: TLS
// may be required, or broken.
func (mysql) execute(ctx context.Context, s *Server, statements ...string) error {
	cfg := mysqldriver.NewConfig()
	cfg.Net, cfg.Addr, cfg.User = "unix", s.file("socket"), rootUser
	return withSession(ctx, cfg, func(conn *sql.Conn) error {
		for _, statement := range statements {
			if _, err := conn.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
}

// withSession calls use with one connection.
func withSession(ctx context.Context, cfg *mysqldriver.Config, use func(*sql.Conn) error) error {
	cfg.Logger = &mysqldriver.NopLogger{} // a server that is starting refuses many
	connector, err := mysqldriver.NewConnector(cfg)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return use(conn)
}

func (mysql) stopSignal() os.Signal { return syscall.SIGTERM }
