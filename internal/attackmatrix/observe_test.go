package attackmatrix

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/rdstls/go/internal/fakedb"
)

// An outcome is what is in a cell of the matrix. Higher ones are worse.
type outcome int

const (
	refused    outcome = iota // and the attacker received nothing
	timedOut                  // as refused, but the deadline ended it
	panicked                  // the client did, having said nothing
	unharmed                  // connected to the true server, as without the attacker
	misled                    // connected to it, but it gives other answers, or errors hold a part of the password
	connected                 // without saying who it is
	stray                     // the attacker received something that is no secret
	nameInside                // user or database, inside TLS that proves nothing
	wordInside                // the password as well
	nameClear                 // user or database, outside TLS
	wordClear                 // the password as well
)

var outcomes = map[outcome]string{
	refused: "refused", timedOut: "timeout", panicked: "**panic**", unharmed: "unchanged", misled: "**misled**", connected: "**connected**", stray: "**stray bytes**",
	nameInside: "**user, in TLS**", wordInside: "**password, in TLS**", nameClear: "**user, in cleartext**", wordClear: "**password, in cleartext**",
}

func (o outcome) String() string { return outcomes[o] }

// errMisled is the error of a client that the true server answers otherwise than
// without the attacker.
var errMisled = errors.New("misled")

// errPanic is the error of a client that panicked.
var errPanic = errors.New("panic")

// recovering calls connect and turns its panic into an error.
func recovering(connect func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errPanic, p)
		}
	}()
	return connect()
}

// observe decides by what every server received, and only then by err, the client's own
// word. The connections have ended when it returns.
func observe(t *testing.T, s scene, err error) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	worst := judge(err)
	if s.edited && worst == connected {
		worst = unharmed
	}
	for _, evil := range s.evil {
		for _, c := range ended(ctx, t, evil) {
			if got := received(c); got >= nameClear || !s.genuine {
				worst = max(worst, got)
			}
		}
	}
	if s.honest != nil {
		for _, c := range ended(ctx, t, s.honest) {
			// Inside TLS the true server may receive everything.
			if got := received(c); got >= nameClear {
				worst = max(worst, got)
			}
		}
	}
	return worst
}

func judge(err error) outcome {
	switch {
	case err == nil:
		return connected
	case errors.Is(err, errMisled):
		return misled
	case errors.Is(err, errPanic):
		return panicked
	case errors.Is(err, context.DeadlineExceeded):
		return timedOut
	default:
		return refused
	}
}

// received says what an attacker received on a connection.
func received(c *fakedb.Conn) outcome {
	_, inside := c.TLS()
	name := c.Contains(user) || c.Contains(database)
	switch word := c.Contains(password); {
	case word && inside:
		return wordInside
	case word:
		return wordClear
	case name && inside:
		return nameInside
	case name:
		return nameClear
	case len(c.Secure()) > 0 || len(c.Cleartext()) > 0:
		return stray
	default:
		return refused
	}
}

// ended returns the records of a server's connections, once the client has closed
// them.
func ended(ctx context.Context, t *testing.T, s *fakedb.Server) []*fakedb.Conn {
	t.Helper()
	conns, err := s.Wait(ctx)
	if err != nil {
		t.Error(err) // not Fatal: this is not the test's goroutine
	}
	return conns
}
