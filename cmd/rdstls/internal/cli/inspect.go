package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/cmd/rdstls/internal/inspect"
)

// An inspectReport is the JSON form of rdstls inspect.
type inspectReport struct {
	Schema     string           `json:"schema"`
	Servers    []inspect.Server `json:"servers"`
	Incomplete bool             `json:"incomplete"`
}

const inspectLong = `One connection is made to each target, and none is retried. Nobody logs in: before TLS, only
the TLS request is sent. "-" reads targets from stdin, one per line.

A MySQL server counts connections that never log in. After max_connect_errors of them in a row
(100 by default) it blocks this machine's address, for applications too, until an administrator runs
FLUSH HOSTS. Do not run this in a loop against MySQL.

Without --server-name, a HOST that is no RDS endpoint is verified by its own name, against the
embedded CAs of all Regions.`

// inspectFlags are the flags of rdstls inspect.
type inspectFlags struct {
	serverName, protocol, roots string
	timeout                     time.Duration
	minDays                     int
	plaintext                   bool
}

func (a *app) inspectCommand() *cobra.Command {
	var f inspectFlags
	c := a.command(spec{
		use:     "inspect [flags] HOST[:PORT]...",
		short:   "Show which server answers, whether it is verified, and what each client setting would accept.",
		example: "rdstls inspect orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com",
		long:    inspectLong,
		formats: []string{"text", "json", "pem", "prometheus"},
		args:    needArgs(1, -1, "a HOST[:PORT], or - to read them from stdin"),
		exits:   "a server is not verified, accepts plaintext (--plaintext), or its certificate expires (--min-days)",
		run: func(ctx context.Context, r *Run, args []string) (Verdict, error) {
			return runInspect(ctx, r, f, args)
		},
	})
	flags := c.Flags()
	flags.StringVar(&f.serverName, "server-name", "", "the expected server, if HOST is an alias, an address or a tunnel: its `ENDPOINT`")
	flags.StringVar(&f.protocol, "protocol", "auto", "auto, postgres, mysql or tls; auto goes by the port, then by who speaks first")
	flags.StringVar(&f.roots, "roots", "", "verify with the CAs in `FILE`, in place of the embedded ones")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "for each target, from dialing to the end")
	flags.IntVar(&f.minDays, "min-days", 0, "a certificate with fewer days left is a finding")
	flags.BoolVar(&f.plaintext, "plaintext", false, "also check whether the server accepts clients without TLS (a second connection)")
	return c
}

// targets returns the targets of the arguments and of stdin.
func (f inspectFlags) targets(stdin io.Reader, args []string) ([]inspect.Target, error) {
	protocol := inspect.Protocol(f.protocol)
	switch protocol {
	case inspect.Auto, inspect.Postgres, inspect.MySQL, inspect.Direct:
	default:
		return nil, usage("--protocol must be auto, postgres, mysql or tls")
	}
	var targets []inspect.Target
	add := func(text, where string, n int) error {
		if looksLikeConnString(text) {
			return usage(fmt.Sprintf("%s %d looks like a connection string: name the host only", where, n))
		}
		t, err := inspect.ParseTarget(text, protocol)
		if err != nil {
			return usage(fmt.Sprintf("%s %d: %v", where, n, err))
		}
		targets = append(targets, t)
		return nil
	}
	for i, arg := range args {
		if arg != "-" {
			if err := add(arg, "target", i+1); err != nil {
				return nil, err
			}
			continue
		}
		lines := bufio.NewScanner(stdin)
		for n := 1; lines.Scan(); n++ {
			text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff")) // Windows begins files with a byte order mark
			if text == "" || strings.HasPrefix(text, "#") {
				continue
			}
			if err := add(text, "stdin, line", n); err != nil {
				return nil, err
			}
		}
		if lines.Err() != nil {
			return nil, usage("stdin cannot be read as lines")
		}
	}
	return targets, nil
}

