package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
)

// facts is what is printed of a verified connection to a server of ca.
var facts = []string{
	"connected over TLS 1.3, TLS_",
	fmt.Sprintf("; %q returned 1", query),
	"issued by: Amazon RDS eu-west-1 Subordinate CA RSA2048 G1.A.1",
	"trusted root: Amazon RDS eu-west-1 Root CA RSA2048 G1",
}

func TestOwn(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		server := k.start(t, ca.Instance(endpoint))
		args := append([]string{k.flag, k.dsn(server.Addr(), canary)}, trusting(t)...)
		execute(t, asTold, append(facts, k.name+", with "+k.adapter, "verified name: "+endpoint), args...)
		want := fakedb.Login{User: "admin", Database: "app", Password: canary}
		if got := server.Conns()[0].Login(); got != want {
			t.Errorf("the server received %+v, want %+v", got, want)
		}
	})
}

func TestOwnKeyValue(t *testing.T) {
	t.Parallel()
	server := kinds[0].start(t, ca.Instance(endpoint))
	dsn := fmt.Sprintf("host=127.0.0.1 port=%d user=admin password=%s dbname=app sslmode=prefer", server.Port(), canary)
	execute(t, asTold, append(facts, "verified name: "+endpoint), append([]string{"-dsn", dsn}, trusting(t)...)...)
}

// Without -server-name, the server has to prove its IP address.
func TestOwnAddress(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		server := k.start(t, ca.Leaf(func(leaf *x509.Certificate) {
			leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		}, endpoint))
		execute(t, asTold, append(facts, "verified name: the server's IP address, one of [127.0.0.1]"),
			k.flag, k.dsn(server.Addr(), canary), "-roots", rootsFile(t, ca.PEM()))
	})
}

func TestOwnRefuses(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		for _, tt := range []struct {
			name string
			cert tls.Certificate
			want string
		}{
			{"impostor", ca.Impostor().Instance(endpoint), "certificate signed by unknown authority"},
			{"other-instance", ca.Instance("billing" + endpoint[strings.Index(endpoint, "."):]), "not " + endpoint},
			{"other-authority", testcerts.New("us-east-1", testcerts.RSA2048).Instance(endpoint), "certificate signed by unknown authority"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				server := k.start(t, tt.cert)
				args := append([]string{k.flag, k.dsn(server.Addr(), canary)}, trusting(t)...)
				execute(t, notAsTold, []string{"not connected: ", tt.want, "Options.Roots is -roots"}, args...)
				for _, c := range server.Conns() {
					if len(c.Secure()) > 0 || len(c.Plain()) != k.requestLength {
						t.Errorf("the server received %q and, inside TLS, %q", c.Plain(), c.Secure())
					}
				}
			})
		}
	})
}

// A server may quote the password that it has received, and control characters.
func TestOwnLoginFails(t *testing.T) {
	t.Parallel()
	refusal := func(l fakedb.Login) *fakedb.LoginError {
		return &fakedb.LoginError{Number: 1045, SQLState: "28000", Message: "\x1b[31mno login with " + l.Password}
	}
	cfg := &tls.Config{Certificates: []tls.Certificate{ca.Instance(endpoint)}}
	servers := []*fakedb.Server{
		running(t)(fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: cfg, Login: refusal})),
		running(t)(fakedb.ListenMySQL(fakedb.MySQLOptions{TLS: cfg, Login: refusal, Plugin: fakedb.SHA256Password})),
	}
	for i, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{k.flag, k.dsn(servers[i].Addr(), canary)}, trusting(t)...)
			output := execute(t, notAsTold, []string{"no login with [password]", "the server was verified before it refused"}, args...)
			if strings.ContainsRune(output, '\x1b') {
				t.Errorf("output holds an escape character: %q", output)
			}
		})
	}
}

func TestOwnNobodyThere(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		args := append([]string{k.flag, k.dsn(fakedb.UnusedAddr, canary)}, trusting(t)...)
		execute(t, notAsTold, []string{"not connected: "}, args...)
	})
}

