// Bundlegen updates the files of package bundle: AWS's certificate bundles and the index of
// the roots in them.
//
//	bundlegen [-in FILE] [-in-govcloud FILE] [-dir DIR] [-allow-removal]
//
// Without -in and -in-govcloud it downloads the bundles from AWS. It prints the roots that
// are added and removed, and refuses to remove any without -allow-removal. When it refuses
// anything, it writes nothing.
//
// To look for new roots, run it in the directory of package bundle and review the diff of
// index.go. "go generate ./bundle" makes the index from the committed files.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"time"
)

// Where AWS publishes its bundles: Amazon RDS User Guide, "Using SSL/TLS to encrypt a
// connection to a DB instance or cluster", "Certificate bundles by AWS Region".
const (
	commercialURL = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
	govCloudURL   = "https://truststore.pki.us-gov-west-1.rds.amazonaws.com/global/global-bundle.pem"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	client := &http.Client{Timeout: time.Minute}
	err := run(ctx, os.Args[1:], client, os.Stdout)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bundlegen:", err)
		os.Exit(1)
	}
}

// A source is where one of AWS's bundles comes from.
type source struct {
	in  string // file; if empty, the bundle is downloaded
	url string // also named in the index when the bundle is read from a file
}

// read returns the bundle.
func (s source) read(ctx context.Context, client *http.Client) ([]byte, error) {
	if s.in != "" {
		return os.ReadFile(s.in)
	}
	return download(ctx, client, s.url)
}

// run is the program, with its arguments, its way to the network and its output.
func run(ctx context.Context, args []string, client *http.Client, stdout io.Writer) error {
	var commercial, govCloud source
	flags := flag.NewFlagSet("bundlegen", flag.ContinueOnError)
	flags.SetOutput(stdout)
	flags.StringVar(&commercial.in, "in", "", "read the commercial bundle from `FILE` instead of downloading it")
	flags.StringVar(&govCloud.in, "in-govcloud", "", "read the GovCloud bundle from `FILE` instead of downloading it")
	flags.StringVar(&commercial.url, "url", commercialURL, "`URL` of the commercial bundle")
	flags.StringVar(&govCloud.url, "url-govcloud", govCloudURL, "`URL` of the GovCloud bundle")
	dir := flags.String("dir", ".", "`DIR`ectory of package bundle")
	allowRemoval := flags.Bool("allow-removal", false, "go on if roots are removed")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}

	var b bundles
	var err error
	if b.commercial, err = commercial.read(ctx, client); err != nil {
		return fmt.Errorf("commercial bundle: %w", err)
	}
	if b.govCloud, err = govCloud.read(ctx, client); err != nil {
		return fmt.Errorf("GovCloud bundle: %w", err)
	}
	return update(*dir, b, [2]string{commercial.url, govCloud.url}, *allowRemoval, stdout)
}
