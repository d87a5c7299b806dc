package boundaries

import (
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// A link from one document to another, or to a file, must lead somewhere.
func TestDocumentsLinks(t *testing.T) {
	t.Parallel()
	files := documents(t)
	root := filepath.Join("..", "..")
	exists := func(name string) bool {
		_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
		return err == nil
	}
	links := 0
	for file, text := range files {
		n, errs := checkLinks(file, text, files, exists)
		links += n
		for _, err := range errs {
			t.Error(err)
		}
	}
	if links == 0 {
		t.Error("no document has a relative link: the search is broken")
	}
}

func TestDocumentsLinksControl(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"docs/a.md": "# A title: `x.Y` & more\n## Same\n## Same\n```\n# No title\n```\n",
	}
	exists := func(name string) bool { return name == "docs/a.md" || name == "bundle" || name == "." }
	for _, tt := range []struct {
		text string
		bad  bool
	}{
		{"[x](a.md)", false},
		{"[x](../bundle)", false},
		{"[x](../bundle \"title\")", false},
		{"[x](https://example.com/none#none)", false},
		{"[x](a.md#a-title-xy--more)", false},
		{"[x](a.md#same-1)", false},
		{"[x]\n\n[x]: a.md", false},
		{"`[x](none.md)`", false},
		{"```\n[x](none.md)\n```", false},
		{"# Here\n[x](#here)", false},

		{"[x](none.md)", true},
		{"![x](none.png)", true},
		{"[x](a.md#none)", true},
		{"[x](a.md#no-title)", true},
		{"[x](a.md#same-2)", true},
		{"[x](#none)", true},
		{"[x](../../outside)", true},
		{"[x](/docs/a.md)", true},
		{"[x]\n\n[x]: none.md", true},
	} {
		if _, errs := checkLinks("docs/b.md", tt.text, files, exists); (len(errs) > 0) != tt.bad {
			t.Errorf("%q: errors %v, want some: %v", tt.text, errs, tt.bad)
		}
	}
}

var (
	inlineLink = regexp.MustCompile(`\]\(([^()\s]+)(?:\s+"[^"]*")?\)`)
	linkTarget = regexp.MustCompile(`(?m)^ {0,3}\[[^\]]+\]:\s*(\S+)`)
	codeSpan   = regexp.MustCompile("`[^`\n]*`")
	heading    = regexp.MustCompile(`(?m)^#{1,6} +(.*?) *#*$`)
)

// checkLinks returns how many relative links the text of file has, and what is
// wrong with them.
func checkLinks(file, text string, files map[string]string, exists func(string) bool) (links int, errs []error) {
	plain := codeSpan.ReplaceAllString(prose(text), "")
	for _, m := range append(inlineLink.FindAllStringSubmatch(plain, -1), linkTarget.FindAllStringSubmatch(plain, -1)...) {
		u, err := url.Parse(m[1])
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
			continue
		}
		if u.Scheme != "" {
			continue
		}
		links++
		name, target := file, text
		if u.Path != "" {
			name = path.Join(path.Dir(file), u.Path)
			target = files[name]
		}
		switch {
		case u.Host != "" || path.IsAbs(u.Path) || strings.HasPrefix(name, ".."):
			errs = append(errs, fmt.Errorf("%s: link %q leads out of the repository", file, m[1]))
		case u.Path != "" && !exists(name):
			errs = append(errs, fmt.Errorf("%s: link %q: no file %s", file, m[1], name))
		case u.Fragment != "" && !anchors(target)[u.Fragment]:
			errs = append(errs, fmt.Errorf("%s: link %q: no such heading in %s", file, m[1], name))
		}
	}
	return links, errs
}

// anchors returns the anchors that GitHub gives the headings of text.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(prose(text), -1) {
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])
		unique := anchor
		for i := 1; found[unique]; i++ {
			unique = fmt.Sprintf("%s-%d", anchor, i)
		}
		found[unique] = true
	}
	return found
}
