package rdspgx_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/bundle"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// attemptsOf returns the connection attempts of cfg, the primary one first.
func attemptsOf(cfg *pgx.ConnConfig) []*pgconn.FallbackConfig {
	first := &pgconn.FallbackConfig{Host: cfg.Host, Port: cfg.Port, TLSConfig: cfg.TLSConfig}
	return append([]*pgconn.FallbackConfig{first}, cfg.Fallbacks...)
}

// wantStrict fails the test unless cfg makes one verified attempt for each of
// addrs, "host:port", whose certificate must name the host of names.
func wantStrict(t *testing.T, cfg *pgx.ConnConfig, addrs, names []string, roots *x509.CertPool, protocols []string) {
	t.Helper()
	var got []string
	seen := make(map[*tls.Config]bool)
	for i, a := range attemptsOf(cfg) {
		got = append(got, fmt.Sprintf("%s:%d", a.Host, a.Port))
		c := a.TLSConfig
		if c == nil {
			t.Errorf("attempt %d: TLSConfig = nil, want one", i)
			continue
		}
		if seen[c] {
			t.Errorf("attempt %d: shares its TLSConfig with another", i)
		}
		seen[c] = true
		if c.InsecureSkipVerify || c.VerifyPeerCertificate != nil || c.VerifyConnection == nil {
			t.Errorf("attempt %d: InsecureSkipVerify = %v, VerifyPeerCertificate set = %v, VerifyConnection set = %v, want false, false, true",
				i, c.InsecureSkipVerify, c.VerifyPeerCertificate != nil, c.VerifyConnection != nil)
		}
		if i < len(names) && c.ServerName != names[i] {
			t.Errorf("attempt %d: ServerName = %q, want %q", i, c.ServerName, names[i])
		}
		if !c.RootCAs.Equal(roots) {
			t.Errorf("attempt %d: RootCAs are not those of the Region", i)
		}
		if c.MinVersion != tls.VersionTLS12 || c.MaxVersion != 0 {
			t.Errorf("attempt %d: MinVersion, MaxVersion = %#x, %#x, want %#x, 0", i, c.MinVersion, c.MaxVersion, tls.VersionTLS12)
		}
		if !slices.Equal(c.NextProtos, protocols) {
			t.Errorf("attempt %d: NextProtos = %q, want %q", i, c.NextProtos, protocols)
		}
	}
	if !slices.Equal(got, addrs) {
		t.Errorf("attempts = %q, want %q", got, addrs)
	}
	if cfg.AfterNetConnect == nil {
		t.Error("AfterNetConnect = nil, want the guard")
	}
	if cfg.ConnectTimeout != time.Minute {
		t.Errorf("ConnectTimeout = %v, want %v", cfg.ConnectTimeout, time.Minute)
	}
	if err := rdspgx.Check(cfg); err != nil {
		t.Errorf("Check = %v, want nil", err)
	}
}

// regional returns the embedded roots that may vouch for instances of eu-west-1.
func regional(t *testing.T) *x509.CertPool {
	t.Helper()
	pool := bundle.AmazonTrust()
	if !bundle.AddRegion(pool, "eu-west-1") {
		t.Fatal("bundle.AddRegion does not know eu-west-1")
	}
	return pool
}

