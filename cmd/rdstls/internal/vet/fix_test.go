package vet_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const fixable = `package main

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func main() {
	ctx := context.Background()
	_, _ = pgx.Connect(ctx, "postgres://app:canary@` + endpoint + `/db?sslmode=require")
	_, _ = pgxpool.New(ctx, "postgres://app:canary@` + endpoint + `/db?sslmode=require")
	//rdstls:ignore RT002 a test of suppressions
	_, _ = pgxpool.New(ctx, "postgres://app:canary@` + endpoint + `/db?sslmode=require")
}
`

// TestFix checks that --fix makes a program that compiles and has no findings, that
// suppressed lines stay, and that --diff changes nothing.
func TestFix(t *testing.T) {
	t.Parallel()
	dir := newModule(t, fixable, true)
	code, stdout, _ := vetIn(t, dir, "--diff")
	if code != 1 || !strings.Contains(stdout, "+\t_, _ = rdspgx.Connect(") || readFile(t, filepath.Join(dir, "main.go")) != fixable {
		t.Errorf("--diff: exit code %d, output\n%s", code, stdout)
	}
	code, stdout, stderr := vetIn(t, dir, "--fix")
	if code != 0 || !strings.Contains(stderr, "fixed 2 findings") {
		t.Errorf("--fix: exit code %d, output\n%s%s", code, stdout, stderr)
	}
	if text := readFile(t, filepath.Join(dir, "main.go")); strings.Count(text, "rdspgx.") != 2 || strings.Count(text, "pgxpool.New(") != 1 {
		t.Errorf("--fix made\n%s", text)
	}
	if code, stdout, stderr := run(t, dir, "go", "build", "-mod=mod", "-o", os.DevNull, "."); code != 0 {
		t.Errorf("the fixed program does not compile:\n%s%s", stdout, stderr)
	}
}

// TestFixFromElsewhere checks that --fix finds the module of its findings from any
// directory, for paths and for import paths.
func TestFixFromElsewhere(t *testing.T) {
	t.Parallel()
	dir := newModule(t, "package main\n\nfunc main() {}\n", true)
	app, sibling, nested := filepath.Join(dir, "cmd", "app"), filepath.Join(dir, "cmd", "sibling"), filepath.Join(dir, "cmd", "nested")
	if err := errors.Join(os.MkdirAll(app, 0o700), os.Mkdir(sibling, 0o700), os.Mkdir(nested, 0o700)); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(nested, "go.mod"), "module example.com/nested\n")
	for _, tt := range []struct{ from, arg string }{
		{app, "."}, {sibling, "../app"}, {sibling, "example.com/vetted/cmd/app"}, {nested, "../app"}, {t.TempDir(), app},
	} {
		write(t, filepath.Join(app, "main.go"), fixable)
		if _, stdout, stderr := vetIn(t, tt.from, "--fix", tt.arg); !strings.Contains(stderr, "fixed 2 findings") {
			t.Errorf("--fix %s in %s: output\n%s%s", tt.arg, tt.from, stdout, stderr)
		}
	}
}

// TestFixWithoutLibrary checks that --fix changes nothing in a module without the
// library, and says what to run.
func TestFixWithoutLibrary(t *testing.T) {
	t.Parallel()
	dir := newModule(t, fixable, false)
	code, _, stderr := vetIn(t, dir, "--fix")
	if code != 1 || !strings.Contains(stderr, "go get github.com/rdstls/go") || readFile(t, filepath.Join(dir, "main.go")) != fixable {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
}

// TestFixedProgramsCompile checks that every kind of fix makes a program that
// compiles against the library and has no findings.
func TestFixedProgramsCompile(t *testing.T) {
	t.Parallel()
	dir := newModule(t, "package main\n\nfunc main() {}\n", true)
	for _, name := range []string{"fix", "fixsql", "fixkey"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(module, name))); err != nil {
			t.Fatal(err)
		}
	}
	if code, stdout, stderr := vetIn(t, dir, "--fix", "--fail-on=note"); code != 0 || !strings.Contains(stderr, "fixed 5 findings") {
		t.Errorf("--fix: exit code %d, output\n%s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := run(t, dir, "go", "vet", "-mod=mod", "./..."); code != 0 {
		t.Errorf("the fixed programs do not compile:\n%s%s", stdout, stderr)
	}
}
