package rdsiam_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rdstls/go/internal/fakeiam"
	"github.com/rdstls/go/rdsiam"
)

const (
	orders = "orders.c9akciq32.eu-west-1.rds.amazonaws.com:5432"
	app    = "app"

	// What must be found nowhere but in a token, and the secret key not even there.
	accessKey    = "ASIAQPIAZZAVERMOUTHX"
	secretKey    = "marzipan/OBELISK+secret/key"
	sessionToken = "cinnamon//ZEPPELIN+session/token=="
)

// static is a provider that holds its secrets as those of the SDK do.
type static struct{ Value aws.Credentials }

func (s static) Retrieve(context.Context) (aws.Credentials, error) { return s.Value, nil }

// credentials returns a provider of temporary credentials.
func credentials() static {
	return static{aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey, SessionToken: sessionToken}}
}

// verifierOf returns a verifier that knows credentials.
func verifierOf(endpoint, region string) *fakeiam.Verifier {
	v := &fakeiam.Verifier{Endpoint: endpoint, Region: region}
	v.Allow(accessKey, fakeiam.Credentials{SecretAccessKey: secretKey, SessionToken: sessionToken})
	return v
}

// wantToken fails the test unless s mints a token that RDS would accept.
func wantToken(t testing.TB, s *rdsiam.Signer, v *fakeiam.Verifier, endpoint, user string) {
	t.Helper()
	token, err := s.Token(t.Context(), endpoint, user)
	if err != nil {
		t.Errorf("Token(%q, %q) = %v", endpoint, user, err)
		return
	}
	if err := v.Verify(token, user); err != nil {
		t.Errorf("Token(%q, %q): %v", endpoint, user, err)
	}
	if strings.Contains(token, secretKey) || strings.Contains(token, url.QueryEscape(secretKey)) {
		t.Errorf("Token(%q, %q) holds the secret key", endpoint, user)
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, host, region string }{
		{"instance", "orders.c9akciq32.eu-west-1.rds.amazonaws.com", "eu-west-1"},
		{"cluster", "a.cluster-c9akciq32.us-east-2.rds.amazonaws.com", "us-east-2"},
		{"reader", "a.cluster-ro-c9akciq32.ap-southeast-7.rds.amazonaws.com", "ap-southeast-7"},
		{"proxy", "p.proxy-c9akciq32.eu-west-1.rds.amazonaws.com", "eu-west-1"},
		{"proxy-endpoint", "ro.endpoint.proxy-c9akciq32.eu-west-1.rds.amazonaws.com", "eu-west-1"},
		{"shard-group", "s.shardgrp-c9akciq32.eu-west-1.rds.amazonaws.com", "eu-west-1"},
		{"fips", "db.c9akciq32.us-east-1.rds-fips.amazonaws.com", "us-east-1"},
		{"govcloud", "db.c9akciq32.us-gov-west-1.rds.amazonaws.com", "us-gov-west-1"},
		{"govcloud-old", "db.c9akciq32.rds.us-gov-east-1.amazonaws.com", "us-gov-east-1"},
		{"china", "db.c9akciq32.cn-north-1.rds.amazonaws.com.cn", "cn-north-1"},
		{"china-old", "a.cluster-c9akciq32.rds.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"},
		{"european-cloud", "a.cluster-c9akciq32.eusc-de-east-1.rds.amazonaws.eu", "eusc-de-east-1"},
		{"region-of-the-future", "db.c9akciq32.eu-south-9.rds.amazonaws.com", "eu-south-9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, region := range []string{"", tt.region} {
				s := &rdsiam.Signer{Credentials: credentials(), Region: region}
				wantToken(t, s, verifierOf(tt.host+":5432", tt.region), tt.host+":5432", app)
				wantToken(t, s, verifierOf(tt.host+":3306", tt.region), tt.host+":3306", app)
			}
		})
	}
}

// TestTokenSpelling checks that the token is for the endpoint as RDS writes it,
// however the program writes it. RDS would not recognize another spelling.
func TestTokenSpelling(t *testing.T) {
	t.Parallel()
	host, _, _ := strings.Cut(orders, ":")
	s := &rdsiam.Signer{Credentials: credentials()}
	for spelled, want := range map[string]string{
		strings.ToUpper(host) + ":5432":  orders,
		host + ".:5432":                  orders,
		strings.ToUpper(host) + ".:5432": orders,
		"[" + host + "]:5432":            orders,
		host + ":05432":                  orders,
		// The default ports of the schemes, which signers of requests leave out.
		host + ":443":   host + ":443",
		host + ":80":    host + ":80",
		host + ":1":     host + ":1",
		host + ":65535": host + ":65535",
	} {
		wantToken(t, s, verifierOf(want, "eu-west-1"), spelled, app)
	}
}