// hostLists are lists of hosts, and what must become of them.
var hostLists = []struct {
	name         string
	hosts        []string
	addrs, names []string
}{
	{"one", []string{orders}, []string{orders + ":5432"}, []string{orders}},
	{"one-with-port", []string{orders + ":6432"}, []string{orders + ":6432"}, []string{orders}},
	{
		"three",
		[]string{orders, billing, archive},
		[]string{orders + ":5432", billing + ":5432", archive + ":5432"},
		[]string{orders, billing, archive},
	},
	{
		"three-with-ports",
		[]string{orders + ":1", billing + ":2", archive + ":3"},
		[]string{orders + ":1", billing + ":2", archive + ":3"},
		[]string{orders, billing, archive},
	},
	{
		"three-one-port",
		[]string{orders, billing + ":2", archive},
		[]string{orders + ":5432", billing + ":2", archive + ":5432"},
		[]string{orders, billing, archive},
	},
	{"two-ports", []string{orders + ":1", orders + ":2"}, []string{orders + ":1", orders + ":2"}, []string{orders, orders}},
	{
		"twice",
		[]string{orders, billing, orders},
		[]string{orders + ":5432", billing + ":5432", orders + ":5432"},
		[]string{orders, billing, orders},
	},
	{"upper-case", []string{strings.ToUpper(orders)}, []string{strings.ToUpper(orders) + ":5432"}, []string{orders}},
	{"trailing-dot", []string{orders + "."}, []string{orders + ".:5432"}, []string{orders}},
	{
		"spelled-twice",
		[]string{orders, strings.ToUpper(orders) + "."},
		[]string{orders + ":5432", strings.ToUpper(orders) + ".:5432"},
		[]string{orders, orders},
	},
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	roots := regional(t)
	rootFile := writeFile(t, "root.crt", ca.PEM())
	// sslrootcert=system means verify-full, whatever sslmode says.
	all := append(slices.Clone(modes), mode{"disable-system", []string{"sslmode=disable", "sslrootcert=system"}})
	for _, m := range modes {
		all = append(all,
			mode{m.name + "-system", append(slices.Clone(m.params), "sslrootcert=system")},
			mode{m.name + "-file", append(slices.Clone(m.params), "sslrootcert="+rootFile)})
	}
	for _, f := range forms {
		for _, m := range all {
			for _, list := range hostLists {
				t.Run(fmt.Sprintf("%s/%s/%s", f, m.name, list.name), func(t *testing.T) {
					t.Parallel()
					cfg := parse(t, f.dsn(list.hosts, m.params...))
					configure(t, cfg, nil)
					wantStrict(t, cfg, list.addrs, list.names, roots, nil)
				})
			}
		}
	}
}

func TestConfigureDirect(t *testing.T) {
	t.Parallel()
	for _, f := range forms {
		for _, m := range modes {
			t.Run(fmt.Sprintf("%s/%s", f, m.name), func(t *testing.T) {
				t.Parallel()
				connString := f.dsn([]string{orders, billing}, append(m.params, "sslnegotiation=direct")...)
				cfg := parse(t, connString)
				opts := &rdstls.Options{Base: &tls.Config{NextProtos: []string{"h2"}}}
				configure(t, cfg, opts)
				wantStrict(t, cfg, []string{orders + ":5432", billing + ":5432"}, []string{orders, billing},
					regional(t), []string{"postgresql"})
				if cfg.SSLNegotiation != "direct" {
					t.Errorf("SSLNegotiation = %q, want %q", cfg.SSLNegotiation, "direct")
				}
			})
		}
	}
}

func TestConfigureNegotiationPostgres(t *testing.T) {
	t.Parallel()
	for _, params := range [][]string{nil, {"sslnegotiation="}, {"sslnegotiation=postgres"}} {
		for _, f := range forms {
			cfg := parse(t, f.dsn([]string{orders}, params...))
			opts := &rdstls.Options{Base: &tls.Config{NextProtos: []string{"postgresql"}}}
			configure(t, cfg, opts)
			wantStrict(t, cfg, []string{orders + ":5432"}, []string{orders}, regional(t), nil)
		}
	}
}

