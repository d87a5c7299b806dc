package vet_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/vet"
)

var (
	section = regexp.MustCompile(`(?m)^## (RT\d+)\n\n(.*)\.\n`)
	block   = regexp.MustCompile("(?ms)^```(\\w+)( silent)?\n(.*?)^```$")
)

// exampleImports are those of the examples in Go, by the names that they use.
var exampleImports = map[string]string{
	"pgx": "github.com/jackc/pgx/v5", "sql": "database/sql", "mysql": "github.com/go-sql-driver/mysql", "tls": "crypto/tls", "os": "os", "url": "net/url",
	"rdspgx": "github.com/rdstls/go/pgx", "rdsmysql": "github.com/rdstls/go/mysql",
}

// TestRulesPage checks that docs/rules.md has a section for each rule with its title,
// and that each example is reported, or not if it is marked as silent.
func TestRulesPage(t *testing.T) {
	t.Parallel()
	page := readFile(t, "../../../../docs/rules.md")
	places := section.FindAllStringSubmatchIndex(page, -1)
	dir := newModule(t, "package main\n\nfunc main() {}\n", true)
	want := map[string]string{} // rule by file; "" for silent
	for i, rule := range vet.Rules() {
		if i >= len(places) || page[places[i][2]:places[i][3]] != rule.ID || page[places[i][4]:places[i][5]] != rule.Title {
			t.Fatalf("section %d of docs/rules.md is not about %s: %s", i, rule.ID, rule.Title)
		}
		end := len(page)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		examples := block.FindAllStringSubmatch(page[places[i][0]:end], -1)
		if len(examples) == 0 {
			t.Errorf("%s has no example", rule.ID)
		}
		for n, example := range examples {
			file := writeExample(t, dir, fmt.Sprintf("%s-%d", strings.ToLower(rule.ID), n), example[1], example[3])
			want[file] = rule.ID
			if example[2] != "" {
				want[file] = ""
			}
		}
	}
	got := map[string][]string{}
	for _, f := range vet.Run(t.Context(), vet.Options{Paths: []string{dir}}).Findings {
		got[filepath.Base(f.File)] = append(got[filepath.Base(f.File)], f.Rule)
	}
	for file, rule := range want {
		if rule == "" && len(got[file]) > 0 || rule != "" && !slices.Contains(got[file], rule) {
			t.Errorf("%s: findings %q, want %q", file, got[file], rule)
		}
	}
}

// writeExample writes an example to a file, and one in Go as a function in a package of
// its own. It returns the file's name.
func writeExample(t *testing.T, dir, name, language, text string) string {
	t.Helper()
	file := name + "." + language
	if language == "go" {
		imports := "import \"context\"\n"
		for prefix, path := range exampleImports {
			if regexp.MustCompile(`\b` + prefix + `\.`).MatchString(text) {
				imports += fmt.Sprintf("import %s %q\n", prefix, path)
			}
		}
		text = "package example\n\n" + imports + "\nfunc f(ctx context.Context) error {\n" + text + "return err\n}\n"
		dir = filepath.Join(dir, strings.ReplaceAll(name, "-", "_"))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, file), text)
	return file
}