func TestTokenUsers(t *testing.T) {
	t.Parallel()
	s := &rdsiam.Signer{Credentials: credentials()}
	v := verifierOf(orders, "eu-west-1")
	for _, user := range []string{
		"app", "App", "a", " ", " app ", "a b", "a+b", "a&b=c", "a=b", "a%20b", "a/b", "?", "#", "~-._*", `a"b'c\`,
		"app@example.com", "ü", "日本", "\U0001F600", "a\nb", "\x00", "\xff\xfe", "DBUser=admin&", strings.Repeat("x", 63),
	} {
		wantToken(t, s, v, orders, user)
	}
}

// TestTokenSizes checks that tokens with long session tokens are signed correctly.
func TestTokenSizes(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 500, 1000, 1500, 2500, 4000} {
		provider := credentials()
		provider.Value.SessionToken = strings.Repeat("/+=Az09", n)[:n]
		v := verifierOf(orders, "eu-west-1")
		v.Allow(accessKey, fakeiam.Credentials{SecretAccessKey: secretKey, SessionToken: provider.Value.SessionToken})
		wantToken(t, &rdsiam.Signer{Credentials: provider}, v, orders, app)
		for _, token := range v.Accepted() {
			if len(token) < 300+n {
				t.Errorf("with a session token of %d bytes: %d bytes", n, len(token))
			}
		}
	}
}

// TestTokenRefusedElsewhere checks that a good token is refused for another
// endpoint, user or time.
func TestTokenRefusedElsewhere(t *testing.T) {
	t.Parallel()
	s := &rdsiam.Signer{Credentials: credentials()}
	token, err := s.Token(t.Context(), orders, app)
	if err != nil {
		t.Fatal(err)
	}
	in := func(d time.Duration) func() time.Time { return func() time.Time { return time.Now().Add(d) } }
	for name, tt := range map[string]struct {
		endpoint, region, user string
		now                    func() time.Time
		want                   error
	}{
		"itself":       {orders, "eu-west-1", app, nil, nil},
		"soon":         {orders, "eu-west-1", app, in(14 * time.Minute), nil},
		"expired":      {orders, "eu-west-1", app, in(16 * time.Minute), fakeiam.ErrTime},
		"too-early":    {orders, "eu-west-1", app, in(-16 * time.Minute), fakeiam.ErrTime},
		"other-user":   {orders, "eu-west-1", "admin", nil, fakeiam.ErrUser},
		"other-case":   {orders, "eu-west-1", "APP", nil, fakeiam.ErrUser},
		"other-port":   {strings.Replace(orders, "5432", "5433", 1), "eu-west-1", app, nil, fakeiam.ErrEndpoint},
		"other-region": {orders, "eu-west-2", app, nil, fakeiam.ErrRegion},
		"alias":        {"db.internal.example:5432", "eu-west-1", app, nil, fakeiam.ErrEndpoint},
	} {
		v := verifierOf(tt.endpoint, tt.region)
		v.Now = tt.now
		if err := v.Verify(token, tt.user); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// TestTokenUnknownEndpointShape checks that Signer.Region must be set for a name
// that this version does not recognize as an endpoint.
func TestTokenUnknownEndpointShape(t *testing.T) {
	t.Parallel()
	const future = "db.c9akciq32.rds.example.aws:5432"
	_, err := (&rdsiam.Signer{Credentials: credentials()}).Token(t.Context(), future, app)
	if err == nil || !strings.Contains(err.Error(), "Signer.Region") {
		t.Errorf("Token(%q) = %v, want advice to set Signer.Region", future, err)
	}
	s := &rdsiam.Signer{Credentials: credentials(), Region: "xx-central-1"}
	wantToken(t, s, verifierOf(future, "xx-central-1"), future, app)
	// A Region that is set is signed for, whatever the name of the endpoint says.
	wantToken(t, s, verifierOf(orders, "xx-central-1"), orders, app)
}

// TestTokenCachedProvider checks that the SDK's own cache of credentials works, and
// that new credentials behind it are used.
func TestTokenCachedProvider(t *testing.T) {
	t.Parallel()
	next := credentials().Value
	retrieved := 0
	s := &rdsiam.Signer{Credentials: aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		retrieved++
		next.CanExpire, next.Expires = true, time.Now().Add(time.Hour)
		return next, nil
	}))}
	v := verifierOf(orders, "eu-west-1")
	wantToken(t, s, v, orders, app)
	v.Revoke(accessKey)
	v.Allow("next", fakeiam.Credentials{SecretAccessKey: secretKey, SessionToken: sessionToken})
	next.AccessKeyID = "next"
	s.Credentials.(interface{ Invalidate() }).Invalidate()
	for range 2 {
		wantToken(t, s, v, orders, app)
	}
	if retrieved != 2 {
		t.Errorf("credentials were retrieved %d times, want 2", retrieved)
	}
}

// TestTokenGlobal checks that the writer endpoint of a global database is signed for
// in the Region of the Signer, as AWS's JDBC driver does.
func TestTokenGlobal(t *testing.T) {
	t.Parallel()
	s := &rdsiam.Signer{Credentials: credentials(), Region: "eu-west-1"}
	token, err := s.Token(t.Context(), "g.global-c9akciq32.global.rds.amazonaws.com:5432", app)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(token, "g.global-c9akciq32.global.rds.amazonaws.com:5432/?") || !strings.Contains(token, "%2Feu-west-1%2Frds-db%2F") {
		t.Error("the token is not for the endpoint and the Region of the Signer")
	}
}
