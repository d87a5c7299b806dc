//go:build unix

package endtoend

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/testschema"
	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/fakeiam"
)

// useAWS gives the machine credentials that expire after life, from a program that
// leaves a trace when it is asked.
func (m *machine) useAWS(t *testing.T, life time.Duration) (asked string) {
	t.Helper()
	credentials, err := exampledb.AWSConfig().Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{
		"Version": 1, "AccessKeyId": credentials.AccessKeyID, "SecretAccessKey": credentials.SecretAccessKey,
		"SessionToken": credentials.SessionToken, "Expiration": time.Now().Add(life).UTC().Format(time.RFC3339),
	})
	if err != nil {
		t.Fatal(err)
	}
	asked = m.home + "/asked"
	script := m.script(t, "credentials", "touch "+asked+"\ncat <<'END'\n"+string(text)+"\nEND")
	m.env = append(m.env, "AWS_CONFIG_FILE="+m.write(t, "aws", "[default]\ncredential_process = "+script+"\n"))
	return asked
}

// TestIAMLibpq checks that psql logs in with a token for the endpoint, through a
// tunnel, to servers that check it as RDS does.
func TestIAMLibpq(t *testing.T) {
	t.Parallel()
	exampledb.EachPostgresIAM(t, func(t *testing.T, s *exampledb.IAMServer) {
		u, err := url.Parse(s.ConnString)
		if err != nil {
			t.Fatal(err)
		}
		m := newMachine(t)
		m.useAWS(t, time.Hour)
		m.env = append(m.env, "PGPASSWORD=wrong", "PGREQUIREAUTH=scram-sha-256", "PGCHANNELBINDING=require")
		code, stdout, stderr := m.run(t, "exec", "--iam", "--roots", m.roots, "--user", exampledb.IAMUser, "--database", dbservers.Database,
			"--via", u.Host, exampledb.Endpoint, "--", "psql", "-XAtc", "select 1")
		if code != 0 || stdout != "1\n" || !strings.Contains(stderr, "expires at") {
			t.Errorf("exit code %d, %s%s", code, stdout, stderr)
		}
	})
}

