package vet_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/vet"
)

// module holds packages with findings of every rule.
const module = "../../rdsvet/testdata/mod"

// TestRun checks that Go packages and other files are judged together, and that no
// message repeats a connection string.
func TestRun(t *testing.T) {
	t.Parallel()
	report := vet.Run(t.Context(), vet.Options{Paths: []string{module}})
	if report.Packages == 0 || report.Files == 0 || report.NoModule || len(report.Problems) > 0 {
		t.Errorf("%d packages, %d files, problems %v", report.Packages, report.Files, report.Problems)
	}
	found := map[string]bool{}
	for _, f := range report.Findings {
		found[f.Rule] = true
		if strings.Contains(f.Message, "rds.amazonaws.com") || strings.Contains(f.Message, "://") {
			t.Errorf("%s:%d: the message repeats the string: %s", f.File, f.Line, f.Message)
		}
		if filepath.IsAbs(f.File) || strings.HasPrefix(f.File, "./") || f.Line < 1 || f.Column < 1 {
			t.Errorf("finding at %s:%d:%d", f.File, f.Line, f.Column)
		}
	}
	for i := 1; i <= 12; i++ {
		if rule := fmt.Sprintf("RT%03d", i); !found[rule] {
			t.Errorf("no finding of %s", rule)
		}
	}
}

// TestSuppressions checks which comments keep a finding out, and that one that
// suppresses nothing is reported.
func TestSuppressions(t *testing.T) {
	t.Parallel()
	report := vet.Run(t.Context(), vet.Options{Paths: []string{filepath.Join(module, "ignored")}})
	var got []string
	for _, f := range report.Findings {
		got = append(got, fmt.Sprintf("%s %s %d", f.Rule, f.Level, f.Line))
	}
	if want := []string{"RT002 error 15", "RT000 note 16"}; !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q", got, want)
	}
	if !report.Findings[0].Fix {
		t.Error("the finding has no fix")
	}
}

// TestNoModule checks that a directory without a module has only its files judged.
func TestNoModule(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "main.go"), "package main")
	write(t, filepath.Join(dir, "a.env"), "URL=postgres://db.prod.net/x?sslmode=require")
	report := vet.Run(t.Context(), vet.Options{Paths: []string{dir + "/..."}})
	if !report.NoModule || report.Files != 1 || len(report.Findings) != 1 || report.Findings[0].Rule != "RT102" {
		t.Errorf("report %+v", report)
	}
}

// TestTypeErrors checks that a package that does not compile is judged as far as it
// goes, and is listed without the compiler's words.
func TestTypeErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/broken\n\ngo 1.26.0\n")
	write(t, filepath.Join(dir, "main.go"), "package main\n\nimport \"database/sql\"\n\nfunc main() {\n\t_, _ = sql.Open(\"pgx\", \"postgres://app:canary@db.prod.net/x?sslmode=require\")\n\tvar n int = \"canary\"\n}\n")
	report := vet.Run(t.Context(), vet.Options{Paths: []string{dir}})
	if len(report.Findings) != 1 || report.Findings[0].Rule != "RT002" {
		t.Errorf("findings %v, want RT002", report.Findings)
	}
	if len(report.Problems) == 0 || report.Problems[0].Kind != "type" || report.Problems[0].Line != 7 {
		t.Errorf("problems %v, want a type error on line 7", report.Problems)
	}
	if text := fmt.Sprintf("%+v", report); strings.Contains(text, "canary") {
		t.Errorf("the report repeats the source: %s", text)
	}
}

// TestUnreadableModule checks that a module that the go command cannot read, and a
// file that cannot be read, are listed as not judged.
func TestUnreadableModule(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/broken\n\ncanary\n")
	write(t, filepath.Join(dir, "main.go"), "package main\n")
	report := vet.Run(t.Context(), vet.Options{Paths: []string{dir, filepath.Join(dir, "missing.env")}})
	kinds := map[string]bool{}
	for _, p := range report.Problems {
		kinds[p.Kind] = true
	}
	if !kinds["list"] || !kinds["read"] {
		t.Errorf("problems %+v, want one of each kind, list and read", report.Problems)
	}
	if text := fmt.Sprintf("%+v", report); strings.Contains(text, "canary") {
		t.Errorf("the report repeats the source: %s", text)
	}
}

// TestInterrupted checks that a run that is interrupted says so.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if report := vet.Run(ctx, vet.Options{Paths: []string{module}}); !report.Incomplete {
		t.Error("the report is not marked as incomplete")
	}
}

// TestBaseline checks that a baseline accepts what was there, also after lines were
// inserted, and nothing else.
func TestBaseline(t *testing.T) {
	t.Parallel()
	old := []vet.Finding{{Rule: "RT002", File: "a.go", Line: 3, Host: "rds", Message: "m"}, {Rule: "RT002", File: "a.go", Line: 9, Host: "rds", Message: "m"}}
	baseline := vet.NewBaseline(old)
	moved := slices.Clone(old)
	moved[0].Line, moved[1].Line = 13, 19
	if left := baseline.New(moved); len(left) != 0 {
		t.Errorf("%v is new after lines were inserted", left)
	}
	third := append(moved, vet.Finding{Rule: "RT002", File: "a.go", Line: 30, Host: "rds", Message: "m"})
	if left := baseline.New(third); len(left) != 1 || left[0].Line != 30 {
		t.Errorf("new findings %v, want the third", left)
	}
	if left := baseline.New([]vet.Finding{{Rule: "RT001", File: "a.go", Host: "rds", Message: "m"}}); len(left) != 1 {
		t.Error("another rule is not new")
	}
	if _, err := vet.ParseBaseline([]byte(`{"schema":"other"}`)); err == nil {
		t.Error("another file is accepted as a baseline")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
