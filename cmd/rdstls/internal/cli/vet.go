package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/rdstls/go/cmd/rdstls/internal/vet"
)

// vetFlags are the flags of vet.
type vetFlags struct {
	opts          vet.Options
	failOn        string
	baseline      string
	writeBaseline bool
	fix, diff     bool
}

func (a *app) vetCommand() *cobra.Command {
	var f vetFlags
	c := a.command(spec{
		use:     "vet [PACKAGES|PATHS]",
		short:   "Find database clients that do not verify their servers, in Go code and configuration.",
		example: "rdstls vet ./...",
		long: "Go packages go through analyzers that know what each driver does with a connection string;\n" +
			"all other files are searched as text. A directory means itself and everything below. docs/rules.md\n" +
			"explains each rule. A comment on the line, or above it, suppresses a finding; the reason is required:\n\n" +
			"    //rdstls:ignore RT002 the server is a test fixture\n\n" +
			"--sinks names functions of your own that pass a string to a driver, so that calls of them are judged:\n" +
			"example.com/db.Open:0:pg is an argument, counted from 0, for pgx. The kinds are pg, pq, mysql and url.\n\n" +
			"The analyzers alone also run in go vet, with the flags -sinks, -assume-rds and -level, which takes the\n" +
			"place of --fail-on:\n\n" +
			"    go vet -vettool=$(command -v rdstls) ./...\n\n" +
			"No output contains a connection string or a source line, except for the lines that --diff shows.",
		formats: []string{"text", "json", "sarif", "github"},
		args:    cobra.ArbitraryArgs,
		exits:   "a finding of the level of --fail-on or above; with --diff, something to fix",
		run: func(ctx context.Context, r *Run, args []string) (Verdict, error) {
			f.opts.Paths = args
			return f.run(ctx, r)
		},
	})
	flags := c.Flags()
	flags.StringVar(&f.failOn, "fail-on", "warning", "the lowest `LEVEL` that fails: error, warning or note; text lists notes only with note")
	flags.BoolVar(&f.opts.NoGo, "no-go", false, "judge no Go packages")
	flags.BoolVar(&f.opts.NoFiles, "no-files", false, "judge only Go packages")
	flags.BoolVar(&f.opts.Tests, "tests", false, "also read unit tests, testdata and the directories of CI systems")
	flags.BoolVar(&f.opts.Markdown, "markdown", false, "also read .md and .rst files")
	flags.Var(&f.opts.Go.Sinks, "sinks", "`LIST` of Go functions of your own that take connection strings, as path.Func:argument:kind")
	flags.BoolVar(&f.opts.Go.AssumeRDS, "assume-rds", false, "in Go, take hosts that are not known, such as variables, for RDS endpoints")
	flags.StringVar(&f.baseline, "baseline", "", "leave out the findings that `FILE` holds")
	flags.BoolVar(&f.writeBaseline, "write-baseline", false, "write all present findings to the file of --baseline")
	flags.BoolVar(&f.fix, "fix", false, "apply the fixes, then report what remains")
	flags.BoolVar(&f.diff, "diff", false, "print what --fix would change, source lines included, and change nothing")
	return c
}

func (f *vetFlags) run(ctx context.Context, r *Run) (Verdict, error) {
	if err := f.check(r); err != nil {
		return Verdict{}, err
	}
	accepted, err := f.readBaseline()
	if err != nil {
		return Verdict{}, err
	}
	f.opts.Progress = func(done, total int) { r.Progress.Report(done, total, "files") }
	f.opts.Loading = func(number, total int) {
		r.Progress.Wait(fmt.Sprintf("Go module %d of %d: loading; the first time, go compiles dependencies", number, total))
	}
	report := vet.Run(ctx, f.opts)
	if f.diff {
		return f.printDiff(ctx, r, report)
	}
	if f.fix && ctx.Err() == nil {
		if report, err = f.applyFixes(ctx, r, report); err != nil {
			return Verdict{}, err
		}
	}
	if report.NoModule {
		r.Warn("no go.mod or go.work here: no Go package was judged, only other files")
	}
	if f.writeBaseline && ctx.Err() == nil {
		if err := f.saveBaseline(r, report.Findings); err != nil {
			return Verdict{}, err
		}
		accepted = vet.NewBaseline(report.Findings)
	}
	report.Findings = accepted.New(report.Findings)
	return f.verdict(report), f.print(r, &report)
}

