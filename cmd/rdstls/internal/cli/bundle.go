package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/cmd/rdstls/internal/cafile"
	"github.com/rdstls/go/cmd/rdstls/internal/roots"
)

// A bundleReport is the JSON form of the commands of rdstls bundle. Which lists
// have something depends on the command.
type bundleReport struct {
	Schema     string       `json:"schema"`
	Command    string       `json:"command"` // list, pem, verify, scan, diff or check
	CAs        []bundleCA   `json:"cas"`     // list, pem
	PEM        string       `json:"pem"`     // pem
	Files      []bundleFile `json:"files"`   // verify, scan
	Added      []bundleCA   `json:"added"`   // diff; check: published by AWS, not embedded
	Removed    []bundleCA   `json:"removed"` // diff; check: embedded, no longer published
	Incomplete bool         `json:"incomplete"`
}

type bundleCA struct {
	ID       string    `json:"id"`
	Region   string    `json:"region"`
	Subject  string    `json:"subject"`
	Key      string    `json:"key"`
	NotAfter time.Time `json:"not_after"`
	SHA256   string    `json:"sha256"`
}

type bundleFile struct {
	Path         string           `json:"path"`
	SHA256       string           `json:"sha256"`
	Size         int              `json:"size"`
	Certificates int              `json:"certificates"`
	Regions      []string         `json:"regions"`
	Status       string           `json:"status"` // current, partial or stale
	Problems     []cafile.Problem `json:"problems"`
}

func newBundleReport(command string) bundleReport {
	return bundleReport{
		Schema: "rdstls.bundle/1", Command: command,
		CAs: []bundleCA{}, Files: []bundleFile{}, Added: []bundleCA{}, Removed: []bundleCA{},
	}
}

func describeCAs(cas []cafile.CA) []bundleCA {
	list := make([]bundleCA, 0, len(cas))
	for _, ca := range cas {
		list = append(list, bundleCA{
			ca.ID, ca.Region, cafile.Subject(ca.Certificate), roots.Key(ca.Certificate), ca.Certificate.NotAfter.UTC(), roots.Digest(ca.Certificate),
		})
	}
	return list
}

func describeFile(path string, f cafile.File, now time.Time) bundleFile {
	problems := f.Judge(now)
	if problems == nil {
		problems = []cafile.Problem{}
	}
	return bundleFile{path, f.SHA256, f.Size, len(f.Certs), f.Regions(), cafile.Status(problems), problems}
}

func (a *app) bundleCommand() *cobra.Command {
	return group("bundle", "Print, verify, find and compare files with the RDS CAs.",
		"rdstls bundle pem --for orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com -o rds-ca.pem", "",
		a.bundleListCommand(), a.bundlePEMCommand(), a.bundleVerifyCommand(),
		a.bundleScanCommand(), a.bundleDiffCommand(), a.bundleCheckCommand())
}

func (a *app) bundleListCommand() *cobra.Command {
	var region string
	c := a.command(spec{
		use: "list", short: "List the embedded CAs by Region.", example: "rdstls bundle list --region eu-west-1", noJudgment: true,
		run: func(_ context.Context, r *Run, _ []string) (Verdict, error) {
			cas := cafile.Known()
			if region != "" {
				if cas = cafile.OfRegion(region); len(cas) == 0 {
					return Verdict{}, errUnknownRegion
				}
			} else {
				cas = slices.Concat(cas, cafile.Proxy())
			}
			report := newBundleReport("list")
			report.CAs = describeCAs(cas)
			if r.Format == "json" {
				return Verdict{}, r.JSON(report)
			}
			w := tabwriter.NewWriter(r.Out, 0, 0, 2, ' ', 0)
			for _, ca := range report.CAs {
				where := ca.Region
				if where == "" {
					where = "RDS Proxy"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\tuntil %s\tsha256 %.16s…\n", where, ca.ID, ca.Key, ca.NotAfter.Format(time.DateOnly), ca.SHA256)
			}
			return Verdict{}, w.Flush()
		},
	})
	c.Flags().StringVar(&region, "region", "", "only the CAs of this `REGION`")
	return c
}

var errUnknownRegion = usage("this version of rdstls knows no such Region: rdstls bundle list shows those that it knows")

// readCertificates returns the text of a file of an argument; "-" is stdin, and
// "embedded" is this version's bundle.
func readCertificates(r *Run, path string) ([]byte, error) {
	switch path {
	case "-":
		text, err := io.ReadAll(io.LimitReader(r.Stdin, maxFile+1))
		return text, errors.Join(err, tooLarge(len(text)))
	case "embedded":
		return bundle.PEM(), nil
	}
	info, err := os.Stat(path)
	if err == nil && info.Mode().IsRegular() && info.Size() > maxFile {
		return nil, tooLarge(maxFile + 1)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usage("the file cannot be read: " + withoutPath(err))
	}
	return text, nil
}

// maxFile bounds what is read as a file of CAs. AWS's has 165 KB.
const maxFile = 16 << 20

func tooLarge(size int) error {
	if size > maxFile {
		return usage("the file is too large to be a file of CAs")
	}
	return nil
}
