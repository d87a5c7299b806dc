package cli

import (
	"context"
	"errors"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
	"github.com/rdstls/go/cmd/rdstls/internal/audit/collect"
	"github.com/rdstls/go/cmd/rdstls/internal/audit/report"
)

// auditFlags are the flags of audit.
type auditFlags struct {
	sel                     collect.Selection
	checks, engines         []string
	id, clients             string
	snapshot, save          string
	hub, requireIAM, policy bool
}

func (a *app) auditCommand() *cobra.Command {
	var f auditFlags
	c := a.command(spec{
		use:     "audit",
		short:   "Judge whether RDS databases and proxies require TLS, and whether their certificates stay valid.",
		example: "rdstls audit --all-regions",
		long: "It reads the RDS API (Describe actions only) with the credentials of the AWS SDK: AWS_PROFILE,\n" +
			"AWS_REGION and so on. 'rdstls audit --policy' prints the IAM policy that it needs. It changes\n" +
			"nothing: remedies are printed, never run. docs/audit.md explains the verdicts.\n\n" +
			"Without AWS, 'rdstls audit --snapshot DIR' judges files that hold the output of aws rds\n" +
			"describe-* --output json: DIR/REGION/describe-db-instances.json and so on. --save writes them.",
		formats: []string{"text", "json", "csv", "html", "markdown"},
		exits:   "a finding: fail, pending or warn",
		run:     func(ctx context.Context, r *Run, _ []string) (Verdict, error) { return f.run(ctx, r) },
	})
	flags := c.Flags()
	flags.StringArrayVar(&f.sel.Regions, "region", nil, "a `REGION` to audit (default: the configured one); may be repeated")
	flags.BoolVar(&f.sel.All, "all-regions", false, "audit all Regions of the partition that the bundle knows")
	flags.StringArrayVar(&f.sel.SkipRegions, "skip-region", nil, "a `REGION` to leave out, such as one that a service control policy closes")
	flags.StringArrayVar(&f.sel.Profiles, "profile", nil, "a `PROFILE` of the AWS configuration; may be repeated, one for each account")
	flags.StringSliceVar(&f.checks, "check", nil, "the checks: enforcement, proxy-tls, certificate (these three by default), clients, iam")
	flags.StringSliceVar(&f.engines, "engine", nil, "only this `ENGINE`, such as postgres or aurora-*")
	flags.StringVar(&f.id, "id", "", "only resources with an identifier that matches `GLOB`")
	flags.StringVar(&f.clients, "clients", "", "also check that clients that trust the CA file `FILE.pem` keep working")
	flags.BoolVar(&f.requireIAM, "require-iam", false, "IAM database authentication that is off is a finding")
	flags.BoolVar(&f.hub, "security-hub", false, "judge exactly as the AWS Security Hub controls do")
	flags.BoolVar(&f.policy, "policy", false, "print the IAM policy that this command needs, and exit")
	flags.StringVar(&f.snapshot, "snapshot", "", "judge the files in `DIR` and not the RDS API")
	flags.StringVar(&f.save, "save", "", "write what was read to `DIR`, for --snapshot")
	return c
}

func (f *auditFlags) run(ctx context.Context, r *Run) (Verdict, error) {
	if f.policy {
		return Verdict{}, r.JSON(iamPolicy())
	}
	opts, err := f.options(r)
	if err != nil {
		return Verdict{}, err
	}
	places, err := f.places(ctx)
	if err != nil {
		return Verdict{}, err
	}
	var saver *collect.Saver
	if f.save != "" {
		if saver, err = collect.NewSaver(f.save); err != nil {
			return Verdict{}, usage("--save: " + withoutPath(err))
		}
		saver.Wrap(places)
	}
	regions := collect.Fleet(ctx, places, collect.Want{Checks: opts.Checks, Match: opts.Match},
		func(done, total int) { r.Progress.Report(done, total, "Regions") })
	if saver != nil && saver.Err() != nil {
		return Verdict{}, errors.New("--save: " + withoutPath(saver.Err()))
	}
	result := audit.NewReport(regions[0].Partition, regions, opts)
	result.Interrupted = ctx.Err() != nil
	return auditVerdict(result), f.print(r, result)
}

func (f *auditFlags) print(r *Run, result *audit.Report) error {
	switch r.Format {
	case "json":
		return r.JSON(report.JSON(result))
	case "csv":
		r.Warn(audit.Footer) // a table has no place for it
		return report.CSV(r.Out, result)
	case "markdown":
		report.Markdown(r.Out, result)
	case "html":
		return report.HTML(r.Out, result, r.Now())
	default:
		report.Text(r.Out, result, r.Color)
		if result.Interrupted {
			r.Out.WriteString(Interrupted + "\n")
		}
	}
	return nil
}

