package cli

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/rdstls/go/bundle"
)

// A versionReport is the JSON form of rdstls version.
type versionReport struct {
	Schema     string     `json:"schema"`
	Version    string     `json:"version"`
	Go         string     `json:"go"`
	Bundle     string     `json:"bundle"`
	NewestRoot newestRoot `json:"newest_root"`
}

type newestRoot struct {
	Subject   string    `json:"subject"`
	Region    string    `json:"region"`
	NotBefore time.Time `json:"not_before"`
}

func (a *app) versionCommand() *cobra.Command {
	return a.command(spec{
		use:        "version",
		short:      "Print the versions of rdstls and Go, and which roots are embedded.",
		example:    "rdstls version",
		noJudgment: true,
		run: func(_ context.Context, r *Run, _ []string) (Verdict, error) {
			report := currentVersion()
			if r.Format == "json" {
				return Verdict{}, r.JSON(report)
			}
			fmt.Fprintf(r.Out, "rdstls  %s\nGo      %s\nbundle  sha256 %s\n        newest root: %s, of %s\n",
				report.Version, report.Go, report.Bundle, report.NewestRoot.Subject, report.NewestRoot.NotBefore.Format(time.DateOnly))
			return Verdict{}, nil
		},
	})
}

func currentVersion() versionReport {
	v := versionReport{Schema: "rdstls.version/1", Version: "(devel)", Go: runtime.Version(), Bundle: bundle.SHA256}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	root := bundle.Newest()
	v.NewestRoot = newestRoot{root.Certificate.Subject.CommonName, root.Region, root.Certificate.NotBefore.UTC()}
	return v
}
