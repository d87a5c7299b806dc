package rdsmysql_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// TestRefusesDSN is about DSNs that are refused whatever tls says: the address
// is judged before the mode.
func TestRefusesDSN(t *testing.T) {
	t.Parallel()
	named := &rdstls.Options{ServerName: host}
	for _, tt := range []struct {
		net     string
		opts    *rdstls.Options
		setting string
		want    error
	}{
		// What a program may leave alone, for local development.
		{"", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp(localhost)", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp(localhost:3306)", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp(127.0.0.1:3306)", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp(10.1.2.3)", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp([::1]:3306)", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp(::1)", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp(db.internal:3306)", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp4(127.0.0.1:3306)", nil, "host", rdstls.ErrNotEndpoint},
		{"mynet(bastion:3306)", nil, "", rdstls.ErrNotEndpoint},
		{"unix", nil, "Net", rdstls.ErrNotEndpoint},
		{"unix(/run/mysqld/mysqld.sock)", nil, "Net", rdstls.ErrNotEndpoint},
		{"unix(" + host + ":3306)", nil, "Net", rdstls.ErrNotEndpoint},

		// Look-alikes.
		{"tcp(" + host + ".evil.example:3306)", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp(" + host + "%00.evil.example:3306)", nil, "", rdstls.ErrNotEndpoint},
		{"tcp(" + host + "\x00.evil.example:3306)", nil, "", rdstls.ErrNotEndpoint},
		{"tcp(" + host + "..:3306)", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp( " + host + ":3306)", nil, "", rdstls.ErrNotEndpoint},
		{"tcp(orders.c9akciq32rgc.eu-west1.rds.amazonaws.com:3306)", nil, "host", rdstls.ErrUnverified},
		{"tcp(c9akciq32rgc.eu-west-1.rds.amazonaws.com:3306)", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp(evil.example#." + host + ":3306)", nil, "", rdstls.ErrNotEndpoint},

		// Not what the driver or the network needs.
		{"tcp(:3306)", nil, "Addr", rdstls.ErrNotEndpoint},
		{"tcp(localhost:)", nil, "Addr", rdstls.ErrNotEndpoint},
		{"tcp([::1])", nil, "Addr", rdstls.ErrNotEndpoint},
		{"tcp4(127.0.0.1)", nil, "Addr", rdstls.ErrNotEndpoint},
		{"mynet(bastion)", nil, "Addr", rdstls.ErrNotEndpoint},
		{"mynet(/a/socket)", nil, "Addr", rdstls.ErrNotEndpoint},

		// Endpoints, which may not be left alone.
		{"tcp4(" + host + ")", nil, "Addr", rdstls.ErrUnverified},
		{"mynet(" + host + ")", nil, "Addr", rdstls.ErrUnverified},
		{"tcp(" + host + ":)", nil, "Addr", rdstls.ErrUnverified},
		{"mynet(" + host + ":)", nil, "Addr", rdstls.ErrUnverified},
		{"mynet(" + strings.ToUpper(host) + ".)", nil, "Addr", rdstls.ErrUnverified},

		// What the driver takes for the network is a part of something else.
		{"tcp:3306(" + host + ":3306)", nil, "Net", rdstls.ErrUnverified},
		{"half of a password(localhost:3306)", nil, "Net", rdstls.ErrUnverified},

		// With ServerName or Roots nothing may be left alone.
		{"unix(/run/mysqld/mysqld.sock)", named, "Net", rdstls.ErrUnverified},
		{"unix(/run/mysqld/mysqld.sock)", trusting(), "Net", rdstls.ErrUnverified},
		{"tcp(:3306)", named, "Addr", rdstls.ErrUnverified},
		{"mynet(bastion)", named, "Addr", rdstls.ErrUnverified},
	} {
		for _, params := range []string{"", "tls=false", "tls=0", "tls=true", "tls=skip-verify", "tls=preferred", "tls=" + registered} {
			dsn := "u:p@" + tt.net + "/db?" + params
			cfg := parse(t, dsn)
			before := snapshot(cfg)
			if problem := refusal(rdsmysql.Configure(cfg, tt.opts), tt.setting, tt.want); problem != "" {
				t.Errorf("Configure(%q, %+v): %s", dsn, tt.opts, problem)
			}
			before.unchanged(t, dsn, cfg)
			if _, err := rdsmysql.NewConnector(cfg, tt.opts); refusal(err, tt.setting, tt.want) != "" {
				t.Errorf("NewConnector(%q, %+v) = %v, want what Configure returns", dsn, tt.opts, err)
			}
			before.unchanged(t, dsn, cfg)
			if _, err := rdsmysql.OpenDB(dsn, tt.opts); refusal(err, tt.setting, tt.want) != "" {
				t.Errorf("OpenDB(%q, %+v) = %v, want what Configure returns", dsn, tt.opts, err)
			}
		}
	}
}

// TestRefusesNoRoots is about endpoints for which no roots are embedded. That
// they cannot be verified is no reason to say that they are no endpoints.
func TestRefusesNoRoots(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ host, inText string }{
		{"db.c9akciq32.eu-south-9.rds.amazonaws.com", "eu-south-9"},
		{"db.c9akciq32.us-gov-north-9.rds.amazonaws.com", "us-gov-north-9"},
		{"db.c9akciq32.rds.cn-north-1.amazonaws.com.cn", "https://rds-truststore.s3.cn-north-1.amazonaws.com.cn/global/global-bundle.pem"},
		{"db.c9akciq32.rds.cn-northwest-1.amazonaws.com.cn", "Options.Roots"},
		{"dev.cluster-czk84imkkq6n.eusc-de-east-1.rds.amazonaws.eu", "Options.Roots"},
	} {
		for _, params := range []string{"", "tls=preferred"} {
			dsn := "u:p@tcp(" + tt.host + ":3306)/db?" + params
			cfg := parse(t, dsn)
			before := snapshot(cfg)
			err := rdsmysql.Configure(cfg, nil)
			if problem := refusal(err, "host", rdstls.ErrNoRoots); problem != "" || !strings.Contains(err.Error(), tt.inText) {
				t.Errorf("Configure(%q) = %v (%s), want one that says %q", dsn, err, problem, tt.inText)
			}
			before.unchanged(t, dsn, cfg)
			if err := rdsmysql.Configure(cfg, trusting()); err != nil {
				t.Errorf("Configure(%q) with Roots = %v, want nil", dsn, err)
			}
		}
		dsn := "u:p@tcp(" + tt.host + ":3306)/db?tls=false"
		if problem := refusal(rdsmysql.Configure(parse(t, dsn), nil), "tls", rdstls.ErrPlaintext); problem != "" {
			t.Errorf("Configure(%q): %s", dsn, problem)
		}
	}
}

// TestRefusesOptions is about options that are refused. None is a reason to leave
// the endpoint in the DSN alone.
func TestRefusesOptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		opts    rdstls.Options
		setting string
		want    error
	}{
		{"alias as ServerName", rdstls.Options{ServerName: "db.internal"}, "ServerName", rdstls.ErrUnverified},
		{"unknown Region as ServerName", rdstls.Options{ServerName: "db.c9akciq32.eu-south-9.rds.amazonaws.com:3306"}, "ServerName", rdstls.ErrNoRoots},
		{"port only as ServerName", rdstls.Options{ServerName: ":3306"}, "ServerName", rdstls.ErrUnverified},
		{"empty Roots", rdstls.Options{Roots: x509.NewCertPool()}, "host", nil},
		{"InsecureSkipVerify", rdstls.Options{Base: &tls.Config{InsecureSkipVerify: true}}, "Base.InsecureSkipVerify", rdstls.ErrUnverified},
		{"RootCAs", rdstls.Options{Base: &tls.Config{RootCAs: strange().Pool()}}, "Base.RootCAs", rdstls.ErrUnverified},
		{"other ServerName", rdstls.Options{Base: &tls.Config{ServerName: other}}, "Base.ServerName", rdstls.ErrUnverified},
		{"old MaxVersion", rdstls.Options{Base: &tls.Config{MaxVersion: tls.VersionTLS11}}, "Base.MaxVersion", rdstls.ErrUnverified},
		{"VerifyPeerCertificate", rdstls.Options{Base: &tls.Config{
			VerifyPeerCertificate: func([][]byte, [][]*x509.Certificate) error { return nil },
		}}, "Base.VerifyPeerCertificate", rdstls.ErrUnverified},
		{"KeyLogWriter", rdstls.Options{Base: &tls.Config{KeyLogWriter: t.Output()}}, "Base.KeyLogWriter", nil},
	} {
		for _, params := range []string{"", "tls=skip-verify"} {
			cfg := parse(t, "u:p@tcp("+host+":3306)/db?"+params)
			before := snapshot(cfg)
			if problem := refusal(rdsmysql.Configure(cfg, &tt.opts), tt.setting, tt.want); problem != "" {
				t.Errorf("%s: Configure(%q): %s", tt.name, params, problem)
			}
			before.unchanged(t, tt.name, cfg)
		}
	}
}

func TestRefusesPlaintextByHand(t *testing.T) {
	t.Parallel()
	cfg := &mysql.Config{Net: "tcp", Addr: host, TLSConfig: "false"}
	before := snapshot(cfg)
	if problem := refusal(rdsmysql.Configure(cfg, nil), "tls", rdstls.ErrPlaintext); problem != "" {
		t.Errorf("Configure(TLSConfig: %q): %s", cfg.TLSConfig, problem)
	}
	before.unchanged(t, "by hand", cfg)
}

func TestRefusesUnknownProfile(t *testing.T) {
	t.Parallel()
	cfg := &mysql.Config{Net: "tcp", Addr: host, TLSConfig: "unknown"}
	before := snapshot(cfg)
	err := rdsmysql.Configure(cfg, nil)
	var refused *rdstls.ConfigError
	if !errors.As(err, &refused) || refused.Setting != "TLSConfig" || !strings.Contains(err.Error(), `"unknown"`) {
		t.Errorf("Configure(TLSConfig: %q) = %v, want a ConfigError that names it", cfg.TLSConfig, err)
	}
	before.unchanged(t, "unknown", cfg)
	for _, key := range []string{"unknown", "verify-full", "required", "tRue"} {
		dsn := "u:p@tcp(" + host + ")/db?tls=" + key
		_, err := rdsmysql.OpenDB(dsn, nil)
		if problem := refusal(err, "DSN", nil); problem != "" {
			t.Errorf("OpenDB(%q): %s", dsn, problem)
		}
	}
}

// TestNotEndpointNeverHidesAnEndpoint is the promise to programs that leave alone
// what is ErrNotEndpoint: a DSN with an endpoint in it never is.
func TestNotEndpointNeverHidesAnEndpoint(t *testing.T) {
	t.Parallel()
	for _, params := range []string{"tls=false", "tls=unknown", "tls=%", "allowOldPasswords=maybe"} {
		for _, h := range []string{host, "db.c9akciq32.eu-south-9.rds.amazonaws.com", "db.c9akciq32.rds.cn-north-1.amazonaws.com.cn"} {
			for _, addr := range []string{"tcp(" + h + ")", "tcp(" + h + ":3306)", "tcp(" + strings.ToUpper(h) + ".:3306)"} {
				dsn := "u:p@" + addr + "/db?" + params
				if _, err := rdsmysql.OpenDB(dsn, nil); err == nil || errors.Is(err, rdstls.ErrNotEndpoint) {
					t.Errorf("OpenDB(%q) = %v, want an error other than ErrNotEndpoint", dsn, err)
				}
			}
		}
	}
}
