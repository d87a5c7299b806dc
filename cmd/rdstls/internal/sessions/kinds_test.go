package sessions

import (
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// TestReplication checks that a replication client counts: enforcement cuts it
// off too.
func TestReplication(t *testing.T) {
	t.Parallel()
	in, err := dbservers.Find(dbservers.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	for _, postgres := range in {
		s := dbservers.Start(t, postgres, serverOptions(postgres))
		cfg, err := pgx.ParseConfig("postgres://" + dbservers.User + ":" + dbservers.Password + "@" + s.Addr + "/" + dbservers.Database +
			"?sslmode=disable&replication=database&default_query_exec_mode=simple_protocol")
		if err != nil {
			t.Fatal(err)
		}
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(foreign)}}
		cfg.DialFunc = dialer.DialContext
		conn, err := pgx.ConnectConfig(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, plain, _ := of(look(t, s, "seer")); plain != 1 {
			t.Errorf("%s: a replication client without TLS is not reported", s.Name())
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestWithoutPerformanceSchema checks MariaDB's default: nothing is taken for
// encrypted, and userstat tells who connected without TLS.
func TestWithoutPerformanceSchema(t *testing.T) {
	t.Parallel()
	in, err := dbservers.Find(dbservers.MariaDB)
	if err != nil {
		t.Fatal(err)
	}
	for _, mariadb := range in {
		for _, userstat := range []bool{false, true} {
			opts := serverOptions(mariadb)
			opts.Settings = []string{"performance-schema=OFF", "userstat=" + map[bool]string{true: "ON", false: "OFF"}[userstat]}
			opts.SQL = append(opts.SQL, "GRANT PROCESS ON *.* TO 'seer'@'%'")
			s := dbservers.Start(t, mariadb, opts)
			client(t, s, true)
			r := look(t, s, "seer")
			if encrypted, plain, hidden := of(r); encrypted != 0 || plain != 0 || hidden != 1 || !r.Unknown() {
				t.Errorf("userstat %v: %+v", userstat, r.Sessions)
			}
			before := countCutOff(r)
			client(t, s, false)
			if after := countCutOff(look(t, s, "seer")); userstat && after <= before {
				t.Errorf("userstat does not show the client without TLS: %d, then %d", before, after)
			}
		}
	}
}

func countCutOff(r *Report) int {
	n := 0
	for _, s := range r.Sessions {
		if s.CutOff() && s.Address == foreign {
			n += s.Count
		}
	}
	return n
}

// TestProxy checks that a report through RDS Proxy says what it describes, and
// never that nobody would be cut off.
func TestProxy(t *testing.T) {
	t.Parallel()
	const proxy = "pool.proxy-c9akciq32xyz.eu-west-1.rds.amazonaws.com"
	in, err := dbservers.Find(dbservers.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	opts := serverOptions(in[0])
	opts.Chain, opts.Key = testcerts.PEMFiles(ca.Instance(proxy))
	s := dbservers.Start(t, in[0], opts)
	driver, text := connString(s, "seer")
	server, err := Open(driver, text, &rdstls.Options{ServerName: proxy, Roots: ca.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	r, err := server.Sample(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.Found() || !r.Unknown() || !strings.Contains(strings.Join(r.Notes, " "), "RDS Proxy") {
		t.Errorf("%+v", r)
	}
}

// TestMySQLWithoutPerformanceSchema checks that nothing is taken for encrypted on
// a MySQL server that does not say how sessions are connected.
func TestMySQLWithoutPerformanceSchema(t *testing.T) {
	t.Parallel()
	in, err := dbservers.Find(dbservers.MySQL)
	if err != nil {
		t.Fatal(err)
	}
	for _, mysql := range in {
		opts := serverOptions(mysql)
		opts.Settings = []string{"performance-schema=OFF"}
		opts.SQL = append(opts.SQL, "GRANT PROCESS ON *.* TO 'seer'@'%'")
		s := dbservers.Start(t, mysql, opts)
		client(t, s, true)
		client(t, s, false)
		r := look(t, s, "seer")
		if encrypted, plain, hidden := of(r); encrypted != 0 || plain != 0 || hidden != 2 || !r.Unknown() {
			t.Errorf("%s: %+v", s.Name(), r.Sessions)
		}
		if notes := strings.Join(r.Notes, " "); !strings.Contains(notes, "performance_schema is off") || strings.Contains(notes, "userstat") {
			t.Errorf("%s: notes %q", s.Name(), r.Notes)
		}
	}
}
