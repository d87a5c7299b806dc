package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/cmd/rdstls/internal/cafile"
	"github.com/rdstls/go/cmd/rdstls/internal/client"
	"github.com/rdstls/go/rdstls"
)

// clientFlags are the flags of exec and env.
type clientFlags struct {
	iam                        bool
	user, database, via, roots string
}

func (f *clientFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.iam, "iam", false, "log in with an IAM token, as the user of --user")
	flags.StringVar(&f.user, "user", "", "the database `USER`")
	flags.StringVar(&f.database, "database", "", "the `DATABASE`")
	flags.StringVar(&f.via, "via", "", "connect to a tunnel at `HOST:PORT`, and verify that ENDPOINT answers")
	flags.StringVar(&f.roots, "roots", "", "trust the CAs in `FILE` and not the embedded ones; then ENDPOINT can be any name")
}

// A clientPlan is what is known before anything is minted, resolved or written.
type clientPlan struct {
	connection client.Connection // without Roots, Password and tunnel
	roots      []byte
	tunnel     *client.Tunnel
	token      *client.TokenRequest
}

// plan finds every usage error in the flags.
func (f *clientFlags) plan(ctx context.Context, getenv func(string) string, endpoint string, family client.Family) (*clientPlan, error) {
	if f.via != "" && family.TakesOptionFile() {
		return nil, usage("--via: programs of MySQL and MariaDB verify the name that they dial, and cannot be told another one. " +
			"docs/other-clients.md says how they use a tunnel")
	}
	if err := errors.Join(client.CheckName("--user", f.user), client.CheckName("--database", f.database)); err != nil {
		return nil, usage(err.Error())
	}
	p := &clientPlan{}
	host, port, err := client.ParseTarget(endpoint, family.DefaultPort(), f.roots != "")
	if err != nil {
		return nil, endpointError(err)
	}
	p.connection = client.Connection{Host: host, Port: port, User: f.user, Database: f.database}
	if p.roots, err = f.readRoots(host); err != nil {
		return nil, err
	}
	if f.via != "" {
		tunnel, err := client.ParseTunnel(f.via)
		if err != nil {
			return nil, usage("--via: " + err.Error())
		}
		p.tunnel = &tunnel
	}
	if f.iam {
		if f.user == "" && !family.TakesOptionFile() {
			p.connection.User = getenv("PGUSER")
		}
		p.token = &client.TokenRequest{Host: host, Port: port, User: p.connection.User}
		if err := p.token.Check(ctx); err != nil {
			return nil, usage("--iam: " + err.Error())
		}
	}
	return p, nil
}

// endpointError replaces the errors of the library, which quote the host.
func endpointError(err error) error {
	switch {
	case errors.Is(err, client.ErrPort):
		return usage("ENDPOINT: " + client.ErrPort.Error())
	case errors.Is(err, rdstls.ErrNoRoots):
		return usage("ENDPOINT: this version of rdstls has no CAs for its Region; upgrade it, or give them with --roots FILE")
	}
	return usage("ENDPOINT must be the name of an RDS endpoint, with or without a port. For an alias, give the endpoint itself; " +
		"for a tunnel also --via; for a server with a CA of your own, --roots FILE")
}

// readRoots returns the PEM file of the CAs that are trusted for host.
func (f *clientFlags) readRoots(host string) ([]byte, error) {
	if f.roots == "" {
		cas, err := cafile.For(host)
		if err != nil {
			return nil, endpointError(err)
		}
		return cafile.PEM(cas), nil
	}
	text, err := os.ReadFile(f.roots)
	if err != nil {
		return nil, usage("--roots: " + withoutPath(err))
	}
	if _, err := bundle.ParsePool(text); err != nil {
		return nil, usage("--roots: " + err.Error())
	}
	return text, nil
}

// complete resolves the tunnel and mints the token. It returns the time when the
// token expires, or the zero time.
func (p *clientPlan) complete(ctx context.Context, now func() time.Time) (expires time.Time, err error) {
	if p.tunnel != nil {
		if err := p.tunnel.Resolve(ctx, &p.connection); err != nil {
			return expires, errors.New("--via: " + err.Error())
		}
	}
	if p.token != nil {
		if p.connection.Password, expires, err = p.token.Mint(ctx, now); err != nil {
			return expires, errors.New("no token: " + err.Error())
		}
	}
	return expires, nil
}

// expiryLine says when a token expires.
func expiryLine(expires, now time.Time) string {
	return fmt.Sprintf("the token expires at %s (in %s): it is checked only at login, so sessions outlive it",
		expires.UTC().Format(time.RFC3339), expires.Sub(now).Round(time.Second))
}