// options returns the options of the flags.
func (f inspectFlags) options(r *Run) (inspect.Options, error) {
	opts := inspect.Options{
		ServerName: f.serverName, Timeout: f.timeout, Plaintext: f.plaintext,
		Hints: r.Format == "text", Now: r.Now,
	}
	if f.timeout <= 0 || f.minDays < 0 {
		return opts, usage("--timeout and --min-days must be positive")
	}
	if f.serverName != "" {
		if err := inspect.CheckServerName(f.serverName, f.roots != ""); err != nil {
			return opts, usage("--server-name: " + err.Error())
		}
	}
	if f.roots != "" {
		text, err := os.ReadFile(f.roots)
		if err != nil {
			return opts, usage("--roots: " + withoutPath(err))
		}
		if opts.Roots, err = bundle.ParsePool(text); err != nil {
			return opts, usage("--roots: " + err.Error())
		}
	}
	return opts, nil
}

func runInspect(ctx context.Context, r *Run, f inspectFlags, args []string) (Verdict, error) {
	targets, err := f.targets(r.Stdin, args)
	if err != nil {
		return Verdict{}, err
	}
	opts, err := f.options(r)
	if err != nil {
		return Verdict{}, err
	}
	servers, complete := inspectAll(ctx, r, targets, opts)
	var verdict Verdict
	if len(targets) == 0 {
		verdict.Empty = "There was no target to inspect."
	}
	for i := range servers {
		verdict.Found = verdict.Found || servers[i].Found(f.minDays)
		verdict.Unknown = verdict.Unknown || servers[i].Unknown()
	}
	if r.Format == "json" {
		return verdict, r.JSON(inspectReport{"rdstls.inspect/1", servers, !complete})
	}
	if err := f.write(r, servers); err != nil {
		return verdict, err
	}
	if !complete {
		if r.Format != "text" {
			r.Out.WriteString("# ") // a comment to those who read the other forms
		}
		r.Out.WriteString(Interrupted + "\n")
	}
	return verdict, nil
}

// write writes the forms that are not JSON.
func (f inspectFlags) write(r *Run, servers []inspect.Server) error {
	switch r.Format {
	case "pem":
		for i := range servers {
			r.Out.Write(servers[i].PEM)
			warnOfChain(r, &servers[i])
		}
	case "prometheus":
		return writeInspectMetrics(r.Out, servers)
	default:
		for i := range worstFirst(servers, f.minDays) {
			inspectText{r.Out, r.Color, f.minDays}.server(&servers[i])
		}
	}
	return nil
}

// worstFirst sorts servers for people: findings, then what could not be judged, then
// the rest, each in the order given.
func worstFirst(servers []inspect.Server, minDays int) []inspect.Server {
	rank := func(s inspect.Server) int {
		switch {
		case s.Found(minDays):
			return 0
		case s.Unknown():
			return 1
		}
		return 2
	}
	slices.SortStableFunc(servers, func(a, b inspect.Server) int { return rank(a) - rank(b) })
	return servers
}

// warnOfChain says what a PEM file does not: that nobody has proved to be the owner
// of these certificates.
func warnOfChain(r *Run, s *inspect.Server) {
	switch {
	case s.Verified:
	case len(s.PEM) == 0:
		r.Warn(s.Target + ": no certificate: " + s.Error)
	default:
		r.Warn(s.Target + ": not verified, the certificates are only as presented: " + s.Error)
	}
}

// atOnce is how many servers are inspected at the same time.
const atOnce = 50

// inspectAll inspects the targets and returns the reports in their order. It is not
// complete if ctx ended: then only those are there that were done, or verified before
// the probe of plaintext was cut short.
func inspectAll(ctx context.Context, r *Run, targets []inspect.Target, opts inspect.Options) (servers []inspect.Server, complete bool) {
	reports := make([]*inspect.Server, len(targets))
	var group sync.WaitGroup
	var done atomic.Int64
	slots := make(chan struct{}, atOnce)
	r.Progress.Report(0, len(targets), "hosts")
	for i, t := range targets {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if ctx.Err() != nil {
				return
			}
			s := inspect.Inspect(ctx, t, opts)
			if ctx.Err() == nil || s.Verified {
				reports[i] = &s
			}
			r.Progress.Report(int(done.Add(1)), len(targets), "hosts")
		})
	}
	group.Wait()
	servers = []inspect.Server{}
	for _, s := range reports {
		if s != nil {
			servers = append(servers, *s)
		}
	}
	return servers, ctx.Err() == nil
}
