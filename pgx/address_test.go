package rdspgx_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/advicetest"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// TestAddressInError checks that an error names an IP address, for which crypto/tls
// reports no ServerName.
func TestAddressInError(t *testing.T) {
	t.Parallel()
	s := honest(t, orders)
	_, err := rdspgx.Connect(bounded(t), asURL.dsn([]string{s.Addr()}), trust())
	if err == nil || !strings.Contains(err.Error(), `connecting to "127.0.0.1": `) {
		t.Errorf("Connect = %v, want an error that names the address", err)
	}
	wantDiagnosis(t, "Connect", err, rdstls.ReasonName, "127.0.0.1", orders)
	wantNothing(t, s)
}

// TestHostSetAfterParsing checks that the error says that Host was changed, if
// TLSConfig and Fallbacks are still those of the string.
func TestHostSetAfterParsing(t *testing.T) {
	t.Setenv("PGHOST", "/tmp")
	for _, tt := range []struct {
		connString string
		want       error
	}{
		{"", rdstls.ErrPlaintext}, // the driver takes it for a Unix socket, which has no TLS
		{"host=" + billing + " sslmode=disable", rdstls.ErrPlaintext},
		{"host=localhost", rdstls.ErrUnverified},
		{"host=localhost sslmode=allow", rdstls.ErrUnverified},
		{"host=" + billing, rdstls.ErrPlaintext},
		{"host=localhost,127.0.0.1 sslmode=require", rdstls.ErrUnverified},
	} {
		cfg := parse(t, tt.connString)
		cfg.Host = orders
		err := rdspgx.Configure(cfg, nil)
		advicetest.WantConfigError(t, fmt.Sprintf("Configure(%q) with another Host", tt.connString), err, "Host", tt.want)
		if !strings.Contains(err.Error(), "Host was changed after ParseConfig") {
			t.Errorf("Configure(%q) with another Host = %v, want an error that says what to do", tt.connString, err)
		}
	}
}

// TestHostSetInOtherErrors checks that an error does not say that Host was changed if
// that is not the reason. One that matches ErrNotEndpoint must still do so: a program
// may leave that configuration to pgx.
func TestHostSetInOtherErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		connString, host, setting string
		want                      error
	}{
		{"host=localhost,127.0.0.1", "db.example.com", "host", rdstls.ErrNotEndpoint},
		{"host=" + orders + " sslmode=disable", strings.ToUpper(orders), "sslmode", rdstls.ErrPlaintext},
	} {
		cfg := parse(t, tt.connString)
		cfg.Host = tt.host
		err := rdspgx.Configure(cfg, nil)
		advicetest.WantConfigError(t, fmt.Sprintf("Configure(%q) with Host %q", tt.connString, tt.host), err, tt.setting, tt.want)
	}
}

// TestMixedListInError checks that the error does not advise ServerName: all hosts
// would have to prove that one name.
func TestMixedListInError(t *testing.T) {
	t.Parallel()
	_, err := rdspgx.NewPool(t.Context(), asURL.dsn([]string{orders, "localhost"}), nil)
	if err == nil || !strings.Contains(err.Error(), "other hosts of the list are") || strings.Contains(err.Error(), "ServerName") {
		t.Errorf("NewPool = %v, want an error without advice for a single host", err)
	}
}
