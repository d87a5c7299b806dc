package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/rdstls/go/cmd/rdstls/internal/client"
)

const execLong = `PROGRAM gets what it needs to verify that ENDPOINT answers, and nothing that would undo it:

  - Every program: PGHOST, PGPORT, PGSSLMODE=verify-full, PGSSLROOTCERT, PGGSSENCMODE=disable, PGUSER
    and PGDATABASE for libpq and what is built on it (psql, pg_dump, psycopg, Ruby, PHP);
    NODE_EXTRA_CA_CERTS and RDSTLS_CA_FILE, the file of the endpoint's CAs, for the others.
  - mysql, mysqldump, mariadb and their like read no environment: they get an option file and
    arguments that verify.

PROGRAM verifies only if it reads one of these: docs/other-clients.md says which clients do. Arguments
of PROGRAM that set the host, TLS or option files are refused.

--iam signs a token with the AWS SDK's credentials (AWS_PROFILE and so on). Only connections that are
opened before it expires can use it; stderr says when that is. For a program that runs longer, use
'rdstls token' as its password command.

--via connects through a tunnel (ssh -L, Session Manager): libpq dials PGHOSTADDR and verifies PGHOST.
asyncpg and node-pg ignore PGHOSTADDR: they dial the endpoint itself at the tunnel's port, and fail.
The programs of MySQL and MariaDB cannot do this at all.

ENDPOINT without a port means 5432, or 3306 for the programs of MySQL and MariaDB. Private files are
removed when PROGRAM ends. Signals are forwarded to it.`

func (a *app) execCommand() *cobra.Command {
	var f clientFlags
	c := &cobra.Command{
		Use:     "exec [flags] ENDPOINT[:PORT] -- PROGRAM [ARGS...]",
		Short:   "Run psql, pg_dump, mysql or any other program so that it verifies the server.",
		Example: "rdstls exec --iam --user app --database orders orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com -- psql",
		Long:    execLong,
		Annotations: map[string]string{exitCodes: "  that of PROGRAM, or 128 plus the signal that ended it\n" +
			"  2    usage error\n  3    no token, or the tunnel's host has no address\n  126  PROGRAM cannot be executed\n" +
			"  127  PROGRAM was not found\n  130  interrupted with Ctrl-C before PROGRAM began"},
		Args:                  needArgs(1, -1, "ENDPOINT -- PROGRAM"),
		DisableFlagsInUseLine: true,
	}
	f.add(c.Flags())
	c.RunE = func(c *cobra.Command, args []string) error {
		dash := c.ArgsLenAtDash()
		if dash != 1 || len(args) < 2 {
			return usage("rdstls exec needs one ENDPOINT, then --, then a program: run rdstls exec --help")
		}
		return a.exec(c.Context(), &f, args[0], args[1], args[2:])
	}
	return c
}

func (a *app) exec(ctx context.Context, f *clientFlags, endpoint, path string, args []string) error {
	family := client.FamilyOf(path, func(program string) bool { return client.IsMariaDB(ctx, program) })
	plan, err := f.plan(ctx, a.env.Getenv, endpoint, family)
	if err != nil {
		return err
	}
	if err := client.CheckArguments(path, family, args); err != nil {
		return usage(err.Error())
	}
	program := client.Program{Path: path, Args: args, Stdin: a.env.Stdin, Stdout: a.env.Stdout, Stderr: a.env.Stderr}
	if code, err := program.Find(); err != nil {
		return &exitError{code, err.Error()}
	}
	r := &Run{Env: a.env, Progress: newProgress(a.env)}
	expires, err := plan.complete(ctx, a.env.Now)
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, "interrupted"}
	case err != nil:
		return err
	case !expires.IsZero():
		r.Warn(expiryLine(expires, a.env.Now()))
		if family.TakesOptionFile() {
			warnOfPasswords(r, family)
		}
	}
	return runPrepared(ctx, program, plan, family)
}

// runPrepared runs the program with its private files, and removes them.
func runPrepared(ctx context.Context, program client.Program, plan *clientPlan, family client.Family) (err error) {
	signals := client.CatchSignals()
	defer signals.Stop()
	if ctx.Err() != nil {
		return &exitError{exitInterrupted, "interrupted"}
	}
	dir, err := client.NewPrivateDir("")
	if err != nil {
		return errors.New("no directory for private files: " + withoutPath(err))
	}
	defer func() {
		if failed := dir.Remove(); failed != nil && err == nil {
			err = errors.New("the private files could not be removed: " + withoutPath(failed))
		}
	}()
	c := plan.connection
	if c.Roots, err = dir.Write("roots.pem", plan.roots); err != nil {
		return errors.New("no file for the CAs: " + withoutPath(err))
	}
	if family.TakesOptionFile() {
		text, err := client.OptionFile(family, c)
		if err != nil {
			return err
		}
		file, err := dir.Write("options.cnf", []byte(text))
		if err != nil {
			return errors.New("no option file: " + withoutPath(err))
		}
		program.Args = append(client.OptionArguments(family, c, file), program.Args...)
	}
	program.Env = client.Environ(os.Environ(), c)
	code, err := program.Run(signals)
	text := ""
	if err != nil {
		text = err.Error()
	}
	return &exitError{code, text}
}

// warnOfPasswords says that a password in a file that is read later takes the place
// of the token.
func warnOfPasswords(r *Run, family client.Family) {
	home := r.Getenv("HOME")
	if text, err := os.ReadFile(filepath.Join(home, ".my.cnf")); err == nil && client.HasPassword(text) {
		r.Warn("~/.my.cnf has a password, which the program uses in place of the token: remove it there")
	}
	if family != client.MySQL {
		return
	}
	if _, err := os.Stat(filepath.Join(home, ".mylogin.cnf")); err == nil {
		r.Warn("if ~/.mylogin.cnf has a password for [client], the program uses it in place of the token")
	}
}
