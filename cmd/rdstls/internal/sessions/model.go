// Package sessions finds the clients of a database that enforcement of TLS would
// cut off. It connects verified, and only reads.
package sessions

import (
	"cmp"
	"slices"
)

// Report is what was seen of a server.
type Report struct {
	Endpoint, Engine, Version string
	Enforced                  string // "on", "off" or "unknown"
	Sessions                  []Session
	Accounts                  []Account
	Samples                   int
	Notes                     []string

	seesAll bool // the role can see how every session is connected
	proxy   bool // the connection leads through RDS Proxy
	failed  bool // a later sample failed
}

// Session is a group of sessions that look alike.
type Session struct {
	User, Application, Address string
	Encrypted                  *bool // nil if the role cannot see it
	TLSVersion, Cipher         string
	Count                      int // the highest number seen at once
}

// Account is an account that may log in without TLS.
type Account struct{ User, Host string }

// Local is the address of a session over a Unix socket.
const Local = "[local]"

// local reports whether an address is the database's own host.
func local(address string) bool {
	return slices.Contains([]string{Local, "localhost", "127.0.0.1", "::1"}, address)
}

// own reports whether a user is one of RDS's own.
func own(user string) bool {
	return slices.Contains([]string{"rdsadmin", "rdsrepladmin", "rdsproxyadmin"}, user)
}

// CutOff reports whether enforcement would cut these sessions off.
func (s *Session) CutOff() bool {
	return s.Encrypted != nil && !*s.Encrypted && !local(s.Address) && !own(s.User)
}

// Found reports whether there is a client that enforcement would cut off.
func (r *Report) Found() bool {
	return slices.ContainsFunc(r.Sessions, func(s Session) bool { return s.CutOff() })
}

// Unknown reports whether there could be one that was not seen.
func (r *Report) Unknown() bool {
	return r.failed || r.proxy || !r.seesAll ||
		slices.ContainsFunc(r.Sessions, func(s Session) bool { return s.Encrypted == nil })
}

// note adds a sentence once.
func (r *Report) note(text string) {
	if !slices.Contains(r.Notes, text) {
		r.Notes = append(r.Notes, text)
	}
}

// add accumulates another sample of the same server.
func (r *Report) add(next *Report) {
	for _, s := range next.Sessions {
		i := slices.IndexFunc(r.Sessions, func(old Session) bool { return old.key() == s.key() })
		if i < 0 {
			r.Sessions = append(r.Sessions, s)
		} else {
			r.Sessions[i].Count = max(r.Sessions[i].Count, s.Count)
		}
	}
	for _, text := range next.Notes {
		r.note(text)
	}
	r.Enforced, r.Accounts = next.Enforced, next.Accounts
	r.seesAll = r.seesAll && next.seesAll
	r.Samples += next.Samples
}

type sessionKey struct{ user, application, address, encrypted, version, cipher string }

func (s *Session) key() sessionKey {
	return sessionKey{s.User, s.Application, s.Address, s.Transport(), s.TLSVersion, s.Cipher}
}

// Transport is "plaintext", "TLS" or "not visible".
func (s *Session) Transport() string {
	switch {
	case s.Encrypted == nil:
		return "not visible"
	case *s.Encrypted:
		return "TLS"
	}
	return "plaintext"
}

// sort puts the clients that would be cut off first.
func (r *Report) sort() {
	rank := func(s *Session) int {
		switch {
		case s.CutOff():
			return 0
		case s.Encrypted == nil:
			return 1
		case !*s.Encrypted:
			return 2
		}
		return 3
	}
	slices.SortFunc(r.Sessions, func(a, b Session) int {
		return cmp.Or(cmp.Compare(rank(&a), rank(&b)), cmp.Compare(a.User, b.User), cmp.Compare(a.Application, b.Application),
			cmp.Compare(a.Address, b.Address), cmp.Compare(a.TLSVersion, b.TLSVersion), cmp.Compare(a.Cipher, b.Cipher))
	})
	slices.SortFunc(r.Accounts, func(a, b Account) int { return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.Host, b.Host)) })
}

func boolean(b bool) *bool { return &b }