// Connection strings that do not reach a server. In some, the password is where a
// parser takes it for something else.
func TestOwnConfiguration(t *testing.T) {
	t.Parallel()
	roots := trusting(t)
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"alias", []string{"-dsn", "postgres://u:" + canary + "@localhost/db"}, "Options.ServerName is -server-name"},
		{"mysql-alias", []string{"-mysql-dsn", "u:" + canary + "@tcp(localhost)/db"}, "Options.ServerName is -server-name"},
		{"plaintext", []string{"-dsn", "postgres://u:" + canary + "@" + endpoint + "/db?sslmode=disable"}, "sslmode=disable"},
		{"mysql-plaintext", []string{"-mysql-dsn", "u:" + canary + "@tcp(" + endpoint + ")/db?tls=false"}, "tls=false"},
		{"slash", []string{"-dsn", "postgres://u:/" + canary + "@h/db"}, "not connected"},
		{"number-and-slash", append([]string{"-dsn", "postgres://127.0.0.1:1/" + canary + "@h/db"}, roots...), "not connected"},
		{"port", []string{"-dsn", "postgres://u@h:" + canary + "/db"}, "not connected"},
		{"space", []string{"-dsn", "host=h user=u password=x " + canary}, "not connected"},
		{"no-slashes", []string{"-dsn", "postgres:u:" + canary + "@h/db"}, "not connected"},
		{"mysql-url", []string{"-mysql-dsn", "mysql://u:" + canary + "@h/db"}, "not connected"},
		{"mysql-slash", []string{"-mysql-dsn", "u:p/" + canary + "@tcp(h/db"}, "not connected"},
		{"mysql-as-dsn", []string{"-dsn", "u:" + canary + "@tcp(h)/db"}, "not connected"},
		{"no-roots-file", []string{"-dsn", "postgres://u:" + canary + "@h/db", "-roots", t.TempDir() + "/missing"}, "-roots: "},
		{"dsn-as-roots", []string{"-dsn", "postgres://u@h/db", "-roots", "postgres://u:" + canary + "@h/db"}, "-roots: "},
		{"no-roots", []string{"-dsn", "postgres://u:" + canary + "@h/db", "-roots", rootsFile(t, []byte("x"))}, "-roots: bundle: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			execute(t, notAsTold, []string{tt.want}, tt.args...)
		})
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	dsn := "postgres://u:" + canary + "@h/db"
	for _, tt := range []struct {
		name string
		args []string
		want error
	}{
		{"unknown-flag", []string{"-dns", dsn}, errFlags},
		{"dsn-as-flag", []string{"-" + dsn}, errFlags},
		{"no-value", []string{"-dsn"}, errFlags},
		{"argument", []string{dsn}, errArguments},
		{"argument-after-flag", []string{"-dsn", dsn, dsn}, errArguments},
		{"both", []string{"-dsn", dsn, "-mysql-dsn", "u:" + canary + "@/"}, errBoth},
		{"empty", []string{"-dsn", ""}, errEmpty},
		{"dsn-as-server-name", []string{"-dsn", endpoint, "-server-name", dsn}, errName},
		{"server-name-alone", []string{"-server-name", endpoint}, errAlone},
		{"roots-alone", []string{"-roots", "roots.pem"}, errAlone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			execute(t, wrongUsage, []string{oneLine(tt.want.Error()), oneLine(usage)}, tt.args...)
		})
	}
	t.Run("help", func(t *testing.T) {
		t.Parallel()
		if got := execute(t, asTold, nil, "-h"); got != usage {
			t.Errorf("run(-h) printed %q, want %q", got, usage)
		}
	})
}

// The servers have the certificate of endpoint and are reached by IP address, as
// through a tunnel.
func TestOwnRealServers(t *testing.T) {
	for _, k := range kinds {
		engines := []dbservers.Kind{dbservers.Postgres}
		if k.flag == "-mysql-dsn" {
			engines = []dbservers.Kind{dbservers.MariaDB, dbservers.MySQL}
		}
		servers.Each(t, func(t *testing.T, s *dbservers.Server) {
			dsn := k.dsn(s.Addr, dbservers.Password)
			output := execute(t, asTold, append(facts, "verified name: "+endpoint),
				append([]string{k.flag, dsn}, trusting(t)...)...)
			if strings.Contains(output, dbservers.Password) {
				t.Errorf("the password was printed:\n%s", output)
			}
			execute(t, notAsTold, []string{"unknown authority"}, k.flag, dsn, "-server-name", endpoint,
				"-roots", rootsFile(t, ca.Impostor().PEM()))
			execute(t, notAsTold, []string{"not connected: "}, append([]string{k.flag, k.dsn(s.Addr, canary)}, trusting(t)...)...)
		}, engines...)
	}
}
