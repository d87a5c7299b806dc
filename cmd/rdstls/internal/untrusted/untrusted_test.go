package untrusted_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rdstls/go/cmd/rdstls/internal/untrusted"
)

func TestText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "orders.example", "orders.example"},
		{"letters", "Zürich 東京", "Zürich 東京"},
		{"terminal sequence", "a\x1b[31mb", `a\x1b[31mb`},
		{"C1 control", "a\u009b31m", `a\u009b31m`},
		{"line break", "a\r\nb", `a\r\nb`},
		{"bidirectional override", "a\u202eb", `a\u202eb`},
		{"isolate", "a\u2066b", `a\u2066b`},
		{"zero width", "a\u200bb\ufeffc", `a\u200bb\ufeffc`},
		{"line separator", "a\u2028b", `a\u2028b`},
		{"not UTF-8", "a\xff\x9bb", `a\xff\x9bb`},
		{"backslash", `a\x1b`, `a\\x1b`},
		{"delete", "a\x7f", `a\x7f`},
		{"tag characters", "a\U000e0041", `a\U000e0041`},
		{"long", strings.Repeat("a", 60), strings.Repeat("a", 49) + "…"},
		{"escape at the limit", strings.Repeat("a", 47) + "\x1bbb", strings.Repeat("a", 47) + "…"},
		{"exactly the limit", strings.Repeat("a", 50), strings.Repeat("a", 50)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := untrusted.Text(tt.in, 50); got != tt.want {
				t.Errorf("Text(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	if got, want := untrusted.Texts([]string{"a\x1b", "b", "c", "d"}, 2, 10), []string{`a\x1b`, "b", "… and 2 more"}; !slices.Equal(got, want) {
		t.Errorf("Texts = %q, want %q", got, want)
	}
	if got := untrusted.Texts(nil, 2, 10); got == nil || len(got) != 0 {
		t.Errorf("Texts(nil) = %#v, want an empty list: JSON shows nil as null", got)
	}
}

// FuzzText checks that nothing but printable characters comes out, and no more
// of them than was asked for.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "a\x1b]0;x\x07", "\xff\xfe", "\u202e", strings.Repeat("\x00", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := untrusted.Text(s, 40)
		if n := utf8.RuneCountInString(got); n > 40 {
			t.Errorf("Text(%q) has %d characters", s, n)
		}
		for _, r := range got {
			if r == utf8.RuneError && strings.ContainsRune(s, r) {
				continue // the character itself, which is printable
			}
			if !strconv.IsPrint(r) || r == utf8.RuneError {
				t.Errorf("Text(%q) = %q has %q", s, got, r)
			}
		}
	})
}
