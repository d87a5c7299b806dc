package rdstls_test

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

func TestResumptionKeepsChecks(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.ECC384)
	for version, v := range versions {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			calls := 0
			cfg := mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool(), Base: &tls.Config{
				MaxVersion:       v,
				VerifyConnection: func(tls.ConnectionState) error { calls++; return nil },
			}})
			s := resumes(t, serverWith(ca.Instance(instance)), cfg, cfg)
			wantConnected(t, s)
			if !s.client.DidResume || calls != 2 {
				t.Errorf("DidResume = %v after %d calls of Base.VerifyConnection, want true after 2", s.client.DidResume, calls)
			}
		})
	}
}

// A session is of no use to a configuration that would not have accepted its
// server: with other roots, another name, a later clock, or weakened.
func TestResumptionUnderOtherTrust(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.ECC384)
	elsewhere := testcerts.New("us-east-1", testcerts.ECC384)
	both := ca.AuroraInstance(instance, cluster, reader)
	later := func() time.Time { return time.Date(2101, 1, 1, 0, 0, 0, 0, time.UTC) }
	for version, v := range versions {
		cache := func() tls.ClientSessionCache { return tls.NewLRUClientSessionCache(8) }
		config := func(t *testing.T, ca *testcerts.Authority, shared tls.ClientSessionCache) *tls.Config {
			return mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool(), Base: &tls.Config{MaxVersion: v, ClientSessionCache: shared}})
		}
		t.Run("other-roots/"+version, func(t *testing.T) {
			t.Parallel()
			c := cache()
			wantRefused(t, resumes(t, serverWith(both), config(t, ca, c), config(t, elsewhere, c)))
		})
		t.Run("from-skip-verify/"+version, func(t *testing.T) {
			t.Parallel()
			c := cache()
			lax := &tls.Config{InsecureSkipVerify: true, ServerName: instance, ClientSessionCache: c, MaxVersion: v}
			wantRefused(t, resumes(t, serverWith(ca.Impostor().Instance(instance)), lax, config(t, ca, c)))
			// Weakened, so that Go itself would resume: the session has no verified chain.
			weak := config(t, ca, c)
			weak.InsecureSkipVerify = true
			wantRefused(t, resumes(t, serverWith(ca.Impostor().Instance(instance)), lax, weak))
		})
		t.Run("roots-changed-and-weakened/"+version, func(t *testing.T) {
			t.Parallel()
			c := cache()
			weak := config(t, elsewhere, c)
			weak.InsecureSkipVerify = true
			wantRefused(t, resumes(t, serverWith(both), config(t, ca, c), weak))
		})
		t.Run("later-clock/"+version, func(t *testing.T) {
			t.Parallel()
			c := cache()
			aged := mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool(), Base: &tls.Config{MaxVersion: v, ClientSessionCache: c, Time: later}})
			wantRefused(t, resumes(t, serverWith(both), config(t, ca, c), aged))
		})
		t.Run("other-name/"+version, func(t *testing.T) {
			t.Parallel()
			c := cache()
			renamed := config(t, ca, c)
			renamed.ServerName = other
			wantRefused(t, resumes(t, serverWith(both), config(t, ca, c), renamed))
		})
	}
}
