package cli

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/cmd/rdstls/internal/sessions"
	"github.com/rdstls/go/cmd/rdstls/internal/untrusted"
	"github.com/rdstls/go/rdsiam"
	"github.com/rdstls/go/rdstls"
)

type sessionsFlags struct {
	dsnEnv, driver, roots, serverName string
	iam                               bool
	watch, length                     time.Duration
	lengthSet                         bool
}

func (a *app) sessionsCommand() *cobra.Command {
	var f sessionsFlags
	var c *cobra.Command
	c = a.command(spec{
		use:     "sessions --dsn-env NAME",
		short:   "Find the clients of a database that enforcement of TLS would cut off.",
		example: "rdstls sessions --dsn-env DATABASE_URL",
		long: "It connects verified, with the connection string in an environment variable, and only reads. It\n" +
			"lists the client sessions by user, application and address, with or without TLS. A client that\n" +
			"connects at night is not connected now: --watch 30s --for 24h accumulates.",
		formats: []string{"text", "json", "csv"},
		exits:   "a client without TLS would be cut off",
		run: func(ctx context.Context, r *Run, _ []string) (Verdict, error) {
			f.lengthSet = c.Flags().Changed("for")
			return f.run(ctx, r)
		},
	})
	flags := c.Flags()
	flags.StringVar(&f.dsnEnv, "dsn-env", "", "the environment variable `NAME` holds the connection string")
	flags.StringVar(&f.driver, "driver", "", "postgres or mysql (default: by the form of the string)")
	flags.StringVar(&f.roots, "roots", "", "trust the root certificates in `FILE` and not the embedded ones")
	flags.StringVar(&f.serverName, "server-name", "", "the `ENDPOINT` that is expected, if the string names an alias or a tunnel")
	flags.BoolVar(&f.iam, "iam", false, "log in with an IAM token and not with a password")
	flags.DurationVar(&f.watch, "watch", 0, "look again at this interval, such as 30s")
	flags.DurationVar(&f.length, "for", time.Hour, "how long to watch, with --watch")
	return c
}

func (f *sessionsFlags) run(ctx context.Context, r *Run) (Verdict, error) {
	server, err := f.open(ctx, r)
	if err != nil {
		return Verdict{}, err
	}
	defer server.Close() //nolint:errcheck // the program ends
	begin := r.Now()
	result, err := server.Watch(ctx, f.watch, f.length, func(int) {
		r.Progress.Report(int(r.Now().Sub(begin).Minutes()), int(f.length.Minutes()), "minutes")
	})
	if err != nil {
		return Verdict{}, connectError(err)
	}
	verdict := Verdict{Found: result.Found(), Unknown: result.Unknown()}
	switch r.Format {
	case "json":
		return verdict, r.JSON(result.JSON())
	case "csv":
		for _, note := range result.Notes { // a table has no place for them
			r.Warn(untrusted.Text(note, 500))
		}
		return verdict, result.CSV(r.Out)
	}
	result.Text(r.Out)
	if ctx.Err() != nil {
		r.Out.WriteString(Interrupted + "\n")
	}
	return verdict, nil
}

func (f *sessionsFlags) open(ctx context.Context, r *Run) (*sessions.Server, error) {
	connString := r.Getenv(f.dsnEnv)
	switch {
	case f.dsnEnv == "":
		return nil, usage("--dsn-env NAME is needed: the environment variable with the connection string")
	case connString == "":
		return nil, usage("--dsn-env: that environment variable is empty or not set")
	case f.driver != "" && f.driver != sessions.Postgres && f.driver != sessions.MySQL:
		return nil, usage("--driver must be postgres or mysql")
	case f.watch == 0 && f.lengthSet:
		return nil, usage("--for needs --watch, such as --watch 30s")
	case f.watch < 0 || f.length <= 0:
		return nil, usage("--watch and --for must not be negative")
	}
	driver, err := f.driver, error(nil)
	if driver == "" {
		if driver, err = sessions.DriverOf(connString); err != nil {
			return nil, usage(err.Error())
		}
	}
	opts := &rdstls.Options{ServerName: f.serverName}
	if f.roots != "" {
		file, err := os.ReadFile(f.roots)
		if err != nil {
			return nil, usage("--roots: " + withoutPath(err))
		}
		if opts.Roots, err = bundle.ParsePool(file); err != nil {
			return nil, usage("--roots: " + err.Error())
		}
	}
	if f.iam {
		cfg, err := config.LoadDefaultConfig(ctx, quietSDK())
		if err != nil {
			return nil, errors.New("the AWS configuration could not be read: check AWS_PROFILE, and the files that it comes from")
		}
		opts.Password = (&rdsiam.Signer{Credentials: cfg.Credentials}).Token
	}
	server, err := sessions.Open(driver, connString, opts)
	if err != nil {
		return nil, usage("the connection string is refused: " + untrusted.Text(inFlags.Replace(err.Error()), 500))
	}
	return server, nil
}

// connectError explains why there was no connection.
func connectError(err error) error {
	if d, ok := rdstls.Diagnose(err); ok {
		return errors.New("cannot look at the server (" + string(d.Reason) + "): " + untrusted.Text(inFlags.Replace(d.Advice), 2000))
	}
	return errors.New("cannot look at the server: " + untrusted.Text(err.Error(), 500))
}
