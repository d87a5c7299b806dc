package client

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"github.com/rdstls/go/rdsiam"
	"github.com/rdstls/go/rdstls"
)

// tokenLife is how long RDS accepts a token (RDS user guide, "IAM database
// authentication").
const tokenLife = 15 * time.Minute

// A TokenRequest says for which login a token is.
type TokenRequest struct {
	Host   string // the endpoint, in canonical form
	Port   int
	User   string
	Region string // "" means the one in the name of the endpoint
}

// The reasons for which no token can be signed for a request.
var (
	ErrTokenUser   = errors.New("a token is for a user: name one with --user")
	ErrTokenGlobal = errors.New("a token is for one Region, and this endpoint is in none: use the cluster endpoint of the writer's Region")
	ErrTokenHost   = errors.New("no token can be signed for this host: it is not an RDS endpoint with IAM authentication, or the Region is malformed")
)

// Check reports why no token can be signed for r, or nil. It needs no credentials.
func (r TokenRequest) Check(ctx context.Context) error {
	if r.User == "" {
		return ErrTokenUser
	}
	if e, err := rdstls.ParseEndpoint(r.Host); err == nil && e.Kind == rdstls.KindGlobal {
		return ErrTokenGlobal
	}
	if _, err := r.sign(ctx, aws.Credentials{AccessKeyID: "check", SecretAccessKey: "check"}); err != nil {
		return ErrTokenHost // the errors of rdsiam quote the request
	}
	return nil
}

// The reasons for which no token was minted.
var (
	ErrAWSConfig   = errors.New("the AWS configuration could not be read: check the profile, and the files that it comes from")
	ErrCredentials = errors.New("AWS gave no credentials: aws sts get-caller-identity shows why")
	ErrExpired     = errors.New("the AWS credentials have expired: log in to AWS again")
)

// Mint returns a token and the time from which it is refused: RDS refuses a token
// after 15 minutes, and when the credentials that signed it expire. Check r first.
// Errors do not repeat what AWS's SDK says, because that quotes configuration.
func (r TokenRequest) Mint(ctx context.Context, now func() time.Time) (token string, expires time.Time, err error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithLogger(logging.NewStandardLogger(io.Discard)))
	if err != nil {
		return "", time.Time{}, ErrAWSConfig
	}
	credentials, err := cfg.Credentials.Retrieve(ctx)
	switch {
	case err != nil || !credentials.HasKeys():
		return "", time.Time{}, ErrCredentials
	case credentials.CanExpire && !credentials.Expires.After(now()):
		return "", time.Time{}, ErrExpired
	}
	expires = now().Add(tokenLife)
	if credentials.CanExpire && credentials.Expires.Before(expires) {
		expires = credentials.Expires
	}
	token, err = r.sign(ctx, credentials)
	if err != nil {
		return "", time.Time{}, ErrTokenHost
	}
	return token, expires, nil
}

func (r TokenRequest) sign(ctx context.Context, credentials aws.Credentials) (string, error) {
	signer := &rdsiam.Signer{
		Region: r.Region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return credentials, nil
		}),
	}
	return signer.Token(ctx, net.JoinHostPort(r.Host, strconv.Itoa(r.Port)), r.User)
}
