package cli

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// A palette paints text, or leaves it as it is. Color never carries meaning alone:
// the words say the same.
type palette bool

// The three meanings that color has.
func (p palette) Good(s string) string { return p.paint("32", s) }
func (p palette) Bad(s string) string  { return p.paint("31", s) }
func (p palette) Warn(s string) string { return p.paint("33", s) }

// Strong is for headings.
func (p palette) Strong(s string) string { return p.paint("1", s) }

func (p palette) paint(code, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// palette returns the palette for --color. plain is set if the data is not for
// people, or goes to a file.
func (a *app) palette(color string, plain bool) (palette, error) {
	switch color {
	case "always":
		return palette(true), nil
	case "never":
		return palette(false), nil
	case "auto":
		// https://no-color.org: any value but the empty one.
		wanted := a.env.Getenv("NO_COLOR") == "" && a.env.Getenv("TERM") != "dumb"
		return palette(wanted && a.env.StdoutTerminal && !plain), nil
	}
	return false, usage("--color must be auto, always or never")
}

// patience is how long work may take without a word about its progress.
const patience = time.Second

// patienceOfLogs is the same where stderr is a log: it gets one line, and only
// about work that can take minutes.
const patienceOfLogs = 10 * time.Second

// A Progress is one line on a terminal that says how far the work is. On
// anything else it prints nothing, except for Wait. It is safe for concurrent use.
type Progress struct {
	mu       sync.Mutex
	to       io.Writer
	terminal bool
	now      func() time.Time
	begin    time.Time
	latest   string
	waiting  time.Time   // since Wait was called; zero after Report
	timer    *time.Timer // shows latest when patience is over, and then each second
	visible  bool
}

func newProgress(env Env) *Progress {
	return &Progress{now: env.Now, begin: env.Now(), to: env.Stderr, terminal: env.StderrTerminal}
}

// Report says that done of total things of a kind, such as "hosts", are done.
func (p *Progress) Report(done, total int, things string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.terminal {
		return
	}
	p.latest, p.waiting = fmt.Sprintf("%d of %d %s", done, total, things), time.Time{}
	p.schedule()
}

// Wait says what takes long and has no steps to count. A terminal shows for how
// long it has taken. Anything else gets one line, if it takes long.
func (p *Progress) Wait(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latest, p.waiting = text, p.now()
	if p.terminal {
		p.schedule()
	} else if p.timer == nil {
		p.timer = time.AfterFunc(patienceOfLogs, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.latest != "" {
				io.WriteString(p.to, "rdstls: "+p.latest+"\n") //nolint:errcheck // nobody is left to tell
			}
		})
	}
}

// schedule shows the line as soon as patience is over. The caller holds mu.
func (p *Progress) schedule() {
	if took := p.now().Sub(p.begin); took >= patience {
		p.show()
	} else if p.timer == nil {
		p.timer = time.AfterFunc(patience-took, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.show()
		})
	}
}

// show prints the line. The caller holds mu.
func (p *Progress) show() {
	if p.latest == "" {
		return
	}
	line := p.latest
	if !p.waiting.IsZero() {
		line += fmt.Sprintf(" (%d s)", int(p.now().Sub(p.waiting).Seconds()))
		if p.timer != nil {
			p.timer.Stop() // of the line before
		}
		p.timer = time.AfterFunc(time.Second, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.show()
		})
	}
	p.visible = true
	io.WriteString(p.to, "\r\x1b[K"+line) //nolint:errcheck // a terminal that is gone
}

// clear removes the line, which the next report shows again.
func (p *Progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	p.latest = ""
	if p.visible {
		io.WriteString(p.to, "\r\x1b[K") //nolint:errcheck // a terminal that is gone
		p.visible = false
	}
}
