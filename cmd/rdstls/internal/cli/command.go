package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// A spec describes a command. The rules that all commands share are in
// [app.command]; a command's own file has only what is its own.
type spec struct {
	use     string // as cobra's Use
	short   string // one line that says what the command does
	example string // one that works, without indentation
	long    string // what else to know; may be empty

	// formats are what --format accepts. The first is the default. If nil, they are
	// text and json.
	formats []string

	args cobra.PositionalArgs // nil: none are allowed

	// secret says that the data is: only its owner can read a new file of -o.
	secret bool

	// noJudgment leaves out --exit-zero and --allow-empty: the command only prints.
	noJudgment bool

	// exits replaces the meaning of exit code 1 in the help.
	exits string

	run func(context.Context, *Run, []string) (Verdict, error)
}

// A Run is one run of a command.
type Run struct {
	Env

	// Out takes the data. It reaches stdout or the file when the command returns
	// without an error, or was interrupted.
	Out *bytes.Buffer

	Format   string
	Color    palette
	Progress *Progress

	toFile bool
}

// Warn prints a line for people on stderr.
func (r *Run) Warn(line string) {
	r.Progress.clear()
	io.WriteString(r.Stderr, "rdstls: "+line+"\n") //nolint:errcheck // nobody is left to tell
}

// Interrupted is what a command adds to text output that Ctrl-C cut short.
const Interrupted = "Incomplete: interrupted."

// grace is how long a command has after Ctrl-C to print what it knows.
const grace = 800 * time.Millisecond

// command makes the cobra command of s, with the flags and rules of every command.
func (a *app) command(s spec) *cobra.Command {
	formats := s.formats
	if formats == nil {
		formats = []string{"text", "json"}
	}
	c := &cobra.Command{
		Use:     s.use,
		Short:   s.short,
		Long:    s.long,
		Example: s.example,
		Args:    s.args,
	}
	if c.Args == nil {
		c.Args = noArgs
	}
	c.Annotations = map[string]string{exitCodes: s.exitHelp()}
	flags := addCommonFlags(c, formats, !s.noJudgment)
	c.RunE = func(c *cobra.Command, args []string) error {
		if !slices.Contains(formats, flags.format) {
			return usage("--format must be one of " + strings.Join(formats, ", "))
		}
		return a.execute(c.Context(), s, flags, args)
	}
	return c
}

// execute runs s and puts out its data. Its error has the exit code.
func (a *app) execute(ctx context.Context, s spec, flags *commonFlags, args []string) error {
	colors, err := a.palette(flags.color, flags.output != "" || flags.format != "text")
	if err != nil {
		return err
	}
	file, err := openOutput("-o", flags.output)
	if err != nil {
		return err
	}
	if file != nil {
		file.private = s.secret
	}
	r := &Run{Env: a.env, Out: new(bytes.Buffer), Format: flags.format, Color: colors, Progress: newProgress(a.env), toFile: flags.output != ""}
	verdict, err := runUntil(ctx, func() (Verdict, error) { return s.run(ctx, r, args) })
	r.Progress.clear()
	interrupted := ctx.Err() != nil
	if err != nil && !interrupted {
		return err
	}
	if !errors.Is(err, errAbandoned) {
		if err := file.commit(a.env.Stdout, r.Out.Bytes()); err != nil {
			return err
		}
	}
	switch {
	case interrupted:
		return &exitError{exitInterrupted, "interrupted"}
	case verdict.Empty != "":
		r.Warn(verdict.Empty)
	}
	return &exitError{code: verdict.code(flags.exitZero, flags.allowEmpty)}
}

// commonFlags are the flags that every command has, but for the last two: only those
// that judge have them.
type commonFlags struct {
	format, color, output string
	exitZero, allowEmpty  bool
}

func addCommonFlags(c *cobra.Command, formats []string, judges bool) *commonFlags {
	f, flags := new(commonFlags), c.Flags()
	flags.StringVar(&f.format, "format", formats[0], "form of the output: "+strings.Join(formats, ", "))
	flags.StringVarP(&f.output, "output", "o", "", "write the data to `FILE`, completely or not at all")
	flags.StringVar(&f.color, "color", "auto", "use color: auto, always or never")
	if judges {
		flags.BoolVar(&f.exitZero, "exit-zero", false, "exit with 0 in place of 1")
		flags.BoolVar(&f.allowEmpty, "allow-empty", false, "exit with 0 if there was nothing to judge")
	}
	return f
}

var errAbandoned = errors.New("the command did not end in time")

// runUntil runs f until it ends, or until it did not heed the end of ctx. Then
// its result is not waited for, and nothing that f uses may be touched again.
func runUntil(ctx context.Context, f func() (Verdict, error)) (Verdict, error) {
	type result struct {
		verdict Verdict
		err     error
	}
	done := make(chan result, 1)
	go func() {
		v, err := f()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.verdict, r.err
	case <-ctx.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case r := <-done:
		return r.verdict, r.err
	case <-late.C:
		return Verdict{}, errAbandoned
	}
}
