package rdsmysql_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/rdstls"
)

// TestRealResumption checks that later connections resume the session of the first,
// and none that was made under other roots.
func TestRealResumption(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		// One that does not ask for client certificates.
		s := dbservers.Start(t, shared.Installation, realOptions(ca.Instance(orders)))
		for name, version := range versions {
			var resumed []bool
			cache := tls.NewLRUClientSessionCache(0)
			options := func(roots *x509.CertPool) *rdstls.Options {
				return &rdstls.Options{Roots: roots, Base: &tls.Config{
					MinVersion:         version,
					MaxVersion:         version,
					ClientSessionCache: cache,
					VerifyConnection: func(cs tls.ConnectionState) error {
						resumed = append(resumed, cs.DidResume)
						return nil
					},
				}}
			}
			ping := func(opts *rdstls.Options) error {
				db := open(t, realConfig(t, s, orders), opts)
				defer db.Close()
				db.SetMaxIdleConns(-1)
				return errors.Join(db.PingContext(t.Context()), db.PingContext(t.Context()))
			}
			if err := ping(options(ca.Pool())); err != nil {
				t.Fatalf("%s: Ping = %v, want nil", name, err)
			}
			if want := []bool{false, true}; fmt.Sprint(resumed) != fmt.Sprint(want) {
				t.Errorf("%s: resumed = %v, want %v", name, resumed, want)
			}
			resumed = nil
			var unknown x509.UnknownAuthorityError
			if err := ping(options(otherRegionCA.Pool())); !errors.As(err, &unknown) || len(resumed) > 0 {
				t.Errorf("%s: Ping under other roots = %v, resumed %v, want an UnknownAuthorityError", name, err, resumed)
			}
			// By default the cache is this package's own.
			resumed = nil
			opts := options(ca.Pool())
			opts.Base.ClientSessionCache = nil
			if err := ping(opts); err != nil || fmt.Sprint(resumed) != "[false true]" {
				t.Errorf("%s: Ping with the default cache = %v, resumed = %v", name, err, resumed)
			}
		}
	})
}
