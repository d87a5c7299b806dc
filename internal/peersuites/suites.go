package main

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/testcerts"
)

// A suite is the tests of one driver.
type suite struct {
	module   string // as in go.mod; its packages are the suite
	servers  []dbservers.Kind
	hookDir  string   // the package that makes connections, in the module
	file     string   // of that package, which is changed
	changes  []change // of file
	hookFile string   // added to that package
	test     string   // added to each package with tests, after a package clause
	skip     string   // tests that cannot run here, as for go test -skip

	// settings adds to the options of the server, and strings returns the
	// environment that the suite reads. Their argument source is the driver's copy.
	settings func(opts *dbservers.Options, source string) error
	strings  func(server *dbservers.Server, dir string) []string
}

// A change replaces old, which must occur n times, in the file.
type change struct {
	old, new string
	n        int
}

var suites = []suite{
	{
		module:   "github.com/jackc/pgx/v5",
		servers:  []dbservers.Kind{dbservers.Postgres},
		hookDir:  "pgconn",
		file:     "pgconn.go",
		changes:  []change{{pgxAnchor, pgxCall + pgxAnchor, 1}},
		hookFile: "package pgconn\n\n// RDSTLSPeer configures each connection, if it is set.\nvar RDSTLSPeer func(*Config) (*Config, error)\n",
		test:     pgxTest,
		// It wants plaintext (sslmode=disable), and waits without an end if that is
		// refused: the clock of its synctest bubble runs on.
		skip:     "^TestPoolAcquireCanceledDuringStalledPing$",
		settings: pgxSettings,
		strings:  pgxStrings,
	},
	{
		module:  "github.com/go-sql-driver/mysql",
		servers: []dbservers.Kind{dbservers.MariaDB, dbservers.MySQL},
		file:    "driver.go",
		changes: []change{
			{"\treturn newConnector(cfg), nil\n", "\treturn rdstlsPeer(cfg)\n", 2},
			{"\tc := newConnector(cfg)\n", "\tc, err := rdstlsPeer(cfg)\n\tif err != nil {\n\t\treturn nil, err\n\t}\n", 1},
		},
		hookFile: mysqlHook,
		test:     mysqlTest,
		// The first dials an address on the Internet, and panics if that fails at once.
		// The others panic, as they look into the driver's connection, which has a wrapper here.
		skip:     "^(TestConnectorReturnsTimeout|TestPing|TestQueryMultipleResults)$",
		settings: func(*dbservers.Options, string) error { return nil },
		strings:  mysqlStrings,
	},
}

// options has the certificate of the hosts that the suites connect to. Plaintext is
// allowed, because the suites also test the drivers without TLS.
func (t tests) options() (dbservers.Options, error) {
	chain, key := testcerts.PEMFiles(authority().Leaf(func(leaf *x509.Certificate) {
		leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	}, "localhost"))
	opts := dbservers.Options{Chain: chain, Key: key, AllowPlaintext: true}
	return opts, t.suite.settings(&opts, t.source())
}

func (t tests) environment(server *dbservers.Server) []string {
	return append(os.Environ(), t.suite.strings(server, t.dir)...)
}

func authority() *testcerts.Authority { return testcerts.New("eu-west-1", testcerts.ECC384) }

// pgxSettings makes what testsetup/postgresql_setup.sql and pg_hba.conf of pgx make.
func pgxSettings(opts *dbservers.Options, source string) error {
	opts.SQL = []string{
		"create extension hstore", "create extension ltree", "create domain uint64 as numeric(20,0)",
		"create user pgx_ssl superuser password 'secret'",
		"create user pgx_sslcert superuser password 'secret'",
		"create user pgx_pw superuser password 'secret'",
		"create user pgx_scram superuser password 'secret'",
		"set password_encryption = md5", "create user pgx_md5 superuser password 'secret'",
		`create user " tricky, ' } "" \\ test user " superuser password 'secret'`,
	}
	opts.HBA = []string{
		"host all pgx_md5 127.0.0.1/32 md5", "host all pgx_pw 127.0.0.1/32 password",
		"hostssl all pgx_sslcert 127.0.0.1/32 cert",
	}
	for file, write := range map[string]func([]byte) error{
		"ca.pem":          func(pem []byte) error { opts.CA = pem; return nil },
		"pgx_sslcert.crt": func(pem []byte) error { return os.WriteFile(clientFile(source, "crt"), pem, 0o600) },
		"pgx_sslcert.key": func(pem []byte) error { return os.WriteFile(clientFile(source, "key"), pem, 0o600) },
	} {
		text, err := os.ReadFile(filepath.Join(source, "testsetup", "certs", file+".b64"))
		if err != nil {
			return err
		}
		pem, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
		if err != nil {
			return err
		}
		if err := write(pem); err != nil {
			return err
		}
	}
	return nil
}

// clientFile returns where the test certificate of pgx is decoded to.
func clientFile(source, ext string) string { return filepath.Join(source, "client."+ext) }

// pgxStrings is what scripts/lib/test_targets.rb of pgx sets, without Unix sockets.
func pgxStrings(server *dbservers.Server, dir string) []string {
	source := tests{dir: dir}.source()
	common := fmt.Sprintf("port=%d dbname=%s ", server.Port, dbservers.Database)
	verified := common + "host=localhost sslmode=verify-full sslrootcert=" + filepath.Join(dir, "roots.pem") + " "
	return []string{
		"PGX_TEST_DATABASE=" + common + "host=127.0.0.1 user=pgx_md5 password=secret",
		"PGX_TEST_TCP_CONN_STRING=" + common + "host=127.0.0.1 user=pgx_md5 password=secret",
		"PGX_TEST_MD5_PASSWORD_CONN_STRING=" + common + "host=127.0.0.1 user=pgx_md5 password=secret",
		"PGX_TEST_PLAIN_PASSWORD_CONN_STRING=" + common + "host=127.0.0.1 user=pgx_pw password=secret",
		"PGX_TEST_SCRAM_PASSWORD_CONN_STRING=" + common + "host=127.0.0.1 user=pgx_scram password=secret channel_binding=disable",
		"PGX_TEST_SCRAM_PLUS_CONN_STRING=" + verified + "user=pgx_ssl password=secret channel_binding=require",
		"PGX_TEST_TLS_CONN_STRING=" + verified + "user=pgx_ssl password=secret channel_binding=disable",
		"PGX_TEST_TLS_CLIENT_CONN_STRING=" + verified + "user=pgx_sslcert sslcert=" + clientFile(source, "crt") + " sslkey=" + clientFile(source, "key"),
		"PGX_SSL_PASSWORD=certpw",
	}
}

func mysqlStrings(server *dbservers.Server, _ string) []string {
	return []string{
		"MYSQL_TEST_USER=" + dbservers.User, "MYSQL_TEST_PASS=" + dbservers.Password,
		"MYSQL_TEST_ADDR=" + server.Addr, "MYSQL_TEST_DBNAME=" + dbservers.Database,
	}
}
