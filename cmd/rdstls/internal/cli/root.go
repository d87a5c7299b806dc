package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

type app struct{ env Env }

// commands are the subcommands in the order of the help. Each is made in the file
// of its name.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		a.inspectCommand(),
		a.auditCommand(),
		a.vetCommand(),
		a.sessionsCommand(),
		a.bundleCommand(),
		a.execCommand(),
		a.envCommand(),
		a.tokenCommand(),
		a.versionCommand(),
		a.completionCommand(),
	}
}

// Main runs the command line and returns the exit code. The end of ctx is Ctrl-C.
func Main(ctx context.Context, env Env) int {
	a := &app{env}
	root := a.root()
	err := a.refuseSecrets(root)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	return a.finish(err)
}

// finish prints the text of a command's error and returns the exit code.
func (a *app) finish(err error) int {
	if err == nil {
		return exitGood
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(a.env.Stderr, "rdstls: "+text) //nolint:errcheck // nobody is left to tell
	}
	return codeOf(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:     "rdstls",
		Short:   "Find out which server answers, who accepts it, and run any client verified.",
		Example: "rdstls inspect orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com",
		Long: "Tools for verified TLS to Amazon RDS and Aurora, for clients in any language.\n" +
			"Nothing is sent to anybody but the servers that you name and AWS.",
		Annotations: map[string]string{exitCodes: helpOfExits("")},
		Args:        unknownCommand,
		RunE: func(*cobra.Command, []string) error {
			return usage("which command? rdstls --help lists them")
		},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SuggestionsMinimumDistance = 2
	root.SetArgs(a.env.Args)
	root.SetIn(a.env.Stdin)
	root.SetOut(a.env.Stdout)
	root.SetErr(a.env.Stderr)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return flagError(c, err) })
	useHelp(root)
	root.AddCommand(a.commands()...)
	return root
}

// noArgs is cobra.NoArgs without the argument in its error.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Sprintf("%s takes no arguments: run %[1]s --help", c.CommandPath()))
	}
	return nil
}

// unknownCommand replaces cobra's error, which repeats the argument.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := "the first argument is not a command"
	if similar := c.SuggestionsFor(args[0]); len(similar) > 0 {
		text += fmt.Sprintf("; did you mean %s %s?", c.CommandPath(), similar[0])
	}
	return usage(fmt.Sprintf("%s: %s --help lists them", text, c.CommandPath()))
}

// group returns a command that only has subcommands.
func group(use, short, example, long string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Example: example, Long: long,
		Annotations: map[string]string{exitCodes: helpOfExits("")},
		Args:        unknownCommand,
		RunE: func(c *cobra.Command, _ []string) error {
			return usage("which command? " + c.CommandPath() + " --help lists them")
		},
	}
	c.SuggestionsMinimumDistance = 2
	c.AddCommand(commands...)
	return c
}

// needArgs returns a check that there are from least to most arguments; most is
// negative if there is no limit. what names them in the error.
func needArgs(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return usage(fmt.Sprintf("%s needs %s: run %[1]s --help", c.CommandPath(), what))
		}
		return nil
	}
}
