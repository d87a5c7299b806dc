package rdstls

import (
	"reflect"
	"slices"
)

// A dialed is an attempt of pgx to connect to one address.
type dialed struct {
	start, end    int // in the tree
	address, host string
	plaintext     bool // the server refused it because it had no TLS
}

func (t tree) dialed(start, end int) []dialed {
	var found []dialed
	for i := start; i < end; i++ {
		n := t[i]
		if !isType(n.err, pgconnPath, "perDialConnectError") {
			continue
		}
		found = append(found, dialed{i, n.end, stringField(n.err, "address"), stringField(n.err, "originalHostname"), t[i:n.end].missedTLS()})
		i = n.end - 1
	}
	return found
}

// isDialed reports whether f.tree[i] is of an attempt of pgx to connect.
func (f *failure) isDialed(i int) bool {
	n, _ := slices.BinarySearchFunc(f.dials, i, func(d dialed, i int) int { return d.start - i }) // the first behind it
	return n > 0 && i < f.dials[n-1].end
}

// missedTLS reports whether a PostgreSQL server refused the login because it saw
// no TLS.
func (t tree) missedTLS() bool {
	for _, n := range t {
		if e, ok := n.err.(interface{ SQLState() string }); ok {
			return isPlaintextRefusal(safely(e.SQLState), stringField(e, "Message"))
		}
	}
	return false
}

// readPgxConfigs reads what pgx's errors say about the configuration, and whether
// a server missed TLS more often than pgx connected to it without.
func (f *failure) readPgxConfigs() {
	for i := 0; i < len(f.tree); i++ {
		n := f.tree[i]
		if !isType(n.err, pgconnPath, "ConnectError") {
			continue
		}
		cfg := field(reflect.ValueOf(n.err), "Config")
		f.direct = f.direct || stringOf(field(cfg, "SSLNegotiation")) == "direct"
		left := plaintextEntries(cfg)
		missed := map[[2]string]int{}
		for _, d := range f.tree.dialed(i, n.end) {
			if d.plaintext {
				server := [2]string{d.host, d.address}
				missed[server]++
				f.pooled = f.pooled || cfg.IsValid() && missed[server] > left[d.host]
			}
		}
		i = n.end - 1
	}
}

// plaintextEntries returns how often a pgconn.Config connects to each host without
// TLS.
func plaintextEntries(cfg reflect.Value) map[string]int {
	entries := map[string]int{}
	for _, entry := range append([]reflect.Value{cfg}, elements(field(cfg, "Fallbacks"))...) {
		if tlsConfig := field(entry, "TLSConfig"); tlsConfig.Kind() == reflect.Pointer && tlsConfig.IsNil() {
			entries[stringOf(field(entry, "Host"))]++
		}
	}
	return entries
}

// withoutPlaintextAttempts takes out the attempts that a server refused because
// they had no TLS, if another attempt to connect to the same address failed for
// another reason: sslmode=prefer and sslmode=allow try both, and the attempt that
// had TLS tells more.
func (t tree) withoutPlaintextAttempts() tree {
	all := t.dialed(0, len(t))
	told := map[string]bool{}
	for _, d := range all {
		told[d.address] = told[d.address] || !d.plaintext
	}
	kept := make(tree, 0, len(t))
	moved := make([]int, len(t)+1) // the new indexes
	next := 0
	for i := range t {
		moved[i] = len(kept)
		for next < len(all) && i >= all[next].end {
			next++
		}
		if next < len(all) && i >= all[next].start && all[next].plaintext && told[all[next].address] {
			continue
		}
		kept = append(kept, t[i])
	}
	moved[len(t)] = len(kept)
	for i := range kept {
		kept[i].end = moved[kept[i].end]
	}
	return kept
}
