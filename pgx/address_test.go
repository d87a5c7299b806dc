package rdspgx_test

import (
	"strings"
	"testing"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// crypto/tls reports no ServerName for an IP address. The error must name it all
// the same.
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

// The driver takes a string without a host for a Unix socket, which has no TLS,
// and a host that is set later gets none.
func TestHostSetAfterParsing(t *testing.T) {
	t.Setenv("PGHOST", "/tmp")
	cfg := parse(t, "")
	cfg.Host, cfg.Fallbacks = orders, nil
	err := rdspgx.Configure(cfg, nil)
	if err == nil || !strings.Contains(err.Error(), "write the host into the string") {
		t.Errorf("Configure = %v, want an error that says what to do", err)
	}
}

// ServerName is refused with several hosts, so the error must not advise it.
func TestMixedListInError(t *testing.T) {
	t.Parallel()
	_, err := rdspgx.NewPool(t.Context(), asURL.dsn([]string{orders, "localhost"}), nil)
	if err == nil || !strings.Contains(err.Error(), "other hosts of the list are") || strings.Contains(err.Error(), "ServerName") {
		t.Errorf("NewPool = %v, want an error without advice for a single host", err)
	}
}
