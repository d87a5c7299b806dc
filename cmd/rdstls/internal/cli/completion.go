package cli

import (
	"github.com/spf13/cobra"
)

func (a *app) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:         "completion bash|zsh|fish|powershell",
		Short:       "Print a script that completes commands and flags in your shell.",
		Example:     "source <(rdstls completion bash)",
		Annotations: map[string]string{exitCodes: helpOfExits("")},
		ValidArgs:   []string{"bash", "zsh", "fish", "powershell"},
		Args:        needArgs(1, 1, "the name of a shell: bash, zsh, fish or powershell"),
		RunE: func(c *cobra.Command, args []string) error {
			root, to := c.Root(), a.env.Stdout
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(to, true)
			case "zsh":
				return root.GenZshCompletion(to)
			case "fish":
				return root.GenFishCompletion(to, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(to)
			}
			return usage("completion knows bash, zsh, fish and powershell")
		},
	}
}
