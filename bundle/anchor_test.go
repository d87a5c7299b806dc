package bundle

import (
	"fmt"
	"strings"
	"testing"
)

// TestCorruptData shows that an index that does not fit its file stops the program. The tests
// of the index show that it does fit.
func TestCorruptData(t *testing.T) {
	t.Parallel()
	good := rootIndex[0]
	for _, tt := range []struct {
		name string
		edit func(a *anchor)
	}{
		{"file", func(a *anchor) { a.file = 9 }},
		{"offset-negative", func(a *anchor) { a.offset = -1 }},
		{"offset-too-large", func(a *anchor) { a.offset = 1 << 30 }},
		{"length-zero", func(a *anchor) { a.length = 0 }},
		{"length-too-large", func(a *anchor) { a.length = 1 << 30 }},
		{"block-cut-short", func(a *anchor) { a.length -= 40 }},
		{"block-begins-late", func(a *anchor) { a.offset++ }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := good
			tt.edit(&a)
			var l lazyPool
			for name, f := range map[string]func(){
				"parse": func() { a.parse() },
				"clone": func() { l.clone([]anchor{a}) },
			} {
				if got := panicOf(f); !strings.HasPrefix(got, "bundle: BUG: ") {
					t.Errorf("%s panics with %q", name, got)
				}
			}
			// The caller recovered, and tries again.
			if got := panicOf(func() { l.clone([]anchor{a}) }); !strings.HasPrefix(got, "bundle: BUG: ") {
				t.Errorf("the second clone panics with %q", got)
			}
		})
	}
}

// TestCorruptLength checks that text after the block of an anchor, which crypto/x509
// would skip, stops the program.
func TestCorruptLength(t *testing.T) {
	t.Parallel()
	a := rootIndex[0]
	a.length++
	if got := panicOf(func() { a.parse() }); !strings.HasPrefix(got, "bundle: BUG: ") {
		t.Errorf("parse panics with %q", got)
	}
}

// panicOf returns what f panics with.
func panicOf(f func()) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}
