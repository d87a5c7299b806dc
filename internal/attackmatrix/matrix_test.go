// Package attackmatrix holds the attack matrix: every attacker of fakedb and
// testcerts against every way to connect, ours and those that people use without
// us. It has no code.
//
// What a cell says is decided by the bytes that the attacker received. The table
// in docs/threat-model.md is the test's own output:
//
//	go test ./internal/attackmatrix -update
//
// writes it, and without the flag the test fails if it would be another.
package attackmatrix

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/rdstls/go/internal/fakedb"
)

var update = flag.Bool("update", false, "rewrite the table in docs/threat-model.md")

// TestMain makes the tests independent of who runs them: pgx reads these
// variables, and files of the home directory.
func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "PG") {
			os.Unsetenv(name)
		}
	}
	os.Setenv("HOME", os.DevNull)
	os.Exit(m.Run())
}

// A connectFunc connects to a scene, and closes.
type connectFunc func(ctx context.Context, a attack, s scene) error

// A client is a column of the matrix.
type client struct {
	name    string
	ours    bool
	connect connectFunc
}

// A protocol is a table of its own.
type protocol struct {
	name    string
	attacks []attack
	clients []client
}

// errNotTried is the error of a client that did not accept its configuration.
var errNotTried = errors.New("not tried")

// A panicsError is that of a client that was attacked more than once and
// panicked.
type panicsError struct{ panics, attempts int }

func (e *panicsError) Error() string {
	return fmt.Sprintf("%d of %d attempts panicked", e.panics, e.attempts)
}

func (e *panicsError) String() string {
	return fmt.Sprintf("**panic** (%d of %d lengths)", e.panics, e.attempts)
}

func (e *panicsError) Unwrap() error { return errPanic }

// confessed are the cells in which ours do not do what the others do. They are
// explained in docs/threat-model.md.
var confessed = map[[2]string]outcome{
	// A TLS config key is only a tls.Config: nothing checks the greeting before the driver.
	{malformed, keyClient}:    panicked,
	{editDatabase, keyClient}: misled,
	{editEOF, keyClient}:      misled,
	{editMetadata, keyClient}: panicked,
	{editLength, keyClient}:   misled,
}

// TestMatrix attacks every client. Ours must refuse, having said nothing.
func TestMatrix(t *testing.T) {
	t.Parallel()
	protocols := []protocol{postgres(t), mysqlProtocol(t)}
	var cells sync.WaitGroup
	// Most of the time of an attack is waiting.
	places := make(chan struct{}, 32)
	tables := make([][][]string, len(protocols))
	for p, protocol := range protocols {
		tables[p] = make([][]string, len(protocol.attacks))
		for a, attack := range protocol.attacks {
			tables[p][a] = make([]string, len(protocol.clients))
			for c, client := range protocol.clients {
				s := attack.stage(t)
				places <- struct{}{}
				cells.Go(func() {
					defer func() { <-places }()
					tables[p][a][c] = play(t, attack, client, s)
				})
			}
		}
	}
	cells.Wait()
	if t.Failed() {
		return
	}
	var text bytes.Buffer
	for p, protocol := range protocols {
		render(&text, protocol, tables[p])
	}
	compare(t, text.Bytes())
}

