// Command rdstls answers what comes before and after a verified connection to
// Amazon RDS and Aurora, for clients in any language. See docs/command.md.
package main

import (
	"context"
	"os"
	"os/signal"

	"github.com/rdstls/go/cmd/rdstls/internal/cli"
)

func main() {
	switch args := os.Args[1:]; {
	case isVettool(args):
		runVettool()
	case isFixer(args):
		runFixer()
	}
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return cli.Main(ctx, cli.Process())
}