// check returns what is wrong with the flags, and sets the default paths.
func (f *vetFlags) check(r *Run) error {
	switch {
	case !slices.Contains(vet.Levels, f.failOn):
		return usage("--fail-on must be error, warning or note")
	case f.opts.NoGo && f.opts.NoFiles:
		return usage("--no-go and --no-files together leave nothing to judge")
	case f.writeBaseline && f.baseline == "":
		return usage("--write-baseline needs --baseline FILE")
	case f.fix && f.diff:
		return usage("--diff changes nothing: leave out --fix")
	case (f.fix || f.diff) && f.opts.NoGo:
		return usage("only Go code has fixes: leave out --no-go")
	case f.diff && r.Format != "text":
		return usage("--diff has no other format: leave out --format")
	}
	for i, arg := range f.opts.Paths {
		if arg == "" {
			// An unset variable of a script must not mean the root directory, or anything else.
			return usage(fmt.Sprintf("argument %d is empty: name a directory, file or package pattern", i+1))
		}
	}
	if len(f.opts.Paths) == 0 {
		f.opts.Paths = []string{"./..."}
	}
	return nil
}

func (f *vetFlags) print(r *Run, report *vet.Report) error {
	switch r.Format {
	case "json":
		return r.JSON(vetDocument(report))
	case "sarif":
		return vetSARIF(r, report)
	case "github":
		f.vetGitHub(r, report)
	default:
		f.vetText(r, report)
	}
	return nil
}

func (f *vetFlags) verdict(report vet.Report) Verdict {
	v := Verdict{Unknown: len(report.Problems) > 0, Found: slices.ContainsFunc(report.Findings, f.fails)}
	if report.Packages == 0 && report.Files == 0 && len(report.Problems) == 0 {
		v.Empty = "nothing to judge: no Go package and no other file that vet reads"
	}
	return v
}

// fails reports whether a finding is of the level of --fail-on, or above.
func (f *vetFlags) fails(found vet.Finding) bool {
	return slices.Index(vet.Levels, found.Level) >= slices.Index(vet.Levels, f.failOn)
}

func (f *vetFlags) printDiff(ctx context.Context, r *Run, report vet.Report) (Verdict, error) {
	self, err := os.Executable()
	if err != nil {
		return Verdict{}, errors.New("the path of this program is not known, which applies the fixes")
	}
	err = vet.Fix(ctx, self, f.opts.Go, report.Findings, r.Out)
	verdict := f.verdict(report)
	verdict.Found = r.Out.Len() > 0
	return verdict, err
}

// applyFixes returns the report of what remains.
func (f *vetFlags) applyFixes(ctx context.Context, r *Run, report vet.Report) (vet.Report, error) {
	self, err := os.Executable()
	if err != nil {
		return report, errors.New("the path of this program is not known, which applies the fixes")
	}
	before := countFixes(report)
	err = vet.Fix(ctx, self, f.opts.Go, report.Findings, nil)
	switch {
	case errors.Is(err, vet.ErrNoLibrary):
		r.Warn("nothing was fixed: a module with fixes lacks the library. Run this there first:\n\n    go get github.com/rdstls/go\n")
		return report, nil
	case err != nil:
		return report, err
	}
	report = vet.Run(ctx, f.opts)
	r.Warn(fmt.Sprintf("fixed %s; run go mod tidy, and read the changes", plural(before-countFixes(report), "finding")))
	return report, nil
}

func countFixes(report vet.Report) int {
	n := 0
	for _, found := range report.Findings {
		if found.Fix {
			n++
		}
	}
	return n
}

func (f *vetFlags) readBaseline() (vet.Baseline, error) {
	if f.baseline == "" || f.writeBaseline {
		return vet.Baseline{}, nil
	}
	data, err := os.ReadFile(f.baseline)
	if err != nil {
		return vet.Baseline{}, usage("--baseline: " + withoutPath(err))
	}
	b, err := vet.ParseBaseline(data)
	if err != nil {
		return b, usage("--baseline: " + err.Error())
	}
	return b, nil
}

func (f *vetFlags) saveBaseline(r *Run, findings []vet.Finding) error {
	file, err := openOutput("--baseline", f.baseline)
	if err != nil {
		return err
	}
	to := &Run{Out: new(bytes.Buffer)}
	if err := to.JSON(vet.NewBaseline(findings)); err != nil {
		return err
	}
	if err := file.commit(nil, to.Out.Bytes()); err != nil {
		return err
	}
	r.Warn("the baseline holds " + plural(len(findings), "finding"))
	return nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