// play returns the text of a cell.
func play(t *testing.T, a attack, c client, s scene) string {
	limit := bound
	if a.endless {
		limit = patience
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	err := recovering(func() error { return c.connect(ctx, a, s) })
	if errors.Is(err, errNotTried) {
		if c.ours {
			t.Errorf("%s: %s: %v", c.name, a.name, err)
		}
		return "–"
	}
	got := observe(t, s, err)
	for _, evil := range s.evil {
		if len(evil.Conns()) == 0 {
			t.Errorf("%s: %s: nobody connected to the attacker, so this tests nothing", c.name, a.name)
		}
	}
	if want, special := confessed[[2]string{a.name, c.name}]; special && got != want {
		t.Errorf("%s: %s: %s, want %s; is the confession still true?", c.name, a.name, got, want)
	} else if c.ours && !special && got != refused && (!a.endless || got != timedOut) && (!s.edited || got != unharmed) {
		t.Errorf("%s: %s: %s (error %v), want it refused", c.name, a.name, got, err)
	}
	if c.ours && err != nil && strings.Contains(err.Error(), password) {
		t.Errorf("%s: %s: the error holds the password", c.name, a.name)
	}
	var panics *panicsError
	switch {
	case !errors.As(err, &panics) || panics.attempts == 1:
		return got.String()
	case got == panicked:
		return panics.String()
	default:
		return panics.String() + ", " + got.String()
	}
}

func render(w *bytes.Buffer, p protocol, cells [][]string) {
	fmt.Fprintf(w, "### %s\n\n| attack |", p.name)
	for _, c := range p.clients {
		fmt.Fprintf(w, " %s |", c.name)
	}
	fmt.Fprintf(w, "\n|%s\n", strings.Repeat(" --- |", len(p.clients)+1))
	for i, a := range p.attacks {
		fmt.Fprintf(w, "| %s | %s |\n", a.name, strings.Join(cells[i], " | "))
	}
	w.WriteString("\n")
}

const (
	document = "../../docs/threat-model.md"
	begin    = "<!-- attack matrix: begin (go test ./internal/attackmatrix -update) -->\n\n"
	end      = "<!-- attack matrix: end -->\n"
)

// compare demands that the document holds the table, or puts it there.
func compare(t *testing.T, table []byte) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := bytes.Cut(text, []byte(begin))
	was, after, closed := bytes.Cut(rest, []byte(end))
	if !found || !closed {
		t.Fatalf("%s has no lines %q and %q", document, begin, end)
	}
	if bytes.Equal(was, table) {
		return
	}
	if !*update {
		t.Errorf("%s is not what was seen:\n%s\nrun go test ./internal/attackmatrix -update", document, difference(was, table))
		return
	}
	text = bytes.Join([][]byte{before, []byte(begin), table, []byte(end), after}, nil)
	if err := os.WriteFile(document, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// difference returns the lines that are in one text only.
func difference(was, is []byte) string {
	var lines []string
	for _, side := range []struct {
		sign        string
		text, other []byte
	}{{"-", was, is}, {"+", is, was}} {
		for line := range strings.Lines(string(side.text)) {
			if !bytes.Contains(side.other, []byte(line)) {
				lines = append(lines, side.sign+line)
			}
		}
	}
	return strings.Join(lines, "")
}

// A tracker closes what a driver that panicked left open.
type tracker struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (d *tracker) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conns = append(d.conns, conn)
	return conn, nil
}

func (d *tracker) closeAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, conn := range d.conns {
		conn.Close() // most are closed
	}
}

// TestControl connects every client to the true server: it is not for a fault of
// theirs that the others fail.
func TestControl(t *testing.T) {
	t.Parallel()
	for _, p := range []struct {
		protocol
		listen func() *fakedb.Server
	}{
		{postgres(t), func() *fakedb.Server {
			return listenPostgres(t, fakedb.PostgresOptions{TLS: serving(authority().Instance(host))})
		}},
		{mysqlProtocol(t), func() *fakedb.Server {
			return listenMySQL(t, fakedb.MySQLOptions{TLS: serving(authority().Instance(host))})
		}},
	} {
		for _, c := range p.clients {
			s := scene{evil: []*fakedb.Server{p.listen()}}
			ctx, cancel := context.WithTimeout(t.Context(), bound)
			if err := c.connect(ctx, attack{}, s); err != nil {
				t.Errorf("%s: %v, want nil", c.name, err)
			}
			cancel()
			if got := observe(t, s, nil); got != wordInside {
				t.Errorf("%s: the true server received %s, want the password in TLS", c.name, got)
			}
		}
	}
}
