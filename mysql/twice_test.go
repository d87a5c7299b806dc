package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"reflect"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/rdstls"
)

// TestConfigureTwice checks that the options of the second call count.
func TestConfigureTwice(t *testing.T) {
	t.Parallel()
	first := &rdstls.Options{Roots: otherRegionCA.Pool()}
	for _, tt := range []struct {
		name          string
		first, second *rdstls.Options
		good, bad     tls.Certificate
	}{
		{"Roots", first, trust(), ca.Instance(orders), otherRegionCA.Instance(orders)},
		{
			"ServerName", &rdstls.Options{Roots: first.Roots, ServerName: billing}, &rdstls.Options{Roots: first.Roots, ServerName: orders},
			otherRegionCA.Instance(orders), otherRegionCA.Instance(billing),
		},
		{
			"no-ServerName", &rdstls.Options{Roots: first.Roots, ServerName: billing}, first,
			otherRegionCA.Instance(orders), otherRegionCA.Instance(billing),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := parse(t, "u:p@tcp("+orders+")/db")
			for _, opts := range []*rdstls.Options{tt.first, tt.second} {
				configure(t, cfg, opts)
				cfg = cfg.Clone()
			}
			if err := handshake(t, cfg.TLS, tt.good); err != nil {
				t.Errorf("handshake with the server of the second call = %v, want nil", err)
			}
			if err := handshake(t, cfg.TLS, tt.bad); err == nil {
				t.Error("handshake with the server of the first call = nil, want an error")
			}
		})
	}
}

// TestConfigureTwicePassword checks that each call of Configure replaces
// Options.Password, or takes it away.
func TestConfigureTwicePassword(t *testing.T) {
	t.Parallel()
	var calls []string
	asking := func(name string) *rdstls.Options {
		return &rdstls.Options{Password: func(context.Context, string, string) (string, error) {
			calls = append(calls, name)
			return canaryPassword, nil
		}}
	}
	noServer := errors.New("no server")
	cfg := parse(t, "u:p@tcp("+orders+")/db")
	cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) { return nil, noServer }
	for _, step := range []struct {
		opts *rdstls.Options
		want []string
	}{
		{asking("first"), []string{"first"}},
		{asking("second"), []string{"second"}},
		{nil, nil},
		{asking("third"), []string{"third"}},
		{&rdstls.Options{}, nil},
	} {
		configure(t, cfg, step.opts)
		calls = nil
		c := stockConnector(t, cfg)
		if _, err := c.Connect(t.Context()); !errors.Is(err, noServer) {
			t.Errorf("Connect = %v, want %v", err, noServer)
		}
		if !reflect.DeepEqual(calls, step.want) {
			t.Errorf("passwords asked of %q, want %q", calls, step.want)
		}
		if _, err := mysql.ParseDSN(cfg.FormatDSN()); err == nil {
			t.Errorf("ParseDSN(FormatDSN()) = nil, want an error")
		}
	}
}
