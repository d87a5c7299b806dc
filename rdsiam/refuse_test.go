package rdsiam_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rdstls/go/rdsiam"
	"github.com/rdstls/go/rdstls"
)

// providerError is an error that programs find with errors.As.
type providerError struct{ code string }

func (e *providerError) Error() string { return "provider: " + e.code }

// failing returns a provider that fails with err.
func failing(err error) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, err })
}

// TestTokenRefusesEndpoints checks that endpoints are refused that the SDK would
// sign without a check.
func TestTokenRefusesEndpoints(t *testing.T) {
	t.Parallel()
	host, _, _ := strings.Cut(orders, ":")
	for endpoint, want := range map[string]string{
		"":                            "host:port",
		host:                          "host:port",
		host + ":":                    "port",
		host + ":0":                   "port",
		host + ":65536":               "port",
		host + ":99999999":            "port",
		host + ":-1":                  "port",
		host + ":+5432":               "port",
		host + ": 5432":               "port",
		host + ":5432 ":               "port",
		host + ":5_432":               "port",
		host + ":0x1538":              "port",
		host + ":\u0665\u0664":        "port",
		host + ":postgresql":          "port",
		host + ":5432/":               "port",
		host + ":5432/orders":         "port",
		host + ":5432?x=y":            "port",
		host + ":5432:5432":           "host:port",
		":5432":                       "host name",
		".:5432":                      "host name",
		"::1:5432":                    "host:port",
		"[::1]:5432":                  "IP address",
		"[fe80::1%eth0]:5432":         "IP address",
		"[::ffff:10.0.0.1]:5432":      "IP address",
		"10.0.0.1:5432":               "IP address",
		"10.0.0.1.:5432":              "IP address",
		"postgres://" + orders:        "host:port",
		"https://" + orders:           "host:port",
		"app@" + orders:               "host name",
		"app:secret@" + orders:        "host:port",
		"*." + orders:                 "host name",
		"orders..c9akciq32." + orders: "host name",
		" " + orders:                  "host name",
		"\t" + orders:                 "host name",
		"orders\x00." + orders:        "host name",
		"orders\n." + orders:          "host name",
		"orders%2e" + orders:          "host name",
		"orders/" + orders:            "host name",
		"órders." + orders:            "host name",
		"db.c9a\u212aciq32.eu-west-1.rds.amazonaws.com:5432": "host name", // the Kelvin sign, whose lower case is k
		"..:5432": "host name",
	} {
		// With a Region, the name need not be one that is known.
		s := &rdsiam.Signer{Credentials: credentials(), Region: "eu-west-1"}
		token, err := s.Token(t.Context(), endpoint, app)
		if err == nil || token != "" || !strings.Contains(err.Error(), want) {
			t.Errorf("Token(%q) = %.20q, %v, want an error about the %s", endpoint, token, err, want)
		}
		noSecret(t, err)
	}
}

func TestTokenRefusesNames(t *testing.T) {
	t.Parallel()
	s := &rdsiam.Signer{Credentials: credentials()}
	for _, endpoint := range []string{
		"localhost:5432", "db.internal.example:5432", "rds.amazonaws.com:5432",
		strings.Replace(orders, ":", ".evil.example:", 1),
	} {
		if _, err := s.Token(t.Context(), endpoint, app); !errors.Is(err, rdstls.ErrNotEndpoint) {
			t.Errorf("Token(%q) = %v, want %v", endpoint, err, rdstls.ErrNotEndpoint)
		}
	}
}

// TestTokenRefusesKinds checks that endpoints where no token of RDS works are refused,
// with and without a Region, and that the error says what to use instead.
func TestTokenRefusesKinds(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"batch.cluster-custom-c9akciq32.eu-west-1.rds.amazonaws.com:5432": "cluster endpoint",
		"d.cluster-c9akciq32.eu-west-1.docdb.amazonaws.com:27017":         "MONGODB-AWS",
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql.eu-west-1.on.aws:5432":           "feature/dsql/auth",
	} {
		for _, region := range []string{"", "eu-west-1"} {
			s := &rdsiam.Signer{Credentials: credentials(), Region: region}
			if _, err := s.Token(t.Context(), endpoint, app); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Token(%q) with Region %q = %v, want an error with %q", endpoint, region, err, want)
			}
		}
	}
	const global = "g.global-c9akciq32.global.rds.amazonaws.com:5432"
	s := &rdsiam.Signer{Credentials: credentials()}
	if _, err := s.Token(t.Context(), global, app); err == nil || !strings.Contains(err.Error(), "Signer.Region") {
		t.Errorf("Token(%q) = %v, want advice to set Signer.Region", global, err)
	}
}

