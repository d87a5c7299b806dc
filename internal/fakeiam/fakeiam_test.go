package fakeiam

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	endpoint = "orders.c9akciq32.eu-west-1.rds.amazonaws.com:5432"
	region   = "eu-west-1"
	session  = "AQoDYXdzEPT//////////wEXAMPLE/+=="
	oddUser  = "a+b /ü"
)

// signedAt is the time of the tokens below.
var signedAt = time.Date(2026, time.November, 22, 3, 15, 0, 0, time.UTC)

// Tokens by AWS's SDK for Python, botocore 1.43.11, whose generate_db_auth_token
// was called with its clock set to signedAt. Thirty lines of Python's hmac and
// hashlib, written by hand from AWS's description, made the same signatures.
const (
	longTerm = endpoint + "/?Action=connect&DBUser=app" +
		"&X-Amz-Algorithm=AWS4-HMAC-SHA256" +
		"&X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Feu-west-1%2Frds-db%2Faws4_request" +
		"&X-Amz-Date=20261122T031500Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host" +
		"&X-Amz-Signature=ef0e579446ecfa6d9f1b6ae807fe1f950ffa9ff6ca01629387e7312c51149687"
	temporary = endpoint + "/?Action=connect&DBUser=a%2Bb%20%2F%C3%BC" +
		"&X-Amz-Algorithm=AWS4-HMAC-SHA256" +
		"&X-Amz-Credential=ASIDEXAMPLE%2F20261122%2Feu-west-1%2Frds-db%2Faws4_request" +
		"&X-Amz-Date=20261122T031500Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host" +
		"&X-Amz-Security-Token=AQoDYXdzEPT%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwEXAMPLE%2F%2B%3D%3D" +
		"&X-Amz-Signature=a4672e217f3325a9b146dc2e79388e58cc27d9c34b744400d6ab79fa5e8cac63"
)

// verifier returns one that accepts both tokens at the time of signing.
func verifier() *Verifier {
	v := &Verifier{Endpoint: endpoint, Region: region, Now: func() time.Time { return signedAt }}
	v.Allow("AKIDEXAMPLE", Credentials{SecretAccessKey: exampleSecret})
	v.Allow("ASIDEXAMPLE", Credentials{SecretAccessKey: exampleSecret, SessionToken: session})
	return v
}

func TestVerify(t *testing.T) {
	t.Parallel()
	v := verifier()
	if err := v.Verify(longTerm, "app"); err != nil {
		t.Error(err)
	}
	if err := v.Verify(temporary, oddUser); err != nil {
		t.Error(err)
	}
	// The order of parameters does not matter: they are sorted before signing.
	head, query, _ := strings.Cut(longTerm, "?")
	parameters := strings.Split(query, "&")
	slices.Reverse(parameters)
	reversed := head + "?" + strings.Join(parameters, "&")
	if err := v.Verify(reversed, "app"); err != nil {
		t.Errorf("with its parameters reversed: %v", err)
	}
	if err := v.Verify("nonsense", "app"); err == nil {
		t.Error("nonsense was accepted")
	}
	if got, want := v.Accepted(), []string{longTerm, temporary, reversed}; !slices.Equal(got, want) {
		t.Errorf("Accepted = %q, want %q", got, want)
	}
}

func TestVerifySlash(t *testing.T) {
	t.Parallel()
	without := strings.Replace(longTerm, "/?", "?", 1)
	v := verifier()
	if err := v.Verify(without, "app"); !errors.Is(err, ErrMalformed) {
		t.Errorf("without a slash: %v, want %v", err, ErrMalformed)
	}
	v.SlashOptional = true
	for _, token := range []string{without, longTerm} {
		if err := v.Verify(token, "app"); err != nil {
			t.Errorf("%.60q… with SlashOptional: %v", token, err)
		}
	}
}

func TestVerifyTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		after time.Duration
		want  error
	}{
		{-skew - time.Second, ErrTime},
		{-skew, nil},
		{0, nil},
		{longest, nil},
		{longest + time.Second, ErrTime},
		{24 * time.Hour, ErrTime},
	} {
		v := verifier()
		v.Now = func() time.Time { return signedAt.Add(tt.after) }
		if err := v.Verify(longTerm, "app"); !errors.Is(err, tt.want) {
			t.Errorf("%s after signing: %v, want %v", tt.after, err, tt.want)
		}
	}
	v := verifier()
	v.Now = nil
	if err := v.Verify(strings.ReplaceAll(longTerm, "20261122", "20161122"), "app"); !errors.Is(err, ErrTime) {
		t.Errorf("by the system's clock, years later: %v, want %v", err, ErrTime)
	}
}

