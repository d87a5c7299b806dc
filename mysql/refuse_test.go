package rdsmysql_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/advicetest"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// TestConfigureRefuses checks that DSNs with an address that cannot be verified are
// refused, whatever tls says: Configure checks the address before the mode.
func TestConfigureRefuses(t *testing.T) {
	t.Parallel()
	named := &rdstls.Options{ServerName: orders}
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
		{"unix(" + orders + ":3306)", nil, "Net", rdstls.ErrNotEndpoint},

		// Look-alikes.
		{"tcp(" + orders + ".evil.example:3306)", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp(" + orders + "%00.evil.example:3306)", nil, "", rdstls.ErrNotEndpoint},
		{"tcp(" + orders + "\x00.evil.example:3306)", nil, "", rdstls.ErrNotEndpoint},
		{"tcp(" + orders + "..:3306)", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp( " + orders + ":3306)", nil, "", rdstls.ErrNotEndpoint},
		{"tcp(orders.c9akciq32rgc.eu-west1.rds.amazonaws.com:3306)", nil, "host", rdstls.ErrUnverified},
		{"tcp(c9akciq32rgc.eu-west-1.rds.amazonaws.com:3306)", nil, "host", rdstls.ErrNotEndpoint},
		{"tcp(evil.example#." + orders + ":3306)", nil, "", rdstls.ErrNotEndpoint},

		// Not what the driver or the network needs.
		{"tcp(:3306)", nil, "Addr", rdstls.ErrNotEndpoint},
		{"tcp(localhost:)", nil, "Addr", rdstls.ErrNotEndpoint},
		{"tcp([::1])", nil, "Addr", rdstls.ErrNotEndpoint},
		{"tcp4(127.0.0.1)", nil, "Addr", rdstls.ErrNotEndpoint},
		{"mynet(bastion)", nil, "Addr", rdstls.ErrNotEndpoint},
		{"mynet(/a/socket)", nil, "Addr", rdstls.ErrNotEndpoint},

		// Endpoints, which may not be left alone.
		{"tcp4(" + orders + ")", nil, "Addr", rdstls.ErrUnverified},
		{"mynet(" + orders + ")", nil, "Addr", rdstls.ErrUnverified},
		{"tcp(" + orders + ":)", nil, "Addr", rdstls.ErrUnverified},
		{"mynet(" + orders + ":)", nil, "Addr", rdstls.ErrUnverified},
		{"mynet(" + strings.ToUpper(orders) + ".)", nil, "Addr", rdstls.ErrUnverified},

		// What the driver takes for the network is a part of something else.
		{"tcp:3306(" + orders + ":3306)", nil, "Net", rdstls.ErrUnverified},
		{"half of a password(localhost:3306)", nil, "Net", rdstls.ErrUnverified},

		// With ServerName or Roots nothing may be left alone.
		{"unix(/run/mysqld/mysqld.sock)", named, "Net", rdstls.ErrUnverified},
		{"unix(/run/mysqld/mysqld.sock)", trust(), "Net", rdstls.ErrUnverified},
		{"tcp(:3306)", named, "Addr", rdstls.ErrUnverified},
		{"mynet(bastion)", named, "Addr", rdstls.ErrUnverified},
	} {
		for _, params := range []string{"", "tls=false", "tls=0", "tls=true", "tls=skip-verify", "tls=preferred", "tls=" + registered} {
			dsn := "u:p@" + tt.net + "/db?" + params
			cfg := parse(t, dsn)
			before := snapshot(cfg)
			advicetest.WantConfigError(t, fmt.Sprintf("Configure(%q)", dsn), rdsmysql.Configure(cfg, tt.opts), tt.setting, tt.want)
			before.unchanged(t, dsn, cfg)
			_, err := rdsmysql.NewConnector(cfg, tt.opts)
			advicetest.WantConfigError(t, fmt.Sprintf("NewConnector(%q)", dsn), err, tt.setting, tt.want)
			before.unchanged(t, dsn, cfg)
			_, err = rdsmysql.OpenDB(dsn, tt.opts)
			advicetest.WantConfigError(t, fmt.Sprintf("OpenDB(%q)", dsn), err, tt.setting, tt.want)
		}
	}
}

// TestConfigureRefusesNoRoots checks that endpoints without embedded roots are
// refused with ErrNoRoots, and not as if they were no endpoints.
func TestConfigureRefusesNoRoots(t *testing.T) {
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
			advicetest.WantConfigError(t, fmt.Sprintf("Configure(%q)", dsn), err, "host", rdstls.ErrNoRoots)
			if !strings.Contains(err.Error(), tt.inText) {
				t.Errorf("Configure(%q) = %v, want one that says %q", dsn, err, tt.inText)
			}
			before.unchanged(t, dsn, cfg)
			if err := rdsmysql.Configure(cfg, trust()); err != nil {
				t.Errorf("Configure(%q) with Roots = %v, want nil", dsn, err)
			}
		}
		dsn := "u:p@tcp(" + tt.host + ":3306)/db?tls=false"
		advicetest.WantConfigError(t, fmt.Sprintf("Configure(%q)", dsn), rdsmysql.Configure(parse(t, dsn), nil), "tls", rdstls.ErrPlaintext)
	}
}

