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

// A Progress is one line on a terminal that says how far the work is. On
// anything else it prints nothing. It is safe for concurrent use.
type Progress struct {
	mu      sync.Mutex
	to      io.Writer // nil: print nothing
	now     func() time.Time
	begin   time.Time
	latest  string
	timer   *time.Timer // shows latest when patience is over
	visible bool
}

func newProgress(env Env) *Progress {
	p := &Progress{now: env.Now, begin: env.Now()}
	if env.StderrTerminal {
		p.to = env.Stderr
	}
	return p
}

// Report says that done of total things of a kind, such as "hosts", are done.
func (p *Progress) Report(done, total int, things string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.to == nil {
		return
	}
	p.latest = fmt.Sprintf("%d of %d %s", done, total, things)
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
	if p.latest != "" {
		p.visible = true
		io.WriteString(p.to, "\r\x1b[K"+p.latest) //nolint:errcheck // a terminal that is gone
	}
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