// TestTokenNilProviders checks that a nil pointer or function in the interface is an
// error, as a nil interface is.
func TestTokenNilProviders(t *testing.T) {
	t.Parallel()
	for name, provider := range map[string]aws.CredentialsProvider{
		"interface": nil,
		"pointer":   (*aws.CredentialsCache)(nil),
		"function":  aws.CredentialsProviderFunc(nil),
	} {
		s := &rdsiam.Signer{Credentials: provider}
		if _, err := s.Token(t.Context(), orders, app); err == nil || !strings.Contains(err.Error(), "Signer.Credentials is nil") {
			t.Errorf("%s: Token = %v, want an error about Signer.Credentials", name, err)
		}
	}
}

func TestTokenRefusesRegions(t *testing.T) {
	t.Parallel()
	for _, region := range []string{"EU-WEST-1", " eu-west-1", "eu-west-1 ", "eu_west_1", "eu-west-1/rds-db", "eu-west-1\n", "é", "*"} {
		s := &rdsiam.Signer{Credentials: credentials(), Region: region}
		if _, err := s.Token(t.Context(), orders, app); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", region)) {
			t.Errorf("Token with Region %q = %v, want an error that quotes it", region, err)
		}
	}
}

func TestTokenRefusesUsers(t *testing.T) {
	t.Parallel()
	s := &rdsiam.Signer{Credentials: credentials()}
	if _, err := s.Token(t.Context(), orders, ""); err == nil || !strings.Contains(err.Error(), "user") {
		t.Errorf("Token without a user = %v, want an error about it", err)
	}
}

// TestTokenRefusesCredentials checks that credentials that cannot be used are
// refused with an error that says why.
func TestTokenRefusesCredentials(t *testing.T) {
	t.Parallel()
	with := func(edit func(*aws.Credentials)) aws.CredentialsProvider {
		provider := credentials()
		edit(&provider.Value)
		return provider
	}
	expired := with(func(c *aws.Credentials) { c.CanExpire, c.Expires = true, time.Now().Add(-time.Second) })
	for name, tt := range map[string]struct {
		provider aws.CredentialsProvider
		want     string
	}{
		"nil":            {nil, "Signer.Credentials is nil"},
		"none":           {static{}, "none"},
		"no-access-key":  {with(func(c *aws.Credentials) { c.AccessKeyID = "" }), "none"},
		"no-secret-key":  {with(func(c *aws.Credentials) { c.SecretAccessKey = "" }), "none"},
		"expired":        {expired, "expired at 20"},
		"expired-cached": {aws.NewCredentialsCache(expired), "expired"},
		"anonymous":      {aws.AnonymousCredentials{}, "anonymous"},
		"failing":        {failing(&providerError{"throttled"}), "provider: throttled"},
	} {
		s := &rdsiam.Signer{Credentials: tt.provider}
		token, err := s.Token(t.Context(), orders, app)
		if err == nil || token != "" || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(tt.want)) {
			t.Errorf("%s: Token = %.20q, %v, want an error about %q", name, token, err, tt.want)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "rdsiam: credentials: ") {
			t.Errorf("%s: Token = %v, want an error of the package", name, err)
		}
		noSecret(t, err)
	}
	// Credentials whose end is past count only if they have one.
	s := &rdsiam.Signer{Credentials: with(func(c *aws.Credentials) { c.Expires = time.Now().Add(-time.Hour) })}
	wantToken(t, s, verifierOf(orders, "eu-west-1"), orders, app)
}

func TestTokenKeepsErrors(t *testing.T) {
	t.Parallel()
	cause := &providerError{"no role"}
	s := &rdsiam.Signer{Credentials: failing(fmt.Errorf("retrieve: %w", cause))}
	_, err := s.Token(t.Context(), orders, app)
	var found *providerError
	if !errors.Is(err, cause) || !errors.As(err, &found) || found != cause {
		t.Errorf("Token = %v, want one that wraps %v", err, cause)
	}
}

// TestTokenContext hands the context on to the provider.
func TestTokenContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
	s := &rdsiam.Signer{Credentials: aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		if ctx.Value(key{}) != "value" {
			t.Error("the provider got another context")
		}
		cancel()
		<-ctx.Done()
		return aws.Credentials{}, ctx.Err()
	})}
	if _, err := s.Token(ctx, orders, app); !errors.Is(err, context.Canceled) {
		t.Errorf("Token = %v, want %v", err, context.Canceled)
	}
	// What is wrong with the endpoint is wrong without asking for credentials.
	s.Credentials = failing(errors.New("asked"))
	if _, err := s.Token(t.Context(), "nonsense", app); err == nil || strings.Contains(err.Error(), "asked") {
		t.Errorf("Token = %v, want an error about the endpoint", err)
	}
}