// TestConfigureRefusesOptions checks that bad options are refused with an error that
// is no reason to leave the DSN to the driver.
func TestConfigureRefusesOptions(t *testing.T) {
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
		{"RootCAs", rdstls.Options{Base: &tls.Config{RootCAs: otherRegionCA.Pool()}}, "Base.RootCAs", rdstls.ErrUnverified},
		{"other ServerName", rdstls.Options{Base: &tls.Config{ServerName: billing}}, "Base.ServerName", rdstls.ErrUnverified},
		{"old-MaxVersion", rdstls.Options{Base: &tls.Config{MaxVersion: tls.VersionTLS11}}, "Base.MaxVersion", rdstls.ErrUnverified},
		{"VerifyPeerCertificate", rdstls.Options{Base: &tls.Config{
			VerifyPeerCertificate: func([][]byte, [][]*x509.Certificate) error { return nil },
		}}, "Base.VerifyPeerCertificate", rdstls.ErrUnverified},
		{"KeyLogWriter", rdstls.Options{Base: &tls.Config{KeyLogWriter: t.Output()}}, "Base.KeyLogWriter", nil},
	} {
		for _, params := range []string{"", "tls=skip-verify"} {
			cfg := parse(t, "u:p@tcp("+orders+":3306)/db?"+params)
			before := snapshot(cfg)
			advicetest.WantConfigError(t, tt.name+": Configure", rdsmysql.Configure(cfg, &tt.opts), tt.setting, tt.want)
			before.unchanged(t, tt.name, cfg)
		}
	}
}

func TestConfigureRefusesHandWritten(t *testing.T) {
	t.Parallel()
	cfg := &mysql.Config{Net: "tcp", Addr: orders, TLSConfig: "false"}
	before := snapshot(cfg)
	advicetest.WantConfigError(t, "Configure", rdsmysql.Configure(cfg, nil), "tls", rdstls.ErrPlaintext)
	before.unchanged(t, "by hand", cfg)
}

func TestConfigureRefusesUnknownTLSConfigKey(t *testing.T) {
	t.Parallel()
	cfg := &mysql.Config{Net: "tcp", Addr: orders, TLSConfig: "unknown"}
	before := snapshot(cfg)
	err := rdsmysql.Configure(cfg, nil)
	var refused *rdstls.ConfigError
	if !errors.As(err, &refused) || refused.Setting != "TLSConfig" || !strings.Contains(err.Error(), `"unknown"`) {
		t.Errorf("Configure(TLSConfig: %q) = %v, want a ConfigError that names it", cfg.TLSConfig, err)
	}
	before.unchanged(t, "unknown", cfg)
	for _, key := range []string{"unknown", "verify-full", "required", "tRue"} {
		dsn := "u:p@tcp(" + orders + ")/db?tls=" + key
		_, err := rdsmysql.OpenDB(dsn, nil)
		advicetest.WantConfigError(t, fmt.Sprintf("OpenDB(%q)", dsn), err, "DSN", nil)
	}
}

// TestNotEndpointNeverHidesAnEndpoint is the promise to programs that leave alone
// what is ErrNotEndpoint: a DSN with an endpoint in it never is.
func TestNotEndpointNeverHidesAnEndpoint(t *testing.T) {
	t.Parallel()
	for _, params := range []string{"tls=false", "tls=unknown", "tls=%", "allowOldPasswords=maybe"} {
		for _, h := range []string{orders, "db.c9akciq32.eu-south-9.rds.amazonaws.com", "db.c9akciq32.rds.cn-north-1.amazonaws.com.cn"} {
			for _, addr := range []string{"tcp(" + h + ")", "tcp(" + h + ":3306)", "tcp(" + strings.ToUpper(h) + ".:3306)"} {
				dsn := "u:p@" + addr + "/db?" + params
				if _, err := rdsmysql.OpenDB(dsn, nil); err == nil || errors.Is(err, rdstls.ErrNotEndpoint) {
					t.Errorf("OpenDB(%q) = %v, want an error other than ErrNotEndpoint", dsn, err)
				}
			}
		}
	}
}