// TestIAMMySQL checks that the programs of MySQL and MariaDB log in with a token,
// which is in no argument, and leave: the stand-in speaks too little for a query of
// Oracle's. The endpoint cannot be reached under its name in a test,
// so a script in between dials localhost.
func TestIAMMySQL(t *testing.T) {
	t.Parallel()
	for _, kind := range []dbservers.Kind{dbservers.MariaDB, dbservers.MySQL} {
		paths, _ := mysqlPrograms(t, newMachine(t), kind)
		for i := range paths {
			t.Run(fmt.Sprintf("%s-%d", kind, i), func(t *testing.T) {
				t.Parallel()
				m := newMachine(t)
				m.useAWS(t, time.Hour)
				paths, _ := mysqlPrograms(t, m, kind)
				verifier := &fakeiam.Verifier{Region: "eu-west-1"}
				server, err := fakedb.ListenMySQL(fakedb.MySQLOptions{
					TLS: &tls.Config{Certificates: []tls.Certificate{exampledb.Authority().Leaf(nil, exampledb.Endpoint, "localhost")}},
					Login: func(l fakedb.Login) *fakedb.LoginError {
						if err := verifier.Verify(l.Password, l.User); err != nil {
							return &fakedb.LoginError{Number: 1045, SQLState: "28000", Message: err.Error()}
						}
						return nil
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				defer server.Close()
				endpoint := hostPort(exampledb.Endpoint, server.Addr())
				verifier.Endpoint = endpoint
				credentials, _ := exampledb.AWSConfig().Credentials.Retrieve(t.Context())
				verifier.Allow(credentials.AccessKeyID, fakeiam.Credentials{SecretAccessKey: credentials.SecretAccessKey, SessionToken: credentials.SessionToken})
				if err := os.Mkdir(m.home+"/bin", 0o700); err != nil {
					t.Fatal(err)
				}
				between := m.script(t, "bin/"+lastElement(paths[i]), `case "$*" in *X-Amz*) echo token in arguments; exit 1;; esac
exec `+paths[i]+` "$@" --host=localhost`)
				code, stdout, stderr := m.run(t, "exec", "--iam", "--roots", m.roots, "--user", exampledb.IAMUser, endpoint, "--", between)
				if code != 0 || stdout != "" || len(verifier.Accepted()) != 1 {
					t.Errorf("exit code %d, %s%s, tokens accepted %d", code, stdout, stderr, len(verifier.Accepted()))
				}
				m.write(t, ".my.cnf", "[client]\nPASS = x\n")
				if _, _, stderr := m.run(t, "exec", "--iam", "--roots", m.roots, "--user", exampledb.IAMUser, endpoint, "--", between); !strings.Contains(stderr, "~/.my.cnf has a password") {
					t.Errorf("no warning of the password in ~/.my.cnf: %s", stderr)
				}
			})
		}
	}
}

func lastElement(path string) string { return path[strings.LastIndex(path, "/")+1:] }

// TestToken checks the token, and that its expiry is that of the credentials if
// they expire first.
func TestToken(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ life, want time.Duration }{
		"long":  {time.Hour, 15 * time.Minute},
		"short": {7 * time.Minute, 7 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			m.useAWS(t, tt.life)
			v := &fakeiam.Verifier{Endpoint: exampledb.Endpoint + ":5433", Region: "eu-west-1"}
			credentials, _ := exampledb.AWSConfig().Credentials.Retrieve(t.Context())
			v.Allow(credentials.AccessKeyID, fakeiam.Credentials{SecretAccessKey: credentials.SecretAccessKey, SessionToken: credentials.SessionToken})
			code, stdout, stderr := m.run(t, "token", "--user", "app", exampledb.Endpoint+":5433")
			if err := v.Verify(strings.TrimSuffix(stdout, "\n"), "app"); code != 0 || err != nil || !strings.Contains(stderr, "expires at ") {
				t.Errorf("exit code %d, %v, %s", code, err, stderr)
			}
			code, stdout, stderr = m.run(t, "token", "--format=json", "--user", "app", exampledb.Endpoint)
			testschema.Validate(t, "token", []byte(stdout))
			var report struct{ Expires time.Time }
			if err := json.Unmarshal([]byte(stdout), &report); err != nil || code != 0 {
				t.Fatalf("exit code %d, %v, %s", code, err, stderr)
			}
			if off := time.Until(report.Expires) - tt.want; off > 5*time.Second || off < -5*time.Minute {
				t.Errorf("it expires at %v, want in %v", report.Expires, tt.want)
			}
		})
	}
	v := &fakeiam.Verifier{Endpoint: "x.example.com:5432", Region: "eu-west-9"}
	credentials, _ := exampledb.AWSConfig().Credentials.Retrieve(t.Context())
	v.Allow(credentials.AccessKeyID, fakeiam.Credentials{SecretAccessKey: credentials.SecretAccessKey, SessionToken: credentials.SessionToken})
	m := newMachine(t)
	m.useAWS(t, time.Hour)
	_, stdout, stderr := m.run(t, "token", "--region=eu-west-9", "--user=app", "x.example.com")
	if err := v.Verify(strings.TrimSuffix(stdout, "\n"), "app"); err != nil {
		t.Errorf("--region: %v, %s", err, stderr)
	}
}

// TestNoCredentials checks that credentials that are missing or expired are a
// failure, without what the SDK says about them.
func TestNoCredentials(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*testing.T, *machine){
		"none":    func(*testing.T, *machine) {},
		"expired": func(t *testing.T, m *machine) { m.useAWS(t, -time.Minute) },
		"failing": func(t *testing.T, m *machine) {
			script := m.script(t, "credentials", "echo "+canary+"; exit 1")
			m.env = append(m.env, "AWS_CONFIG_FILE="+m.write(t, "aws", "[default]\ncredential_process = "+script+" "+canary+"\n"))
		},
		"garbled": func(t *testing.T, m *machine) { // the SDK quotes what the program printed
			m.env = append(m.env, "AWS_CONFIG_FILE="+m.write(t, "aws", "[default]\ncredential_process = "+m.script(t, "credentials", "echo "+canary)+"\n"))
		},
		"profile": func(_ *testing.T, m *machine) { m.env = append(m.env, "AWS_PROFILE="+canary) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			prepare(t, m)
			for _, args := range [][]string{
				{"token", "--user=app", exampledb.Endpoint},
				{"exec", "--iam", "--user=app", exampledb.Endpoint, "--", "touch", m.home + "/ran"},
				{"env", "--iam", "--user=app", "--roots-file=" + m.home + "/roots.pem", exampledb.Endpoint},
			} {
				code, stdout, stderr := m.run(t, args...)
				if code != 3 || stdout != "" || !strings.Contains(stderr, "AWS") {
					t.Errorf("%s: exit code %d, %s%s", args[0], code, stdout, stderr)
				}
			}
			for _, file := range []string{"ran", "roots.pem"} {
				if _, err := os.Stat(m.home + "/" + file); err == nil {
					t.Errorf("%s exists", file)
				}
			}
		})
	}
}

// TestEnv checks that the lines, evaluated by a shell, make psql verify, and that
// the JSON form follows its schema.
func TestEnv(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		m := newMachine(t)
		m.env = append(m.env, "PGPASSWORD="+dbservers.Password)
		args := []string{"env", "--roots", m.roots, "--user", dbservers.User, "--database", dbservers.Database, "--via", s.Addr, "--roots-file", "it's roots.pem", exampledb.Endpoint}
		code, lines, stderr := m.run(t, args...)
		if code != 0 {
			t.Fatalf("exit code %d, %s", code, stderr)
		}
		c := m.command(t)
		c.Path, c.Args = "/bin/sh", []string{"sh", "-c", lines + "cd / && psql -XAtc 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'"}
		if out, err := c.CombinedOutput(); err != nil || string(out) != "t\n" {
			t.Errorf("psql: %v, %s", err, out)
		}
		code, stdout, stderr := m.run(t, append(args, "--format=json")...)
		if code != 0 {
			t.Errorf("exit code %d, %s", code, stderr)
		}
		testschema.Validate(t, "env", []byte(stdout))
	}, dbservers.Postgres)
	m := newMachine(t)
	m.useAWS(t, time.Hour)
	code, stdout, stderr := m.run(t, "env", "--iam", "--user=app", "--roots-file=roots.pem", exampledb.Endpoint)
	if code != 0 || !strings.Contains(stdout, "export PGPASSWORD='"+exampledb.Endpoint+":5432/?") || !strings.Contains(stderr, "expires at ") {
		t.Errorf("--iam: exit code %d, %s%s", code, strconv.Quote(stdout), stderr)
	}
}