// TestVerifyRefuses changes the token or what is expected of it.
func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	replace := func(from, to string) func(string) string {
		return func(token string) string { return strings.Replace(token, from, to, 1) }
	}
	none := func(token string) string { return token }
	for name, tt := range map[string]struct {
		edit  func(token string) string
		setUp func(*Verifier)
		want  error
	}{
		"empty":                   {func(string) string { return "" }, nil, ErrMalformed},
		"no-query":                {replace("?", "!"), nil, ErrMalformed},
		"other-port":              {replace(":5432", ":5433"), nil, ErrEndpoint},
		"no-port":                 {replace(":5432", ""), nil, ErrEndpoint},
		"alias":                   {replace("orders.", "alias."), nil, ErrEndpoint},
		"upper-case":              {replace("orders.", "ORDERS."), nil, ErrEndpoint},
		"trailing-dot":            {replace(".com:", ".com.:"), nil, ErrEndpoint},
		"scheme":                  {func(token string) string { return "https://" + token }, nil, ErrEndpoint},
		"path":                    {replace("/?", "//?"), nil, ErrEndpoint},
		"endpoint-of-another":     {none, func(v *Verifier) { v.Endpoint = "users." + endpoint }, ErrEndpoint},
		"edited-for-another":      {replace("orders.", "users."), func(v *Verifier) { v.Endpoint = strings.Replace(endpoint, "orders.", "users.", 1) }, ErrSignature},
		"region":                  {none, func(v *Verifier) { v.Region = "eu-west-2" }, ErrRegion},
		"edited-region":           {replace("eu-west-1%2F", "eu-west-2%2F"), func(v *Verifier) { v.Region = "eu-west-2" }, ErrSignature},
		"user":                    {replace("DBUser=app", "DBUser=App"), nil, ErrUser},
		"unknown-key":             {none, func(v *Verifier) { v.Revoke("AKIDEXAMPLE") }, ErrCredentials},
		"other-secret":            {none, func(v *Verifier) { v.Allow("AKIDEXAMPLE", Credentials{SecretAccessKey: "other"}) }, ErrSignature},
		"missing-session":         {none, func(v *Verifier) { v.Allow("AKIDEXAMPLE", Credentials{exampleSecret, "s", time.Time{}}) }, ErrCredentials},
		"expired-credentials":     {none, func(v *Verifier) { v.Allow("AKIDEXAMPLE", Credentials{exampleSecret, "", signedAt}) }, ErrCredentials},
		"unexpected-session":      {func(token string) string { return token + "&X-Amz-Security-Token=s" }, nil, ErrCredentials},
		"duplicate":               {func(token string) string { return token + "&DBUser=app" }, nil, ErrMalformed},
		"duplicate-in-disguise":   {func(token string) string { return token + "&DB%55ser=app" }, nil, ErrMalformed},
		"unknown-parameter":       {func(token string) string { return token + "&Version=1" }, nil, ErrMalformed},
		"parameter-without-value": {func(token string) string { return token + "&Version" }, nil, ErrMalformed},
		"empty-parameter":         {replace("DBUser=app", "DBUser="), nil, ErrMalformed},
		"no-user":                 {replace("&DBUser=app", ""), nil, ErrUser},
		"plus-sign":               {replace("DBUser=app", "DBUser=a+p"), nil, ErrMalformed},
		"bad-escape":              {replace("DBUser=app", "DBUser=%zz"), nil, ErrMalformed},
		"action":                  {replace("connect", "disconnect"), nil, ErrMalformed},
		"algorithm":               {replace("SHA256", "SHA1"), nil, ErrMalformed},
		"headers":                 {replace("=host", "=host%3Bx-a"), nil, ErrMalformed},
		"service":                 {replace("rds-db", "rds"), nil, ErrMalformed},
		"terminator":              {replace("aws4_request", "aws3_request"), nil, ErrMalformed},
		"short-credential":        {replace("%2Faws4_request", ""), nil, ErrMalformed},
		"credential-of-yesterday": {replace("%2F20261122", "%2F20261121"), nil, ErrMalformed},
		"no-date":                 {replace("X-Amz-Date=20261122T031500Z", "X-Amz-Date=now"), nil, ErrMalformed},
		"edited-date":             {replace("T031500Z", "T031501Z"), nil, ErrSignature},
		"longer":                  {replace("Expires=900", "Expires=901"), nil, ErrMalformed},
		"shorter":                 {replace("Expires=900", "Expires=60"), nil, ErrSignature},
		"not-at-all":              {replace("Expires=900", "Expires=0"), nil, ErrMalformed},
		"negative":                {replace("Expires=900", "Expires=-1"), nil, ErrMalformed},
		"signature":               {replace("Signature=e", "Signature=f"), nil, ErrSignature},
		"no-signature":            {replace("X-Amz-Signature=ef0e", "X-Amz-Signature=&X="), nil, ErrMalformed},
		"cut":                     {func(token string) string { return token[:len(token)-1] }, nil, ErrSignature},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := verifier()
			if tt.setUp != nil {
				tt.setUp(v)
			}
			err := v.Verify(tt.edit(longTerm), "app")
			if !errors.Is(err, tt.want) {
				t.Errorf("Verify = %v, want %v", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), exampleSecret) {
				t.Errorf("Verify = %v, with the secret key in it", err)
			}
			if len(v.Accepted()) != 0 {
				t.Errorf("Accepted = %q, want none", v.Accepted())
			}
		})
	}
}

// FuzzVerify checks that no made-up token is accepted.
func FuzzVerify(f *testing.F) {
	f.Add(longTerm, "app")
	f.Add(temporary, oddUser)
	v := verifier()
	f.Fuzz(func(t *testing.T, token, user string) {
		if v.Verify(token, user) != nil {
			return
		}
		// It is one of the two, up to order and spelling.
		_, query, _ := strings.Cut(token, "?")
		got, err := url.ParseQuery(query)
		if err != nil {
			t.Fatalf("accepted %q", token)
		}
		for _, known := range []string{longTerm, temporary} {
			_, query, _ := strings.Cut(known, "?")
			if want, err := url.ParseQuery(query); err == nil && got.Encode() == want.Encode() {
				return
			}
		}
		t.Fatalf("accepted %q", token)
	})
}
