//go:build unix

package vet_test

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// TestFileNames checks that the name of a file brings no control character and no
// bidirectional mark into any format.
func TestFileNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a\x1b[31m\nb\u202ec\xff.env"), settings)
	for _, format := range []string{"text", "json", "sarif", "github"} {
		code, stdout, _ := vetIn(t, dir, "--format", format)
		bad := strings.IndexFunc(strings.ReplaceAll(stdout, "\n", ""), func(r rune) bool {
			return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
		})
		if code != 1 || bad >= 0 || !strings.Contains(stdout, "RT102") {
			t.Errorf("%s: exit code %d, a control character at %d:\n%q", format, code, bad, stdout)
		}
	}
}

// TestLargeFile checks that a file that is too large to be read does not count as
// one that was judged.
func TestLargeFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.env"), settings+strings.Repeat("# large\n", 1<<18))
	if code, stdout, stderr := vetIn(t, dir, "a.env"); code != 3 || !strings.Contains(stderr, "nothing to judge") {
		t.Errorf("exit code %d, want 3\n%s%s", code, stdout, stderr)
	}
}