const nothingJudged = "nothing to judge: no database or proxy matched that this audit can judge"

func auditVerdict(result *audit.Report) Verdict {
	switch result.Outcome() {
	case audit.Found:
		return Verdict{Found: true}
	case audit.CannotTell:
		if len(result.Findings) == 0 {
			return Verdict{Unknown: true, Empty: nothingJudged}
		}
		return Verdict{Unknown: true}
	case audit.Nothing:
		return Verdict{Empty: nothingJudged}
	case audit.AllPass:
	}
	return Verdict{}
}

// places returns what to read. Errors of the SDK and of files repeat arguments,
// so they are replaced or shortened.
func (f *auditFlags) places(ctx context.Context) ([]collect.Place, error) {
	if f.snapshot != "" {
		if len(f.sel.Profiles) > 0 || f.sel.All || f.save != "" {
			return nil, usage("--snapshot reads no AWS account: leave out --profile, --all-regions and --save")
		}
		places, err := collect.Snapshot(f.snapshot, f.sel)
		if errors.Is(err, collect.ErrPartitions) {
			return nil, usage(err.Error())
		}
		if err != nil {
			return nil, errors.New("--snapshot: " + withoutPath(err))
		}
		return places, nil
	}
	places, err := collect.Live(ctx, f.sel)
	switch {
	case errors.Is(err, collect.ErrNoRegion), errors.Is(err, collect.ErrNoBundle), errors.Is(err, collect.ErrPartitions):
		return nil, usage(err.Error())
	case err != nil:
		return nil, errors.New("the AWS configuration could not be read: check the profile, and the files that it comes from")
	}
	return places, nil
}

// options turns the flags into what to judge.
func (f *auditFlags) options(r *Run) (audit.Options, error) {
	opts := audit.Options{SecurityHub: f.hub, RequireIAM: f.requireIAM, Now: r.Now()}
	checks, err := f.selectChecks()
	if err != nil {
		return opts, err
	}
	opts.Checks = checks
	if _, err := path.Match(f.id, ""); err != nil {
		return opts, usage("--id: the pattern is malformed: an opened bracket must be closed")
	}
	opts.Match = func(res *audit.Resource) bool {
		matches, _ := path.Match(f.id, res.ID)
		return (f.id == "" || matches) && (len(f.engines) == 0 || slices.ContainsFunc(f.engines, func(glob string) bool {
			return slices.ContainsFunc(audit.Engines(res), func(engine string) bool {
				ok, _ := path.Match(glob, engine)
				return ok
			})
		}))
	}
	if f.clients != "" {
		file, err := os.ReadFile(f.clients)
		if err != nil {
			return opts, usage("--clients: " + withoutPath(err))
		}
		if opts.Clients, err = audit.ParseClientRoots(file); err != nil {
			return opts, usage("--clients: " + err.Error())
		}
	}
	return opts, nil
}

func (f *auditFlags) selectChecks() ([]audit.Check, error) {
	var checks []audit.Check
	for _, name := range f.checks {
		if !slices.Contains(audit.Checks(), audit.Check(name)) {
			return nil, usage("--check must be one of " + checkNames())
		}
		checks = append(checks, audit.Check(name))
	}
	switch {
	case len(checks) > 0:
	case f.hub:
		checks = []audit.Check{audit.CheckEnforcement, audit.CheckProxyTLS}
	default:
		checks = []audit.Check{audit.CheckEnforcement, audit.CheckProxyTLS, audit.CheckCertificate}
	}
	if len(f.checks) == 0 && f.clients != "" {
		checks = append(checks, audit.CheckClients)
	}
	if f.requireIAM && !slices.Contains(checks, audit.CheckIAM) {
		checks = append(checks, audit.CheckIAM)
	}
	if slices.Contains(checks, audit.CheckClients) && f.clients == "" {
		return nil, usage("--check clients needs --clients FILE.pem")
	}
	for _, c := range checks {
		if f.hub && c != audit.CheckEnforcement && c != audit.CheckProxyTLS {
			return nil, usage("--security-hub has controls only for the checks enforcement and proxy-tls")
		}
	}
	return checks, nil
}

func checkNames() string {
	var names []string
	for _, c := range audit.Checks() {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}
