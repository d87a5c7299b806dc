package rdsmysql_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
)

// FuzzGreeting checks that whatever is the first packet of the true server, the
// connection is refused or works, and that no error holds the password. The seeds
// edit a true greeting, and so do most mutations of them.
func FuzzGreeting(f *testing.F) {
	all := edits()
	for i, name := range slices.Sorted(maps.Keys(all)) {
		if i%6 == 0 { // few seeds: they are all that a short run gets to
			f.Add(all[name].change(bytes.Clone(tlsGreeting)))
		}
	}
	var first atomic.Pointer[[]byte]
	s := listen(f, fakedb.MySQLOptions{
		TLS: serving(ca.Instance(orders)), Plugin: fakedb.CachingSHA2Password,
		Behavior: fakedb.Behavior{Greeting: func([]byte) []byte { return *first.Load() }},
	})
	f.Fuzz(func(t *testing.T, packet []byte) {
		if len(packet) < 5 || len(packet) > 1<<16 {
			return
		}
		packet = bytes.Clone(packet)
		packet[0], packet[1], packet[2] = byte(len(packet)-4), byte((len(packet)-4)>>8), 0 // or both sides wait for the other
		first.Store(&packet)
		cfg := mysql.NewConfig()
		cfg.Net, cfg.Addr, cfg.User, cfg.Passwd, cfg.DBName = "tcp", orders+":3306", canaryUser, canaryPassword+longPassword, canaryDatabase
		cfg.AllowCleartextPasswords, cfg.RejectReadOnly, cfg.MaxAllowedPacket = true, true, 0
		cfg.DialFunc = dialing(s)
		ctx := bounded(t)
		db := open(t, cfg, trust())
		defer db.Close()
		var one int
		err := db.QueryRowContext(ctx, "SELECT 1").Scan(&one)
		if err == nil && one != 1 {
			t.Errorf("greeting %q: SELECT 1 = %d", packet, one)
		}
		if err != nil && strings.Contains(err.Error(), "panicked") {
			t.Errorf("greeting %q: %v", packet, err)
		}
		if err != nil && (strings.Contains(err.Error(), canaryPassword) || strings.Contains(err.Error(), "Secret/")) {
			t.Errorf("greeting %q: the error holds the password: %v", packet, err)
		}
	})
}
