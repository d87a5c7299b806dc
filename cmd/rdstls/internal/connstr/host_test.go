package connstr_test

import (
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// TestHostClass checks that the worst host of a list counts, in every spelling of an
// endpoint, and that a placeholder in it does not hide one.
func TestHostClass(t *testing.T) {
	t.Parallel()
	const endpoint = "orders.c9akciq32.eu-west-1.rds.amazonaws.com"
	for hosts, want := range map[string]connstr.HostClass{
		"":                                     connstr.LocalHost,
		"localhost":                            connstr.LocalHost,
		"localhost.":                           connstr.LocalHost,
		"db.internal.":                         connstr.LocalHost,
		"127.0.0.1":                            connstr.LocalHost,
		"10.0.0.1":                             connstr.RemoteHost,
		"1.2.3.4":                              connstr.UnknownHost,
		"198.51.100.7":                         connstr.UnknownHost,
		"[2001:db8::1]":                        connstr.UnknownHost,
		"[::ffff:192.0.2.1]":                   connstr.UnknownHost,
		"[2001:db9::1]":                        connstr.RemoteHost,
		"198.51.101.7":                         connstr.RemoteHost,
		"db.example.com":                       connstr.UnknownHost,
		"db.prod.net,localhost":                connstr.RemoteHost,
		endpoint:                               connstr.RDSHost,
		endpoint + ".":                         connstr.RDSHost,
		strings.ToUpper(endpoint):              connstr.RDSHost,
		endpoint + ",localhost":                connstr.RDSHost,
		"localhost," + endpoint + ",localhost": connstr.RDSHost,
		"{name}.c9akciq32.eu-west-1.rds.amazonaws.com": connstr.RDSHost,
	} {
		if got := (connstr.Conn{Hosts: strings.Split(hosts, ",")}).HostClass(); got != want {
			t.Errorf("HostClass of %q = %v, want %v", hosts, got, want)
		}
	}
}

// TestIgnoredHoldsNoSecret checks that the reason that a report shows does not repeat
// a key of the string, which can be a part of the password.
func TestIgnoredHoldsNoSecret(t *testing.T) {
	t.Parallel()
	conn, err := connstr.ParsePostgres("host=db password=a canary= user=x")
	if err != nil || conn.Ignored == "" || strings.Contains(conn.Ignored, "canary") {
		t.Errorf("Ignored = %q, %v, want a reason without the key", conn.Ignored, err)
	}
}
