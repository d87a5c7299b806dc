package rdsmysql

import (
	"context"
	"crypto/tls"
	"fmt"
	"runtime"
	"strings"
	"time"
)

// callersCode runs f, which calls a function of the program. If that panics, the
// panic continues, with its value and stack. The driver would leave its goroutine
// behind then, as it does not close the connection, so the attempt is ended first.
func (a *attempt) callersCode(f func()) {
	returned := false
	defer func() {
		if !returned && !a.done.Load() {
			a.abandon()
		}
	}()
	f()
	returned = true
}

// abandonTimeout bounds the wait for the driver's goroutine, which does not exist
// while a BeforeConnect hook runs.
const abandonTimeout = time.Second

func (a *attempt) abandon() {
	a.cancel()
	timer := time.NewTimer(abandonTimeout)
	defer timer.Stop()
	select {
	case <-a.ended:
	case <-timer.C:
	}
}

// watchCallbacks makes every function of cfg that a handshake calls safe to panic.
// VerifyConnection is not among them, and rdstls.ClientConfig leaves no
// VerifyPeerCertificate.
func (a *attempt) watchCallbacks(cfg *tls.Config) {
	if now := cfg.Time; now != nil {
		cfg.Time = func() (t time.Time) {
			a.callersCode(func() { t = now() })
			return t
		}
	}
	if get := cfg.GetClientCertificate; get != nil {
		cfg.GetClientCertificate = func(info *tls.CertificateRequestInfo) (cert *tls.Certificate, err error) {
			a.callersCode(func() { cert, err = get(info) })
			return cert, err
		}
	}
	if cache := cfg.ClientSessionCache; cache != nil {
		cfg.ClientSessionCache = watchedCache{cache, a}
	}
}

type watchedCache struct {
	tls.ClientSessionCache
	attempt *attempt
}

func (c watchedCache) Get(key string) (session *tls.ClientSessionState, ok bool) {
	c.attempt.callersCode(func() { session, ok = c.ClientSessionCache.Get(key) })
	return session, ok
}

func (c watchedCache) Put(key string, session *tls.ClientSessionState) {
	c.attempt.callersCode(func() { c.ClientSessionCache.Put(key, session) })
}

// An attemptContext tells when the driver has seen that it is done. The driver's
// goroutine for a connection is the only one that asks for the error then
// (go-sql-driver/mysql v1.10.1, startWatcher in connection.go), and it closes the
// connection next.
type attemptContext struct {
	context.Context
	ended chan struct{}
}

func (c attemptContext) Err() error {
	err := c.Context.Err()
	if err != nil {
		select {
		case c.ended <- struct{}{}: // has room for one
		default:
		}
	}
	return err
}

// panickedInDriver reports, in a deferred function, whether the driver panicked, or
// a library that it called: encoding/binary panics on a number that is cut off, and
// under GODEBUG=fips140=only, SHA-1 panics, which mysql_native_password takes. All
// other panics are the program's own.
func panickedInDriver() bool {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	panicking := false
	for {
		frame, more := frames.Next()
		switch name := frame.Function; {
		case name == "runtime.gopanic":
			panicking = true
		case panicking && !strings.HasPrefix(name, "runtime.") && !isDriversLibrary(name):
			return strings.Contains(name, "github.com/go-sql-driver/mysql.")
		}
		if !more {
			return false
		}
	}
}

// isDriversLibrary reports whether the function of that name is in a package that
// the driver imports (v1.10.1), or in one that these import. A function of the
// program can call them too, but is nearer to the panic than the driver then.
func isDriversLibrary(function string) bool {
	root := function[:strings.IndexAny(function+".", "./")]
	switch root {
	case "bufio", "bytes", "compress", "context", "crypto", "encoding", "errors", "fmt", "hash", "internal", "io", "log", "maps", "math",
		"net", "os", "reflect", "slices", "sort", "strconv", "strings", "sync", "syscall", "time", "unicode", "vendor":
		return true
	}
	return strings.HasPrefix(function, "filippo.io/edwards25519.")
}

// driverPanic is the error for a panic of the driver's.
func driverPanic(value any) error {
	return fmt.Errorf("rdsmysql: the driver panicked while it connected: %v", value)
}
