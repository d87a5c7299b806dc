package fakeiam

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
)

// A Minter mints another password for each call, as tokens are, and records the calls.
type Minter struct {
	Prefix string // of the passwords
	Err    error  // returned beside the password, which nobody may use then

	mu            sync.Mutex
	asked, minted []string
}

// Password is an rdstls.PasswordFunc.
func (m *Minter) Password(_ context.Context, endpoint, user string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, endpoint+" "+user)
	m.minted = append(m.minted, fmt.Sprintf("%s#%d", m.Prefix, len(m.asked)))
	return m.minted[len(m.minted)-1], m.Err
}

// Asked returns what the calls asked for: "endpoint user".
func (m *Minter) Asked() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.asked)
}

// WantAsked fails the test unless the calls asked for want.
func (m *Minter) WantAsked(tb testing.TB, want ...string) {
	tb.Helper()
	if got := m.Asked(); !slices.Equal(got, want) {
		tb.Fatalf("asked for passwords of %q, want %q", got, want)
	}
}

// Minted returns the passwords.
func (m *Minter) Minted() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.minted)
}
