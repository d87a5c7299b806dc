package rdsmysql

import (
	"bytes"
	"crypto/tls"
	"reflect"
	"runtime"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// calledByDriver reports whether the driver calls the function that asks, for the
// connection of this attempt: directly, or through crypto/tls.
//
// The driver gives a BeforeConnect hook the configuration of the attempt. The hook can
// connect with it: by itself, with the driver, or with another connector of this
// package; before the driver dials, or in a callback of the driver's handshake. What
// such a connection proves says nothing about that of the driver. A
// tls.ConnectionState does not say to which connection it belongs, and the driver
// does not show the tls.Conn that it uses, so only the stack ties the two.
func (a *attempt) calledByDriver() bool {
	if goroutineID() != a.goroutine {
		return false
	}
	frames := callStack()
	skip := func(while func(function string) bool) {
		for len(frames) > a.depth && while(frames[0]) {
			frames = frames[1:]
		}
	}
	inTLS, inDriver := in((*tls.Conn).Handshake), in(mysql.NewConnector)
	skip(func(f string) bool { return !inTLS(f) && !inDriver(f) }) // this package, and functions around VerifyConnection
	skip(inTLS)
	skip(inDriver)
	return len(frames) == a.depth
}

// in returns a function that reports whether a function is in the package of f. The
// name is not a constant, as tools such as garble change it.
func in(f any) func(function string) bool {
	name := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
	slash := strings.LastIndexByte(name, '/') + 1
	pkg, _, _ := strings.Cut(name[slash:], ".")
	prefix := name[:slash] + pkg + "."
	return func(function string) bool { return strings.HasPrefix(function, prefix) }
}

// callStack returns the names of the functions that are running, from the caller's
// on.
func callStack() []string {
	pcs := make([]uintptr, 64)
	n := runtime.Callers(2, pcs)
	for n == len(pcs) {
		pcs = make([]uintptr, 2*len(pcs))
		n = runtime.Callers(2, pcs)
	}
	names := make([]string, 0, n)
	frames := runtime.CallersFrames(pcs[:n])
	for more := n > 0; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		names = append(names, frame.Function)
	}
	return names
}

// goroutineID identifies the goroutine that calls it.
func goroutineID() string {
	var b [64]byte
	stack := b[:runtime.Stack(b[:], false)]
	id, _, _ := bytes.Cut(stack, []byte{'['}) // "goroutine 7 [running]:"
	return string(id)
}
