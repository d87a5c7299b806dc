// Package rdsiam creates IAM authentication tokens for Amazon RDS and Aurora. A token is
// the password of a database user who logs in with AWS credentials.
//
//	awsConfig, err := config.LoadDefaultConfig(ctx) // aws-sdk-go-v2/config
//	...
//	signer := &rdsiam.Signer{Credentials: awsConfig.Credentials}
//	pool, err := rdspgx.NewPool(ctx, connString, &rdstls.Options{Password: signer.Token})
//
// Whole programs for pgxpool, MySQL and Lambda are in examples/integrations. This is the
// only package of this module that imports the AWS SDK.
//
// # Setting up IAM authentication
//
// A token is not enough to log in. The database user must be set up for IAM
// authentication, and the AWS credentials must be allowed to connect as that user (RDS
// user guide, "IAM database authentication"):
//
//   - PostgreSQL: GRANT rds_iam TO app. From then on, app logs in with tokens only.
//     Replication is an exception: RDS and Aurora PostgreSQL 11 and later take tokens
//     for it if rds.iam_auth_for_replication is 1, and passwords otherwise.
//   - MySQL and MariaDB: CREATE USER app IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'.
//   - A policy that allows rds-db:connect on
//     arn:aws:rds-db:region:account:dbuser:resource/app (arn:aws-us-gov: in
//     GovCloud, arn:aws-cn: in China), where resource is the DbiResourceId of an instance
//     ("db-…"), the DbClusterResourceId of a cluster ("cluster-…"), or the id of a
//     proxy ("prx-…").
//
// An RDS Proxy has two modes. With the standard one, the database users keep
// passwords, which the proxy reads from Secrets Manager, and only the policy is
// needed. With end-to-end IAM authentication, the database users are set up as above
// (RDS user guide, "Configuring IAM authentication for RDS Proxy").
//
// AWS advises fewer than 200 new connections a second with IAM authentication.
//
// Aurora DSQL has tokens of its own: see [Signer.Token].
package rdsiam

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"reflect"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"

	"github.com/rdstls/go/rdstls"
)

// A Signer creates tokens. Its method Token is an [rdstls.PasswordFunc]. It is safe
// for concurrent use if Credentials is; its fields must not be changed after its
// first use.
//
// Formatting a Signer prints only its Region. fmt bypasses this for a Signer held by
// value in an unexported field; hold a pointer there.
type Signer struct {
	// Credentials sign the tokens. They are required. Token retrieves them at
	// each call, so the provider should cache them, as aws.Config.Credentials and
	// [aws.CredentialsCache] do. A token signed with temporary credentials is
	// good for 15 minutes or until they expire, whichever comes first.
	Credentials aws.CredentialsProvider

	// Region is the Region that the token is for. If empty, it is the one in the
	// name of the endpoint.
	Region string
}

// Token returns the password with which user can log in to endpoint ("host:port") for at
// most 15 minutes; see Credentials. RDS checks a token only at login: a session may
// outlive its token.
//
// Signing makes no request and costs some ten microseconds (docs/performance.md), so
// each connection gets a token of its own. Only a provider that refreshes its credentials
// makes requests. The token is a secret. It has some 350 bytes, and up to 2.5 kB with the
// session token of temporary credentials. Unlike feature/rds/auth of the SDK, which signs
// it, Token puts a slash before the question mark: some gateways require it, and the
// signature is valid with and without it.
//
// The host must be the name of an RDS endpoint. RDS compares the host in the token with
// its own name, so a token for an alias, such as a CNAME record or a tunnel, does not
// work. Token refuses three kinds of endpoints, which accept no token of RDS:
//
//   - Custom endpoints: use the cluster endpoint.
//   - DocumentDB: its clusters authenticate with AWS credentials in another way.
//   - Aurora DSQL: use a [rdstls.PasswordFunc] that calls
//     github.com/aws/aws-sdk-go-v2/feature/dsql/auth.
//
// The writer endpoint of a global database does not contain a Region: set Region to that
// of the writer. If Region is set, Token also signs for a host name that this version
// does not recognize as an RDS endpoint. It never signs for an IP address.
//
// Errors quote endpoint, user and Region, never a secret. Token wraps the errors of
// the provider.
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

// refusal returns why no token of RDS works for endpoints of a kind, or nil.
func refusal(kind rdstls.Kind) error {
	switch kind {
	case rdstls.KindCustom:
		return errors.New("no token works for a custom endpoint; use the cluster endpoint")
	case rdstls.KindDocumentDB:
		return errors.New("no token of RDS works for DocumentDB; use its own authentication with IAM, MONGODB-AWS")
	case rdstls.KindDSQL:
		return errors.New("tokens for Aurora DSQL are not those of RDS; sign them with github.com/aws/aws-sdk-go-v2/feature/dsql/auth")
	}
	return nil
}

// regionOf returns the Region to sign for.
func (s *Signer) regionOf(host string) (string, error) {
	endpoint, err := rdstls.ParseEndpoint(host)
	if err := refusal(endpoint.Kind); err != nil {
		return "", err
	}
	switch {
	case s.Region != "":
		if strings.Trim(s.Region, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", fmt.Errorf("Signer.Region: %q is not a valid Region name", s.Region)
		}
		return s.Region, nil
	case endpoint.Kind == rdstls.KindGlobal:
		return "", errors.New("the name does not contain a Region; set Signer.Region to the writer's, or use the cluster endpoint of that Region")
	case err != nil:
		return "", fmt.Errorf("%w; for an endpoint of another shape, set Signer.Region", err)
	}
	return endpoint.Region, nil
}

// retrieve returns the credentials as they are now. BuildAuthToken would sign
// with empty or expired ones (feature/rds/auth v1.7.10, connect.go).
func (s *Signer) retrieve(ctx context.Context) (retrieved, error) {
	if isNil(s.Credentials) {
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

// isNil also recognizes a nil pointer or function in the interface, whose Retrieve
// would panic.
func isNil(provider aws.CredentialsProvider) bool {
	v := reflect.ValueOf(provider)
	switch v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Slice, reflect.Chan:
		return v.IsNil()
	}
	return false
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
