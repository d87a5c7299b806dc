package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/rdstls/go/cmd/rdstls/internal/client"
)

// A tokenReport is the JSON form of rdstls token.
type tokenReport struct {
	Schema  string     `json:"schema"`
	Token   string     `json:"token"`
	Expires *time.Time `json:"expires"`
}

func (a *app) tokenCommand() *cobra.Command {
	request := client.TokenRequest{}
	c := a.command(spec{
		use:     "token --user USER [flags] ENDPOINT[:PORT]",
		short:   "Print an IAM token, the password of a database user for 15 minutes.",
		example: "rdstls token --user app orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com:5432",
		long: "The token is signed with the AWS SDK's credentials (AWS_PROFILE and so on), without a request to\n" +
			"RDS. It is checked only at login. Without a port, it is for 5432. Use it as a password command of\n" +
			"a client that verifies the server: any server that the client logs in to can use the token.",
		noJudgment: true,
		secret:     true,
		args:       needArgs(1, 1, "one ENDPOINT"),
		run: func(ctx context.Context, r *Run, args []string) (Verdict, error) {
			return Verdict{}, printToken(ctx, r, request, args[0])
		},
	})
	c.Flags().StringVar(&request.User, "user", "", "the database `USER`")
	c.Flags().StringVar(&request.Region, "region", "", "sign for this `REGION` and not for the one in the endpoint's name")
	return c
}

func printToken(ctx context.Context, r *Run, request client.TokenRequest, endpoint string) error {
	if err := client.CheckName("--user", request.User); err != nil {
		return usage(err.Error())
	}
	var err error
	request.Host, request.Port, err = client.ParseTarget(endpoint, client.PostgresPort, request.Region != "")
	switch {
	case errors.Is(err, client.ErrPort):
		return usage("ENDPOINT: " + err.Error())
	case err != nil:
		return usage("ENDPOINT must be the name of an RDS endpoint; for one that this version does not know, give --region too")
	}
	if err := request.Check(ctx); err != nil {
		return usage(err.Error())
	}
	token, expires, err := request.Mint(ctx, r.Now)
	if err != nil {
		return err
	}
	r.Warn(expiryLine(expires, r.Now()))
	if r.Format == "json" {
		return r.JSON(tokenReport{"rdstls.token/1", token, utc(expires)})
	}
	r.Out.WriteString(token + "\n")
	return nil
}
