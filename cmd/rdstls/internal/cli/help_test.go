package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "write docs/command.md")

// TestHelp checks that every help begins with one line and an example of that
// command, and ends with the exit codes.
func TestHelp(t *testing.T) {
	t.Parallel()
	everyCommand(t, func(t *testing.T, c *cobra.Command) {
		args := append(strings.Fields(c.CommandPath())[1:], "--help")
		code, text, stderr := try(t, args...)
		if code != 0 || stderr != "" {
			t.Fatalf("exit code %d, stderr %q", code, stderr)
		}
		lines := strings.Split(text, "\n")
		if len(lines) < 4 || !strings.HasSuffix(lines[0], ".") || len(lines[0]) > 110 || lines[1] != "" || !strings.Contains(lines[2], "rdstls") {
			t.Errorf("it does not begin with one line and an example:\n%s", text)
		}
		if _, codes, ok := strings.Cut(text, "\nExit codes:\n"); !ok || !strings.Contains(codes, "  2    usage error\n") || strings.Contains(codes, "\n\n") {
			t.Errorf("it does not end with the exit codes:\n%s", text)
		}
		for i, line := range lines {
			if len(line) > 120 {
				t.Errorf("line %d has %d characters: %s", i+1, len(line), line)
			}
		}
	})
}

// TestExamplesParse checks that the example of every command is one: its command
// and flags exist.
func TestExamplesParse(t *testing.T) {
	t.Parallel()
	env, _, _ := testEnv()
	everyCommand(t, func(t *testing.T, c *cobra.Command) {
		_, words, ok := strings.Cut(strings.TrimSuffix(c.Example, ")"), "rdstls ")
		if !ok {
			t.Fatalf("example %q", c.Example)
		}
		args, _, _ := strings.Cut(words, " -- ")
		found, rest, err := (&app{env}).root().Find(strings.Fields(args))
		if err != nil {
			t.Fatal(err)
		}
		if c.HasParent() && !c.HasSubCommands() && found.CommandPath() != c.CommandPath() {
			t.Errorf("the example of %s is of %s", c.CommandPath(), found.CommandPath())
		}
		if err := found.ParseFlags(rest); err != nil {
			t.Errorf("%s: %v", c.Example, err)
		}
		if err := found.ValidateArgs(found.Flags().Args()); err != nil {
			t.Errorf("%s: %v", c.Example, err)
		}
	})
}

// TestReferencePage checks that docs/command.md is what the command tree says.
// go test ./internal/cli -run ReferencePage -update writes it.
func TestReferencePage(t *testing.T) {
	t.Parallel()
	env, _, _ := testEnv()
	var b strings.Builder
	b.WriteString("# The command rdstls\n\nThis page is generated from the help of the commands: see CONTRIBUTING.md. " +
		"The README says how\nto run and install rdstls.\n")
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		b.WriteString("\n## " + c.CommandPath() + "\n\n```text\n" + strings.TrimSpace(helpText(c)) + "\n```\n")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				walk(sub)
			}
		}
	}
	walk((&app{env}).root())
	path := filepath.Join("..", "..", "..", "..", "docs", "command.md")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != b.String() {
		t.Errorf("docs/command.md is stale (%v): run go test ./internal/cli -run ReferencePage -update in cmd/rdstls", err)
	}
}

func TestHelpCommand(t *testing.T) {
	t.Parallel()
	_, want, _ := try(t, "bundle", "pem", "--help")
	if code, got, _ := try(t, "help", "bundle", "pem"); code != 0 || got != want {
		t.Errorf("exit code %d: %s", code, got)
	}
	if code, _, stderr := try(t, "help", canary); code != 2 || strings.Contains(stderr, canary) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, stdout, stderr := try(t, "completion", shell); code != 0 || !strings.Contains(stdout, "rdstls") {
			t.Errorf("%s: exit code %d, %s", shell, code, stderr)
		}
	}
	if code, stdout, _ := try(t, "completion", "tcsh"); code != 2 || stdout != "" {
		t.Errorf("tcsh: exit code %d", code)
	}
}