// TestConfigureOtherHosts checks that addresses that are not endpoints are accepted
// with Roots, or with ServerName if all hosts are one server.
func TestConfigureOtherHosts(t *testing.T) {
	t.Parallel()
	private := ca.Pool()
	named := &rdstls.Options{ServerName: "Orders.C9akciq32.eu-west-1.rds.amazonaws.com.:5432"}
	rooted := &rdstls.Options{Roots: private}
	both := &rdstls.Options{ServerName: "db.example.com", Roots: private}
	tests := []struct {
		name         string
		connString   string
		opts         *rdstls.Options
		addrs, names []string
	}{
		{"tunnel", "postgres://u@localhost:15432/d", named, []string{"localhost:15432"}, []string{orders}},
		{"alias", "host=db.example.com", named, []string{"db.example.com:5432"}, []string{orders}},
		{"odd-names", "host=localhost user=svc@team dbname=a@b application_name=@acme/orders", named, []string{"localhost:5432"}, []string{orders}},
		{"address", "host=127.0.0.1 port=1", named, []string{"127.0.0.1:1"}, []string{orders}},
		{"IPv6-address", "postgres://u@[::1]:2/d", named, []string{"::1:2"}, []string{orders}},
		{"other-endpoint", "host=" + billing, named, []string{billing + ":5432"}, []string{orders}},
		{
			"one-server-twice", "host=localhost,localhost", named,
			[]string{"localhost:5432", "localhost:5432"},
			[]string{orders, orders},
		},
		{
			"two-tunnels", "host=127.0.0.1,127.0.0.2 port=15432,15433", named,
			[]string{"127.0.0.1:15432", "127.0.0.2:15433"},
			[]string{orders, orders},
		},
		{"private-name", "host=Db.Example.com.", rooted, []string{"Db.Example.com.:5432"}, []string{"db.example.com"}},
		{"address-with-roots", "host=127.0.0.1", rooted, []string{"127.0.0.1:5432"}, []string{"127.0.0.1"}},
		{"IPv6-key-value", "host=::1", rooted, []string{"::1:5432"}, []string{"::1"}},
		{"IPv6-URL", "postgres://u@[0:0::1]/d", rooted, []string{"0:0::1:5432"}, []string{"::1"}},
		{"two-addresses", "host=127.0.0.1,::1", rooted, []string{"127.0.0.1:5432", "::1:5432"}, []string{"127.0.0.1", "::1"}},
		{"underscore", "host=my_db", rooted, []string{"my_db:5432"}, []string{"my_db"}},
		{"private-name-and-roots", "host=localhost", both, []string{"localhost:5432"}, []string{"db.example.com"}},
		{
			"China", "host=orders.c9akciq32.rds.cn-north-1.amazonaws.com.cn", rooted,
			[]string{"orders.c9akciq32.rds.cn-north-1.amazonaws.com.cn:5432"},
			[]string{"orders.c9akciq32.rds.cn-north-1.amazonaws.com.cn"},
		},
		{
			"encoded-comma", "postgres://u@" + orders + "%2C" + billing + "/d", rooted,
			[]string{orders + ":5432", billing + ":5432"},
			[]string{orders, billing},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := parse(t, tt.connString)
			configure(t, cfg, tt.opts)
			roots := tt.opts.Roots
			if roots == nil {
				roots = regional(t)
			}
			wantStrict(t, cfg, tt.addrs, tt.names, roots, nil)
		})
	}
}

func TestConfigureConnectTimeout(t *testing.T) {
	t.Parallel()
	for param, want := range map[string]time.Duration{
		"connect_timeout=7":    7 * time.Second,
		"connect_timeout=0":    time.Minute,
		"connect_timeout=3600": time.Hour,
	} {
		for _, f := range forms {
			cfg := parse(t, f.dsn([]string{orders}, param))
			configure(t, cfg, nil)
			if cfg.ConnectTimeout != want {
				t.Errorf("Configure(%q): ConnectTimeout = %v, want %v", cfg.ConnString(), cfg.ConnectTimeout, want)
			}
		}
	}
}

// TestConfigureReadsOptionsOnce checks that Configure reads the options when it is
// called, and shares nothing between configurations.
func TestConfigureReadsOptionsOnce(t *testing.T) {
	t.Parallel()
	opts := trust()
	opts.Base = &tls.Config{MinVersion: tls.VersionTLS13}
	first, second := parse(t, "host="+orders), parse(t, "host="+orders)
	for _, cfg := range []*pgx.ConnConfig{first, second} {
		configure(t, cfg, opts)
	}
	opts.Roots.AddCert(ca.Impostor().Root())
	opts.Base.InsecureSkipVerify = true
	opts.Base.MinVersion = 0
	first.TLSConfig.RootCAs.AddCert(ca.Impostor().Root())
	if c := second.TLSConfig; !c.RootCAs.Equal(ca.Pool()) || c.InsecureSkipVerify || c.MinVersion != tls.VersionTLS13 {
		t.Errorf("later changes of the options or of another configuration arrived: RootCAs.Equal = %v, InsecureSkipVerify = %v, MinVersion = %#x",
			c.RootCAs.Equal(ca.Pool()), c.InsecureSkipVerify, c.MinVersion)
	}
}
