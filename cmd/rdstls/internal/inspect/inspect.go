package inspect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/cmd/rdstls/internal/untrusted"
	"github.com/rdstls/go/rdstls"
)

// Options say how to inspect.
type Options struct {
	ServerName string         // the expected server, if the target is an alias
	Roots      *x509.CertPool // in place of the embedded CAs, if not nil
	Timeout    time.Duration  // of a target, from dialing to the end
	Plaintext  bool           // also ask whether the server accepts clients without TLS
	Hints      bool           // look for CNAMEs

	Now func() time.Time // the clock for certificates
}

// Inspect connects to a server once, or twice with Options.Plaintext, and reports
// what it showed. It always returns a report.
func Inspect(ctx context.Context, target Target, opts Options) Server {
	ctx, cancel := context.WithTimeout(ctx, opts.Timeout)
	defer cancel()
	s := Server{Target: untrusted.Text(target.Text, untrusted.Name), Chain: []Certificate{}, Settings: []Setting{}}
	cfg, err := tlsConfig(target.Host, opts, &s)
	if err != nil {
		s.fail(err, s.ServerName)
		if opts.Plaintext {
			s.Plaintext = plaintextUnknown
		}
		return s
	}
	o := observe(ctx, target, cfg)
	s.Address, s.Protocol = o.address, o.protocol
	s.ServerVersion = untrusted.Text(o.version, untrusted.Name)
	s.TLS = o.tls
	s.Verified = o.err == nil
	s.fail(o.err, cfg.ServerName)
	j := newJudge(o, cfg, opts)
	s.Chain, s.PEM, s.RootCA = j.certificates(), o.pem(), j.rootCA()
	if opts.Plaintext {
		s.Plaintext = askPlaintext(ctx, o)
	}
	s.Settings = settings(j.facts(s.Plaintext))
	if _, err := rdstls.ParseEndpoint(target.Host); err != nil && opts.Hints {
		s.Hint = cnameHint(ctx, target.Host)
	}
	return s
}

// tlsConfig returns the verification of a server, and notes in s what it is
// verified as.
func tlsConfig(host string, opts Options, s *Server) (*tls.Config, error) {
	name := host
	if opts.ServerName != "" {
		name = withoutPort(opts.ServerName)
	}
	s.ServerName = untrusted.Text(name, untrusted.Name)
	roots := opts.Roots
	if e, err := rdstls.ParseEndpoint(name); err == nil {
		s.ServerName = e.Host
		s.Endpoint = &Endpoint{string(e.Kind), e.Region, e.Partition}
	} else if roots == nil && opts.ServerName == "" {
		s.AnyRegion, roots = true, everyRoot()
	}
	var cfg *tls.Config
	if addr, err := netip.ParseAddr(host); err == nil && opts.ServerName == "" {
		// The library refuses addresses, because no RDS certificate has one. A
		// certificate for it is looked for all the same, so that this can be said.
		if roots == nil {
			roots = everyRoot()
		}
		cfg = &tls.Config{ServerName: addr.WithZone("").String(), RootCAs: roots, MinVersion: tls.VersionTLS12}
	} else {
		var err error
		if cfg, err = rdstls.ClientConfig(name, &rdstls.Options{Roots: roots}); err != nil {
			return nil, err
		}
	}
	cfg.Time = opts.Now
	return cfg, nil
}

// everyRoot returns the embedded CAs of all Regions, and those of RDS Proxy.
// It is built once, because building it costs more than a handshake.
var everyRoot = sync.OnceValue(func() *x509.CertPool {
	pool := bundle.AmazonTrust()
	for _, region := range bundle.Regions() {
		bundle.AddRegion(pool, region)
	}
	return pool
})

// withoutPort returns an endpoint without its port: consoles show both together.
func withoutPort(name string) string {
	if host, port, err := net.SplitHostPort(name); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err == nil {
			return host
		}
	}
	return name
}

// maxText bounds sentences that quote a server.
const maxText = 1000

// fail sets the reason, the advice and the error.
func (s *Server) fail(err error, serverName string) {
	if err == nil {
		return
	}
	s.Error = untrusted.Line(err.Error(), maxText)
	s.Reason, s.Advice = explain(err, serverName)
	s.Advice = untrusted.Line(s.Advice, maxText)
}

// explain returns the reason and the advice for the error of a connection.
func explain(err error, serverName string) (reason, advice string) {
	var dns *net.DNSError
	var dial *net.OpError
	var server *serverError
	switch {
	case errors.As(err, &server):
		return reasonMySQLError, "The server did not let this machine begin. Error 1129 means that it has blocked this address after too many " +
			"connections without a login: run FLUSH HOSTS there. Errors 1040 and 1130 mean that it is full, or does not know this address."
	case errors.Is(err, errLateGreeting):
		return reasonLateGreeting, "This is a MySQL server: use --protocol mysql."
	case errors.Is(err, errDirectTLS):
		return reasonDirectTLS, "The port is not one of PostgreSQL, or a proxy makes the TLS: use --protocol tls."
	case errors.As(err, &dns):
		return reasonDNS, "The name does not resolve: check its spelling, and whether this machine uses the resolver of the server's network."
	case errors.As(err, &dial) && dial.Op == "dial":
		return reasonUnreachable, "Nothing answered: check the address and the port, security groups and routes, and whether a tunnel is up."
	}
	if d, ok := rdstls.Diagnose(&rdstls.AttemptError{ServerName: serverName, Err: err}); ok {
		return string(d.Reason), d.Advice
	}
	return reasonOther, ""
}

// cnameHint returns the RDS endpoint that a name is an alias for, if DNS says so.
func cnameHint(ctx context.Context, host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	name, err := net.DefaultResolver.LookupCNAME(ctx, host)
	if err != nil {
		return ""
	}
	e, err := rdstls.ParseEndpoint(strings.ToLower(name))
	if err != nil {
		return ""
	}
	return e.Host
}
