// Package rdsiam mints IAM authentication tokens for Amazon RDS and Aurora, the
// passwords of database users who log in with AWS credentials.
//
//	awsConfig, err := config.LoadDefaultConfig(ctx) // aws-sdk-go-v2/config
//	...
//	signer := &rdsiam.Signer{Credentials: awsConfig.Credentials}
//	pool, err := rdspgx.NewPool(ctx, connString, &rdstls.Options{Password: signer.Token})
//
// Programs of that kind, for pgxpool, MySQL and Lambda, are in
// examples/integrations. This is the only package of this module that imports the
// AWS SDK.
//
// # What it takes to be let in
//
// A token is only half of a login. The database must know the user as one of
// IAM's, and the credentials must be allowed to connect as that user (RDS user
// guide, "IAM database authentication"):
//
//   - PostgreSQL: GRANT rds_iam TO app. From then on, app has no other password.
//   - MySQL and MariaDB: CREATE USER app IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'.
//   - A policy that allows rds-db:connect on
//     arn:aws:rds-db:region:account:dbuser:resource/app, where resource is the
//     DbiResourceId of an instance ("db-…"), the DbClusterResourceId of a cluster
//     ("cluster-…"), or the id of a proxy ("prx-…").
package rdsiam

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"

	"github.com/rdstls/go/rdstls"
)

// A Signer mints tokens. Its method Token is an [rdstls.PasswordFunc]. It is safe
// for concurrent use if Credentials is; its fields must not be changed after its
// first use.
//
// Printed, a Signer shows its Region alone, unless it is stored by value in an
// unexported field of another struct, whose fields fmt prints by itself. Hold it by
// pointer.
type Signer struct {
	// Credentials are those that sign. They are required, and retrieved for each
	// token, so the provider should cache, as aws.Config.Credentials and
	// [aws.CredentialsCache] do. A token signed with temporary credentials is
	// good for 15 minutes or until they expire, whichever comes first.
	Credentials aws.CredentialsProvider

	// Region is the Region that the token is for. If empty, it is the one in the
	// name of the endpoint.
	Region string
}

// Token returns the password with which user can log in to endpoint, "host:port",
// during the next 15 minutes. The check is made at login alone: a session goes on
// after its token has expired.
//
// Minting makes no request and costs some ten microseconds (docs/performance.md),
// so each connection gets a token of its own. The token is a secret, of some 350
// bytes, and with the session token of temporary credentials of up to 2.5 kB. It is
// that of the SDK's feature/rds/auth with a slash before the question mark, which
// the signature covers and the SDK leaves out.
//
// The host must be the name of an RDS endpoint; an alias, such as a CNAME record
// or a tunnel, is not what RDS compares. The writer endpoint of a global database
// is in no Region and cannot be signed for. With Region set, any name but an IP
// address is signed for, in case this version does not know its shape.
//
// Errors quote endpoint, user and Region, never a secret. Those of the provider
// are wrapped.
func (s *Signer) Token(ctx context.Context, endpoint, user string) (string, error) {
	host, port, err := splitEndpoint(endpoint)
	if err != nil {
		return "", fmt.Errorf("rdsiam: endpoint %q: %w", endpoint, err)
	}
	region, err := s.regionOf(host)
	if err != nil {
		return "", fmt.Errorf("rdsiam: endpoint %q: %w", endpoint, err)
	}
	if user == "" {
		return "", fmt.Errorf("rdsiam: user for endpoint %q: it is empty", endpoint)
	}
	credentials, err := s.retrieve(ctx)
	if err != nil {
		return "", fmt.Errorf("rdsiam: credentials: %w", err)
	}
	token, err := auth.BuildAuthToken(ctx, schemeFor(port)+host+":"+port, region, user, credentials)
	if err != nil {
		return "", fmt.Errorf("rdsiam: endpoint %q: %w", endpoint, err)
	}
	return withSlash(token), nil
}

// splitEndpoint returns the host in the spelling that RDS compares, and the port.
func splitEndpoint(endpoint string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(endpoint)
	if err != nil {
		return "", "", errors.New("it is not host:port")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", "", errors.New("the port is not a number from 1 to 65535")
	}
	host = strings.TrimSuffix(host, ".")
	if _, err := netip.ParseAddr(host); err == nil {
		return "", "", errors.New("tokens are for names, not IP addresses; with a driver adapter, set Options.ServerName to the endpoint")
	}
	if strings.Trim(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" || strings.Contains("."+host+".", "..") {
		return "", "", errors.New("the host is not a host name")
	}
	return strings.ToLower(host), strconv.FormatUint(n, 10), nil
}

// regionOf returns the Region to sign for.
func (s *Signer) regionOf(host string) (string, error) {
	endpoint, err := rdstls.ParseEndpoint(host)
	switch {
	case err == nil && endpoint.Kind == rdstls.KindGlobal:
		return "", errors.New("a token is for one Region, and this endpoint is in none; use the cluster endpoint of the writer's Region")
	case s.Region != "":
		if strings.Trim(s.Region, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", fmt.Errorf("the Region %q of the Signer is not the name of one", s.Region)
		}
		return s.Region, nil
	case err != nil:
		return "", fmt.Errorf("%w; for an endpoint of another shape, set Signer.Region", err)
	}
	return endpoint.Region, nil
}

// retrieve returns the credentials as they are now. BuildAuthToken would sign
// with empty or expired ones (feature/rds/auth v1.7.10, connect.go).
func (s *Signer) retrieve(ctx context.Context) (retrieved, error) {
	if s.Credentials == nil {
		return retrieved{}, errors.New("there is no provider: Signer.Credentials is nil")
	}
	credentials, err := s.Credentials.Retrieve(ctx)
	switch {
	case err != nil:
		return retrieved{}, err
	case !credentials.HasKeys():
		return retrieved{}, errors.New("the provider returned none")
	case credentials.Expired():
		return retrieved{}, fmt.Errorf("they expired at %s", credentials.Expires.UTC().Format("2006-01-02 15:04:05 MST"))
	}
	return retrieved{credentials}, nil
}

// retrieved is a provider of what was checked, so that this is what signs.
type retrieved struct{ credentials aws.Credentials }

func (r retrieved) Retrieve(context.Context) (aws.Credentials, error) { return r.credentials, nil }

// schemeFor returns a scheme of which port is not the default: the signer leaves
// default ports out of the host that it signs, and RDS does not.
func schemeFor(port string) string {
	if port == "443" {
		return "http://"
	}
	return "https://"
}

// withSlash adds the path that BuildAuthToken leaves out. The signature covers it
// either way, and some gateways demand it
// (https://github.com/aws/aws-sdk-go-v2/pull/3367).
func withSlash(token string) string {
	before, after, ok := strings.Cut(token, "?")
	if !ok || strings.HasSuffix(before, "/") {
		return token
	}
	return before + "/?" + after
}
