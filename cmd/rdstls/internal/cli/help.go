package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// exitCodes is the annotation with the last section of a command's help.
const exitCodes = "exit codes"

// helpOfExits returns the exit codes of a command; found is the meaning of 1, if
// the command judges something.
func helpOfExits(found string) string {
	lines := []string{"0    all good"}
	if found != "" {
		lines = append(lines, "1    "+found)
	}
	lines = append(lines, "2    usage error", "3    could not tell, such as after a network error", "130  interrupted with Ctrl-C")
	return "  " + strings.Join(lines, "\n  ")
}

// exitHelp returns the exit codes of the command of s.
func (s spec) exitHelp() string {
	switch {
	case s.exits != "":
		return helpOfExits(s.exits)
	case s.noJudgment:
		return helpOfExits("")
	}
	return helpOfExits("something is unverified, not enforced, or found")
}

// useHelp makes the help of c and all below it begin with what the command does
// and an example, and end with the exit codes.
func useHelp(c *cobra.Command) {
	c.SetHelpFunc(func(c *cobra.Command, _ []string) {
		fmt.Fprint(c.OutOrStdout(), helpText(c)) //nolint:errcheck // nobody is left to tell
	})
	c.SetHelpCommand(&cobra.Command{
		Use:    "help [COMMAND]",
		Short:  "Show the help of a command.",
		Hidden: true,
		RunE: func(help *cobra.Command, args []string) error {
			found, rest, err := help.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usage("there is no such command: rdstls --help lists them")
			}
			return found.Help()
		},
	})
}

// helpText returns the help of c.
func helpText(c *cobra.Command) string {
	c.InitDefaultHelpFlag()
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", c.Short)
	for line := range strings.Lines(c.Example) {
		b.WriteString("    " + line)
	}
	b.WriteString("\n\n")
	if c.Long != "" {
		b.WriteString(strings.TrimSpace(c.Long) + "\n\n")
	}
	fmt.Fprintf(&b, "Usage:\n  %s\n\n", usageLine(c))
	if c.HasAvailableSubCommands() {
		b.WriteString("Commands:\n")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "  %-12s %s\n", sub.Name(), sub.Short)
			}
		}
		b.WriteString("\n")
	}
	if flags := c.LocalFlags().FlagUsagesWrapped(100); flags != "" {
		b.WriteString("Flags:\n" + flags + "\n")
	}
	b.WriteString("Exit codes:\n" + c.Annotations[exitCodes] + "\n")
	return b.String()
}

func usageLine(c *cobra.Command) string {
	if c.HasAvailableSubCommands() {
		return c.CommandPath() + " COMMAND"
	}
	return c.UseLine()
}
