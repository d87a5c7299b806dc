package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// testEnv returns an Env whose output is in the two buffers.
func testEnv(args ...string) (env Env, stdout, stderr *bytes.Buffer) {
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	return Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: stdout, Stderr: stderr,
		Getenv: func(string) string { return "" }, Now: time.Now,
	}, stdout, stderr
}

// try runs the command line.
func try(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	env, out, err := testEnv(args...)
	code = Main(t.Context(), env)
	return code, out.String(), err.String()
}

// trySpec runs a command of s in env.
func trySpec(ctx context.Context, env Env, s spec) int {
	a := &app{env}
	root := a.root()
	root.AddCommand(a.command(s))
	return a.finish(root.ExecuteContext(ctx))
}

// everyCommand calls f with each command of the tree.
func everyCommand(t *testing.T, f func(*testing.T, *cobra.Command)) {
	t.Helper()
	env, _, _ := testEnv()
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		t.Run(strings.ReplaceAll(c.CommandPath(), " ", "_"), func(t *testing.T) { f(t, c) })
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				walk(sub)
			}
		}
	}
	walk((&app{env}).root())
}
