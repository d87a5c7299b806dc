package cli

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/rdstls/go/cmd/rdstls/internal/client"
)

// An envReport is the JSON form of rdstls env.
type envReport struct {
	Schema  string            `json:"schema"`
	Unset   []string          `json:"unset"`
	Export  []client.Variable `json:"export"`
	Expires *time.Time        `json:"expires"` // of the token in PGPASSWORD
}

const envLong = `It prints lines for a POSIX shell that set and unset the variables that rdstls exec gives to every
program, and writes the CAs of the endpoint to --roots-file. Do not evaluate the output directly: if
rdstls fails, the shell would go on as before. With &&, it does not:

    lines=$(rdstls env --roots-file rds-ca.pem ENDPOINT) && eval "$lines"

The programs of MySQL and MariaDB read none of this: use rdstls exec for them. With --iam the output
contains a token, which is a password for up to 15 minutes.`

func (a *app) envCommand() *cobra.Command {
	var f clientFlags
	var rootsFile string
	c := a.command(spec{
		use:        "env [flags] --roots-file FILE ENDPOINT[:PORT]",
		short:      "Print export lines with which programs verify the server.",
		example:    "rdstls env --roots-file rds-ca.pem orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com",
		long:       envLong,
		noJudgment: true,
		secret:     true,
		args:       needArgs(1, 1, "one ENDPOINT"),
		run: func(ctx context.Context, r *Run, args []string) (Verdict, error) {
			return Verdict{}, f.printEnv(ctx, r, rootsFile, args[0])
		},
	})
	f.add(c.Flags())
	c.Flags().StringVar(&rootsFile, "roots-file", "", "write the CAs of the endpoint to `FILE`")
	return c
}

func (f *clientFlags) printEnv(ctx context.Context, r *Run, rootsFile, endpoint string) error {
	if rootsFile == "" {
		return usage("--roots-file FILE is needed: the programs read the CAs from it")
	}
	plan, err := f.plan(ctx, r.Getenv, endpoint, client.Other)
	if err != nil {
		return err
	}
	path, err := filepath.Abs(rootsFile)
	if err != nil {
		return errors.New("--roots-file: the current directory is unknown")
	}
	file, err := openOutput("--roots-file", path)
	if err != nil {
		return err
	}
	expires, err := plan.complete(ctx, r.Now)
	if err != nil {
		return err
	}
	if err := file.commit(nil, plan.roots); err != nil {
		return err
	}
	c := plan.connection
	c.Roots = path
	report := envReport{Schema: "rdstls.env/1", Unset: client.Unset(c), Export: client.Variables(c)}
	if !expires.IsZero() {
		r.Warn(expiryLine(expires, r.Now()))
		report.Expires = utc(expires)
	}
	if r.Format == "json" {
		return r.JSON(report)
	}
	r.Out.WriteString(client.ExportLines(c))
	return nil
}

func utc(t time.Time) *time.Time {
	t = t.UTC().Truncate(time.Second)
	return &t
}
