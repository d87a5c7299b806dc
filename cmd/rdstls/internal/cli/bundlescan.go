package cli

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/rdstls/go/cmd/rdstls/internal/cafile"
	"github.com/rdstls/go/cmd/rdstls/internal/untrusted"
)

func (a *app) bundleScanCommand() *cobra.Command {
	return a.command(spec{
		use: "scan PATH...", short: "Find copies of the RDS CAs in a tree by their content, and report the stale ones.",
		example: "rdstls bundle scan .",
		long: "Certificates are found in files of any name: PEM, YAML, and strings with escaped line breaks. Links are\n" +
			"not followed, .git is left out, and so are files above 16 MiB, which are counted on stderr.",
		exits: "a copy is stale or partial",
		args:  needArgs(1, -1, "a PATH"),
		run:   runScan,
	})
}

func runScan(ctx context.Context, r *Run, args []string) (Verdict, error) {
	report := newBundleReport("scan")
	s := scanner{r: r}
	for _, root := range args {
		if _, err := os.Stat(root); err != nil {
			return Verdict{}, usage("a path cannot be read: " + withoutPath(err))
		}
		if err := s.scan(ctx, root); err != nil && ctx.Err() == nil {
			return Verdict{}, err
		}
	}
	report.Files = append(report.Files, s.found...)
	report.Incomplete = ctx.Err() != nil || s.unread > 0
	verdict := Verdict{Unknown: s.unread > 0}
	for _, f := range s.found {
		verdict.Found = verdict.Found || f.Status != "current"
	}
	if len(s.found) == 0 {
		verdict.Empty = "There is no copy of the RDS CAs."
	}
	if s.unread > 0 {
		r.Warn(fmt.Sprintf("%d files or directories could not be read, or are too large", s.unread))
	}
	if r.Format == "json" {
		return verdict, r.JSON(report)
	}
	for _, status := range []string{"stale", "partial", "current"} {
		for _, f := range s.found {
			if f.Status == status {
				printFile(r, f)
			}
		}
	}
	if ctx.Err() != nil {
		r.Out.WriteString(Interrupted + "\n")
	}
	return verdict, nil
}

// A scanner collects the copies below some paths.
type scanner struct {
	r      *Run
	found  []bundleFile
	done   int
	unread int
}

func (s *scanner) scan(ctx context.Context, root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			s.unread++
			return nil
		case d.IsDir() && d.Name() == ".git":
			return filepath.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		s.done++
		s.r.Progress.Report(s.done, s.done, "files")
		s.file(path, d)
		return nil
	})
}

func (s *scanner) file(path string, d fs.DirEntry) {
	info, err := d.Info()
	if err != nil || info.Size() > maxFile {
		s.unread++
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		s.unread++
		return
	}
	if !bytes.Contains(text, []byte("-----BEGIN CERTIFICATE-----")) {
		return
	}
	if f := cafile.Find(text); f.HoldsRDS() {
		s.found = append(s.found, describeFile(untrusted.Text(filepath.ToSlash(path), 1000), f, s.r.Now()))
	}
}
