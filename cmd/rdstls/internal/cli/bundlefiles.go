package cli

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/rdstls/go/cmd/rdstls/internal/cafile"
	"github.com/rdstls/go/cmd/rdstls/internal/untrusted"
)

func (a *app) bundleVerifyCommand() *cobra.Command {
	return a.command(spec{
		use: "verify FILE", short: "Check a file of RDS CAs that you ship: what it lacks, and what it should not hold.",
		example: "rdstls bundle verify rds-ca.pem",
		long:    "Good are AWS's own file, exactly the roots of one or more Regions, and what rdstls bundle pem prints.\n\"-\" is stdin.",
		exits:   "the file lacks something, holds something else, or is malformed",
		args:    needArgs(1, 1, "a FILE, or - for stdin"),
		run: func(_ context.Context, r *Run, args []string) (Verdict, error) {
			text, err := readCertificates(r, args[0])
			if err != nil {
				return Verdict{}, err
			}
			file := describeFile(untrusted.Text(args[0], untrusted.Name), cafile.Parse(text), r.Now())
			report := newBundleReport("verify")
			report.Files = append(report.Files, file)
			verdict := Verdict{Found: len(file.Problems) > 0}
			if r.Format == "json" {
				return verdict, r.JSON(report)
			}
			printFile(r, file)
			return verdict, nil
		},
	})
}

// printFile prints a file and its problems.
func printFile(r *Run, f bundleFile) {
	status := r.Color.Good(f.Status)
	if len(f.Problems) > 0 {
		status = r.Color.Bad(f.Status)
	}
	fmt.Fprintf(r.Out, "%s: %s, %d certificates of %d Regions\n", f.Path, status, f.Certificates, len(f.Regions))
	for _, p := range f.Problems {
		if p.Certificate != "" {
			fmt.Fprintf(r.Out, "  %s: %s: %s\n", p.Kind, p.Certificate, p.Text)
			continue
		}
		fmt.Fprintf(r.Out, "  %s: %s\n", p.Kind, p.Text)
	}
}

func (a *app) bundleDiffCommand() *cobra.Command {
	return a.command(spec{
		use: "diff A B", short: "Compare the roots in two files.",
		example: "rdstls bundle diff rds-ca.pem embedded",
		long:    "\"-\" is stdin, and \"embedded\" is AWS's file as this version embeds it.",
		exits:   "the files differ",
		args:    needArgs(2, 2, "two files"),
		run: func(_ context.Context, r *Run, args []string) (Verdict, error) {
			if args[0] == "-" && args[1] == "-" {
				return Verdict{}, usage("only one of the two can be stdin")
			}
			var files [2]cafile.File
			for i, arg := range args {
				text, err := readCertificates(r, arg)
				if err != nil {
					return Verdict{}, err
				}
				if files[i] = cafile.Parse(text); files[i].Err != nil {
					return Verdict{}, fmt.Errorf("file %d: %s", i+1, untrusted.Line(files[i].Err.Error(), untrusted.Name))
				}
			}
			added, removed := cafile.Diff(files[0], files[1])
			return printDiff(r, "diff", added, removed, "The files hold the same roots.")
		},
	})
}

func printDiff(r *Run, command string, added, removed []cafile.CA, same string) (Verdict, error) {
	verdict := Verdict{Found: len(added)+len(removed) > 0}
	report := newBundleReport(command)
	report.Added, report.Removed = describeCAs(added), describeCAs(removed)
	if r.Format == "json" {
		return verdict, r.JSON(report)
	}
	for _, ca := range report.Added {
		fmt.Fprintf(r.Out, "+ %s, until %s, sha256 %.16s…\n", ca.Subject, ca.NotAfter.Format(time.DateOnly), ca.SHA256)
	}
	for _, ca := range report.Removed {
		fmt.Fprintf(r.Out, "- %s, until %s, sha256 %.16s…\n", ca.Subject, ca.NotAfter.Format(time.DateOnly), ca.SHA256)
	}
	if !verdict.Found {
		r.Out.WriteString(same + "\n")
	}
	return verdict, nil
}

func (a *app) bundleCheckCommand() *cobra.Command {
	return a.command(spec{
		use: "check", short: "Download AWS's files and compare them with the embedded CAs.",
		example: "rdstls bundle check",
		long:    "The downloads are verified with the system's roots.",
		exits:   "the embedded CAs are behind AWS's files",
		run: func(ctx context.Context, r *Run, _ []string) (Verdict, error) {
			client := &http.Client{Timeout: 30 * time.Second}
			return checkPublished(ctx, r, client, cafile.Published)
		},
	})
}

// checkPublished compares the embedded CAs with the files at the URLs.
func checkPublished(ctx context.Context, r *Run, client *http.Client, urls []string) (Verdict, error) {
	var files []cafile.File
	for i, url := range urls {
		text, err := cafile.Download(ctx, client, url)
		if err != nil {
			return Verdict{}, fmt.Errorf("cannot download AWS's file: %s", untrusted.Line(err.Error(), 500))
		}
		file := cafile.Parse(text)
		if file.Err != nil {
			return Verdict{}, fmt.Errorf("what was downloaded is not a file of CAs: %s", untrusted.Line(file.Err.Error(), 500))
		}
		files = append(files, file)
		r.Progress.Report(i+1, len(urls), "files")
	}
	added, removed := cafile.Behind(files)
	return printDiff(r, "check", added, removed, "The embedded CAs are those that AWS publishes.")
}
