package rdspgx_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// presenting returns a server's certificate that is one of AWS's own roots, which
// anybody has, without its key. A client looks at the certificate before it asks
// for a proof of the key, so its error is that of a server that has both.
func presenting(root *x509.Certificate) tls.Certificate {
	key := testcerts.New("eu-west-1", testcerts.RSA2048).Instance(orders).PrivateKey
	return tls.Certificate{Certificate: [][]byte{root.Raw}, PrivateKey: key}
}

// What AWS's own authorities have signed. The roots have no names of hosts, so
// only sslmode=verify-ca, which compares none, comes as far as to ask who signed.
func TestDiagnoseAuthorities(t *testing.T) {
	t.Parallel()
	west, east, amazon := advicetest.RegionRoot(t, "eu-west-1"), advicetest.RegionRoot(t, "us-east-1"), advicetest.AmazonRoot()
	for _, tt := range []struct {
		name              string
		presents, trusted *x509.Certificate
		want              rdstls.Reason
		facts             []string
	}{
		{"another-region", east, west, rdstls.ReasonRegion, []string{`"us-east-1"`, orders, `"eu-west-1"`}},
		{"amazon-trust", amazon, west, rdstls.ReasonAmazonTrust, []string{orders, "Amazon Trust Services"}},
		{"not-trusted-here", west, east, rdstls.ReasonUnknownRoot, []string{`"eu-west-1"`, orders}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, fakedb.PostgresOptions{TLS: serving(presenting(tt.presents))})
			roots := writeFile(t, "root.crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tt.trusted.Raw}))
			cfg := parse(t, asURL.dsn([]string{orders}, "sslmode=verify-ca", "sslrootcert="+roots))
			route(cfg, map[string]string{orders: s.Addr()})
			for driver, connect := range drivers {
				wantDiagnosis(t, driver, connect(bounded(t), cfg), tt.want, tt.facts...)
			}
			wantNothing(t, s)
		})
	}
}
