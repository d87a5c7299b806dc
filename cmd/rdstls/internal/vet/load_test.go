package vet_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/vet"
)

// TestLoadsOnlyWhatMatters checks that a package that has nothing to do with a
// database is not type-checked if it has dependencies, which would take minutes to
// compile: its type error is not reported. Its suppressions are reported all the same.
func TestLoadsOnlyWhatMatters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"heavy/go.mod":       "module example.com/heavy\n\ngo 1.26.0\n",
		"heavy/heavy.go":     "package heavy\n\nvar X = 1\n",
		"m/go.mod":           "module example.com/m\n\ngo 1.26.0\n\nrequire example.com/heavy v0.0.0\n\nreplace example.com/heavy => ../heavy\n",
		"m/other/other.go":   "package other\n\nimport \"example.com/heavy\"\n\n//rdstls:ignore RT001 a test\nvar X string = heavy.X\n",
		"m/db/db.go":         "package db\n\nimport (\n\t\"database/sql\"\n\n\t\"example.com/heavy\"\n)\n\nvar _ = heavy.X\n\nvar DB, _ = sql.Open(\"pgx\", \"postgres://db.prod.net/x?sslmode=require\")\n",
		"m/simple/simple.go": "package simple\n\nvar X int = \"\"\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, path, text)
	}
	report := vet.Run(t.Context(), vet.Options{Paths: []string{filepath.Join(dir, "m")}})
	var got []string
	for _, f := range report.Findings {
		got = append(got, f.Rule+" "+filepath.Base(f.File))
	}
	for _, p := range report.Problems {
		got = append(got, p.Kind+" "+p.Package)
	}
	slices.Sort(got)
	got = slices.Compact(got)
	want := []string{"RT000 other.go", "RT002 db.go", "type example.com/m/simple"}
	if !slices.Equal(got, want) || report.Packages != 3 {
		t.Errorf("%d packages, %q, want 3 and %q", report.Packages, got, want)
	}
}

// TestNoFixElsewhere checks that a finding in a dependency that is named as an
// argument has no fix: the files of dependencies are not the user's to change.
func TestNoFixElsewhere(t *testing.T) {
	dir := newModule(t, fixable, true)
	user := t.TempDir()
	write(t, filepath.Join(user, "go.mod"), strings.Replace(readFile(t, filepath.Join(dir, "go.mod")), "example.com/vetted", "example.com/user", 1)+
		"\nrequire example.com/vetted v0.0.0\n\nreplace example.com/vetted => "+dir+"\n")
	write(t, filepath.Join(user, "go.sum"), readFile(t, filepath.Join(dir, "go.sum")))
	write(t, filepath.Join(user, "main.go"), "package user\n")
	t.Chdir(user)
	report := vet.Run(t.Context(), vet.Options{Paths: []string{"example.com/vetted"}})
	if len(report.Findings) != 2 || report.Findings[0].Fix || report.Findings[1].Fix {
		t.Errorf("findings %v, problems %v; want two without a fix", report.Findings, report.Problems)
	}
}
