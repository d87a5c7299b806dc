// Quickstart shows what "encrypted" is worth without "verified", and what one
// changed line does about it.
//
// Without flags it starts, inside its own process, a database server for an RDS
// endpoint and an impostor who answers in its place, and connects to them with the
// stock drivers and with rdspgx and rdsmysql. It needs no database, no network and
// no account:
//
//	go run ./examples/quickstart
//
// With -dsn or -mysql-dsn it makes the verified connection to a server of yours:
//
//	go run ./examples/quickstart -dsn "$DATABASE_URL"
//
// All that it prints about a connection was observed on that connection.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/rdstls"
)

const usage = `Usage: quickstart [(-dsn STRING | -mysql-dsn DSN) [-server-name HOST[:PORT]] [-roots FILE]]

Without flags, show on built-in servers what an impostor learns from
sslmode=require and tls=skip-verify, and what they learn from a verified
connection. With -dsn or -mysql-dsn, make the verified connection to your own
server, run "select 1", and print what was verified. The connection string and
the password are never printed.

  -dsn STRING        connect to PostgreSQL: a URL, or key=value words
  -mysql-dsn DSN     connect to MySQL: user:password@tcp(host:port)/database
  -server-name NAME  the RDS endpoint to expect, if the host of the connection
                     string is only an alias for it, such as a tunnel
  -roots FILE        trust the root certificates in this PEM file instead of the
                     embedded ones: China, or a server with a private CA

Exit status: 0 if everything succeeded, 1 if anything failed, 2 for wrong usage.

Example, an SSH tunnel from port 15432:

  quickstart -dsn "postgres://app@localhost:15432/shop" \
    -server-name orders.c9akciq32.eu-west-1.rds.amazonaws.com:5432
`

// Exit statuses.
const (
	asTold = iota
	notAsTold
	wrongUsage
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is the program, except for the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags, err := parseFlags(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return asTold
	case err != nil:
		fmt.Fprintf(stderr, "quickstart: %v\n\n%s", err, usage)
		return wrongUsage
	}
	t := &transcript{w: stdout}
	if flags.database == nil {
		return demonstrate(ctx, t, postgreSQL(), mySQL())
	}
	opts, err := flags.options()
	if err != nil {
		fmt.Fprintf(stderr, "quickstart: %v\n", err)
		return notAsTold
	}
	return connectOwn(ctx, t, *flags.database, flags.dsn, opts)
}

// flagValues are the flags. The database is nil if there are none.
type flagValues struct {
	database              *database
	dsn                   string
	serverName, rootsFile string
}

// Errors of the command line do not quote it: an argument can be a connection
// string in the wrong place.
var (
	errFlags     = errors.New("unknown flag, or a flag without its value")
	errArguments = errors.New("unexpected argument; connection strings go after -dsn or -mysql-dsn")
	errBoth      = errors.New("-dsn and -mysql-dsn exclude each other")
	errEmpty     = errors.New("a flag has an empty value; is a variable of the shell unset?")
	errName      = errors.New("-server-name is no host name")
	errAlone     = errors.New("-server-name and -roots need -dsn or -mysql-dsn")
)

func parseFlags(args []string) (flagValues, error) {
	var v flagValues
	set := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	forPostgres := set.String("dsn", "", "")
	forMySQL := set.String("mysql-dsn", "", "")
	set.StringVar(&v.serverName, "server-name", "", "")
	set.StringVar(&v.rootsFile, "roots", "", "")
	if err := set.Parse(args); errors.Is(err, flag.ErrHelp) {
		return v, err
	} else if err != nil {
		return v, errFlags
	}
	empty := false
	set.Visit(func(f *flag.Flag) { empty = empty || f.Value.String() == "" })
	var chosen database
	switch {
	case set.NArg() > 0:
		return v, errArguments
	case empty:
		return v, errEmpty
	case strings.ContainsAny(v.serverName, "/@= "):
		return v, errName // the module would quote it
	case *forPostgres != "" && *forMySQL != "":
		return v, errBoth
	case *forPostgres != "":
		chosen, v.dsn = postgreSQL(), *forPostgres
	case *forMySQL != "":
		chosen, v.dsn = mySQL(), *forMySQL
	case set.NFlag() > 0:
		return v, errAlone
	default:
		return v, nil
	}
	v.database = &chosen
	return v, nil
}

// options returns nil, the default, unless a flag asks for something else.
func (v flagValues) options() (*rdstls.Options, error) {
	if v.serverName == "" && v.rootsFile == "" {
		return nil, nil
	}
	opts := &rdstls.Options{ServerName: v.serverName}
	if v.rootsFile != "" {
		pem, err := os.ReadFile(v.rootsFile)
		var failed *fs.PathError
		if errors.As(err, &failed) {
			err = failed.Err
		}
		if err != nil {
			return nil, fmt.Errorf("-roots: %w", err)
		}
		if opts.Roots, err = bundle.ParsePool(pem); err != nil {
			return nil, fmt.Errorf("-roots: %w", err)
		}
	}
	return opts, nil
}
