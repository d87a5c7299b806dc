package inspect

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/cmd/rdstls/internal/roots"
	"github.com/rdstls/go/cmd/rdstls/internal/untrusted"
)

// A judge says what an observation means.
type judge struct {
	o    observation
	name string
	now  time.Time
	rds  func() *x509.CertPool // the roots of clients that have a bundle
}

func newJudge(o observation, cfg *tls.Config, opts Options) judge {
	j := judge{o: o, name: cfg.ServerName, now: opts.Now(), rds: globalBundle}
	if opts.Roots != nil {
		j.rds = func() *x509.CertPool { return opts.Roots }
	}
	return j
}

// globalBundle returns the roots of AWS's file.
var globalBundle = sync.OnceValue(func() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(bundle.PEM())
	return pool
})

const (
	maxChain = 20 // certificates of a chain that are shown
	maxNames = 100
)

// certificates describes the chain.
func (j judge) certificates() []Certificate {
	chain := []Certificate{}
	for _, c := range j.o.chain[:min(len(j.o.chain), maxChain)] {
		names := c.DNSNames
		for _, ip := range c.IPAddresses {
			names = append(names, ip.String())
		}
		chain = append(chain, Certificate{
			Subject:   untrusted.Line(c.Subject.String(), untrusted.Name),
			Issuer:    untrusted.Line(c.Issuer.String(), untrusted.Name),
			Names:     untrusted.Texts(names, maxNames, untrusted.Name),
			NotBefore: c.NotBefore.UTC(),
			NotAfter:  c.NotAfter.UTC(),
			DaysLeft:  int(math.Floor(c.NotAfter.Sub(j.now).Hours() / 24)),
			PublicKey: roots.Key(c),
			Signature: c.SignatureAlgorithm.String(),
			SHA256:    roots.Digest(c),
			IsCA:      c.IsCA,
		})
	}
	return chain
}

// rootCA returns the embedded root to which the signatures of the chain lead,
// whatever its name and dates.
func (j judge) rootCA() *RootCA {
	if len(j.o.chain) == 0 {
		return nil
	}
	chains, err := j.verify(everyRoot(), latest(j.o.chain))
	if err != nil {
		return nil
	}
	root := chains[0][len(chains[0])-1]
	ca := &RootCA{ID: roots.AmazonTrust, NotAfter: root.NotAfter.UTC(), Subject: root.Subject.CommonName}
	if id := roots.ID(root); id != "" {
		ca.ID = id
		ca.Region = strings.Fields(root.Subject.CommonName)[2]
	}
	return ca
}

// latest returns a time at which the whole chain is valid, if there is one.
func latest(chain []*x509.Certificate) (t time.Time) {
	for _, c := range chain {
		if c.NotBefore.After(t) {
			t = c.NotBefore
		}
	}
	return t
}

// verify looks for chains to pool at a time, without the name.
func (j judge) verify(pool *x509.CertPool, at time.Time) ([][]*x509.Certificate, error) {
	intermediates := x509.NewCertPool()
	for _, c := range j.o.chain[1:] {
		intermediates.AddCert(c)
	}
	return j.o.chain[0].Verify(x509.VerifyOptions{Roots: pool, Intermediates: intermediates, CurrentTime: at})
}

func (j judge) trusted(pool *x509.CertPool) bool {
	_, err := j.verify(pool, j.now)
	return err == nil
}

// facts returns what the table of settings depends on.
func (j judge) facts(plaintext string) facts {
	f := facts{protocol: j.o.protocol, verified: j.o.err == nil, plaintext: plaintext}
	f.noTLS, f.learned = isNoTLS(j.o.err), j.o.err == nil || learned(j.o.err)
	var refused *tls.CertificateVerificationError
	f.handshake = j.o.err == nil || errors.As(j.o.err, &refused)
	if f.handshake && len(j.o.chain) > 0 {
		leaf := j.o.chain[0]
		f.name = leaf.VerifyHostname(j.name) == nil
		f.commonName = f.name || isCommonName(leaf, j.name)
		f.rds = j.trusted(j.rds())
		// Where the system's roots are asked for, Amazon Trust Services stands for
		// them: of all CAs that matter here, every system has only those.
		f.system = j.trusted(bundle.AmazonTrust())
	}
	return f
}

// isCommonName reports whether clients that still look at the common name, if
// there are no alternative names, find name there.
func isCommonName(leaf *x509.Certificate, name string) bool {
	return len(leaf.DNSNames) == 0 && strings.EqualFold(leaf.Subject.CommonName, name)
}
