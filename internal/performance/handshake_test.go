//go:build unix

package performance

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/internal/sidebyside"
	"github.com/rdstls/go/rdstls"
)

// BenchmarkRatioHandshake is the client's processor time for a full handshake,
// beside crypto/tls alone with the same roots.
func BenchmarkRatioHandshake(b *testing.B) {
	addr, roots := startServer(b)
	for name, version := range map[string]uint16{"TLS1.2": tls.VersionTLS12, "TLS1.3": tls.VersionTLS13} {
		b.Run(name, func(b *testing.B) {
			// A cache that keeps nothing: every handshake is a full one.
			base := &tls.Config{MaxVersion: version, ClientSessionCache: noSessions{}}
			ours := verifying(b, &rdstls.Options{Roots: roots, Base: base})
			theirs := base.Clone()
			theirs.RootCAs, theirs.ServerName = roots, endpoint
			sidebyside.Compare(b, "cpu-ns", handshaking(b, addr, ours), handshaking(b, addr, theirs))
		})
	}
}

// handshakes is how many make one measurement: the clock of processor time is
// coarse.
const handshakes = 5

func handshaking(b *testing.B, addr string, cfg *tls.Config) sidebyside.Measure {
	return func() float64 {
		begin := cpuTime(b)
		for range handshakes {
			conn, err := tls.Dial("tcp", addr, cfg)
			if err != nil {
				b.Fatal(err)
			}
			conn.Close()
		}
		return (cpuTime(b) - begin) / handshakes
	}
}

// cpuTime returns the nanoseconds of processor time that this process has used.
func cpuTime(b *testing.B) float64 {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return float64(usage.Utime.Nano() + usage.Stime.Nano())
}

type noSessions struct{}

func (noSessions) Get(string) (*tls.ClientSessionState, bool) { return nil, false }
func (noSessions) Put(string, *tls.ClientSessionState)        {}

func verifying(b *testing.B, opts *rdstls.Options) *tls.Config {
	b.Helper()
	cfg, err := rdstls.ClientConfig(endpoint, opts)
	if err != nil {
		b.Fatal(err)
	}
	return cfg
}

// startServer starts the server in another process, so that the processor's time
// in this one is the client's alone.
func startServer(b *testing.B) (addr string, roots *x509.CertPool) {
	b.Helper()
	cmd := exec.Command(build(b, "tlsserver"))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	text, err := io.ReadAll(stdout)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	})
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	roots, err = bundle.ParsePool(rest)
	if err != nil {
		b.Fatal(err)
	}
	return string(first), roots
}
