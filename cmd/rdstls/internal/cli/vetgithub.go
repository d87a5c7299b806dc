package cli

import (
	"fmt"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/untrusted"
	"github.com/rdstls/go/cmd/rdstls/internal/vet"
)

// The escapes of workflow commands: packages/core/src/command.ts of actions/toolkit.
var (
	githubMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// vetGitHub prints workflow commands, which GitHub Actions turns into annotations.
func (f *vetFlags) vetGitHub(r *Run, report *vet.Report) {
	for _, found := range report.Findings {
		command := found.Level
		if command == "note" {
			if f.failOn != "note" {
				continue
			}
			command = "notice"
		}
		fmt.Fprintf(r.Out, "::%s file=%s,line=%d,col=%d,title=%s::%s\n", command,
			githubProperty.Replace(untrusted.Line(found.File, maxPath)), found.Line, found.Column, found.Rule, githubMessage.Replace(found.Message))
	}
	for _, p := range report.Problems {
		fmt.Fprintf(r.Out, "::warning title=rdstls vet::not judged as a whole: %s\n", githubMessage.Replace(untrusted.Text(problemText(p), maxPath)))
	}
	if report.Incomplete {
		r.Out.WriteString("::warning title=rdstls vet::" + Interrupted + "\n")
	}
}
