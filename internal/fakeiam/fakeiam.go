// Package fakeiam stands in for the part of Amazon RDS that checks IAM
// authentication tokens. It verifies what RDS verifies, and so tells tests
// whether a token would have been good: with RDS itself out of reach, it is the
// nearest thing to a second opinion.
//
// It is written against AWS's description of the signing process
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html)
// and does not use the AWS SDK, which signs the tokens: one that checks its own
// work finds nothing.
//
// [ListenLDAP] puts it behind a real PostgreSQL server.
package fakeiam

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Why a token is refused. Errors of [Verifier.Verify] wrap one of these.
var (
	ErrMalformed   = errors.New("malformed token")
	ErrEndpoint    = errors.New("token for another endpoint")
	ErrRegion      = errors.New("token for another Region")
	ErrUser        = errors.New("token for another user")
	ErrTime        = errors.New("token not valid at this time")
	ErrCredentials = errors.New("credentials not accepted")
	ErrSignature   = errors.New("wrong signature")
)

// Credentials are what AWS knows about an access key.
type Credentials struct {
	SecretAccessKey string
	SessionToken    string    // empty for long-term credentials
	Expires         time.Time // zero if never
}

// A Verifier checks the tokens of one endpoint. Set its fields before its first
// use; it is then safe for concurrent use.
type Verifier struct {
	Endpoint string // "host:port" that tokens must be signed for
	Region   string // of the endpoint

	// Now is the clock. If nil, it is [time.Now].
	Now func() time.Time

	// SlashOptional also accepts tokens without a slash before the question mark,
	// as AWS's SDK for Go makes them. RDS does; some gateways in front of it do not
	// (https://github.com/aws/aws-sdk-go-v2/pull/3367).
	SlashOptional bool

	mu       sync.Mutex
	keys     map[string]Credentials
	accepted []string
}

// Allow makes an access key known, in place of what was known of it before.
func (v *Verifier) Allow(accessKeyID string, c Credentials) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.keys == nil {
		v.keys = make(map[string]Credentials)
	}
	v.keys[accessKeyID] = c
}

// Revoke makes an access key unknown.
func (v *Verifier) Revoke(accessKeyID string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.keys, accessKeyID)
}

// Accepted returns the tokens that were accepted, oldest first, one as often as
// it was used.
func (v *Verifier) Accepted() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.accepted)
}

// Verify reports why user cannot log in with token, or nil.
func (v *Verifier) Verify(token, user string) error {
	if err := v.verify(token, user); err != nil {
		return fmt.Errorf("fakeiam: %w", err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.accepted = append(v.accepted, token)
	return nil
}

func (v *Verifier) verify(token, user string) error {
	host, rest, ok := strings.Cut(token, "?")
	if !ok {
		return fmt.Errorf("%w: %d bytes without a question mark", ErrMalformed, len(token))
	}
	host, slash := strings.CutSuffix(host, "/")
	if !slash && !v.SlashOptional {
		return fmt.Errorf("%w: no slash before the question mark", ErrMalformed)
	}
	if host != v.Endpoint {
		return fmt.Errorf("%w: %q, want %q", ErrEndpoint, host, v.Endpoint)
	}
	query, err := parseQuery(rest)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	t := tokenOf(query)
	if err := t.complete(query); err != nil {
		return err
	}
	if t.user != user {
		return fmt.Errorf("%w: %q, want %q", ErrUser, t.user, user)
	}
	if t.scope.region != v.Region {
		return fmt.Errorf("%w: %q, want %q", ErrRegion, t.scope.region, v.Region)
	}
	now := time.Now()
	if v.Now != nil {
		now = v.Now()
	}
	if err := t.current(now); err != nil {
		return err
	}
	return v.signed(t, query, now)
}

// signed checks the signature and the credentials behind it.
func (v *Verifier) signed(t token, query []parameter, now time.Time) error {
	v.mu.Lock()
	known, ok := v.keys[t.accessKeyID]
	v.mu.Unlock()
	switch {
	case !ok:
		return fmt.Errorf("%w: unknown access key %q", ErrCredentials, t.accessKeyID)
	case t.sessionToken != known.SessionToken:
		return fmt.Errorf("%w: the session token is not that of %q", ErrCredentials, t.accessKeyID)
	case !known.Expires.IsZero() && !now.Before(known.Expires):
		return fmt.Errorf("%w: those of %q have expired", ErrCredentials, t.accessKeyID)
	}
	unsigned := slices.DeleteFunc(slices.Clone(query), func(p parameter) bool { return p.name == "X-Amz-Signature" })
	want := signature(known.SecretAccessKey, t.date, t.scope, canonicalRequest("/", v.Endpoint, emptyPayload, unsigned))
	if !hmac.Equal([]byte(want), []byte(t.signature)) {
		return fmt.Errorf("%w, by %q", ErrSignature, t.accessKeyID)
	}
	return nil
}

// A token is what its parameters say.
type token struct {
	algorithm, action, user    string
	accessKeyID, terminator    string
	scope                      scope
	date, expires              string
	signedHeaders, signature   string
	sessionToken, unknown      string
	malformedCredential, twice bool
}

func tokenOf(query []parameter) token {
	var t token
	seen := make(map[string]bool)
	fields := map[string]*string{
		"Action":               &t.action,
		"DBUser":               &t.user,
		"X-Amz-Algorithm":      &t.algorithm,
		"X-Amz-Date":           &t.date,
		"X-Amz-Expires":        &t.expires,
		"X-Amz-Security-Token": &t.sessionToken,
		"X-Amz-Signature":      &t.signature,
		"X-Amz-SignedHeaders":  &t.signedHeaders,
	}
	for _, p := range query {
		t.twice = t.twice || seen[p.name]
		seen[p.name] = true
		if p.name == "X-Amz-Credential" {
			parts := strings.Split(p.value, "/")
			if len(parts) != 5 {
				t.malformedCredential = true
				continue
			}
			t.accessKeyID, t.terminator = parts[0], parts[4]
			t.scope = scope{date: parts[1], region: parts[2], service: parts[3]}
		} else if field, ok := fields[p.name]; ok {
			*field = p.value
		} else {
			t.unknown = p.name
		}
	}
	return t
}

// complete checks what is the same in every token.
func (t token) complete(query []parameter) error {
	switch {
	case t.twice:
		return fmt.Errorf("%w: a parameter occurs twice", ErrMalformed)
	case t.unknown != "":
		return fmt.Errorf("%w: unknown parameter %q", ErrMalformed, t.unknown)
	case t.malformedCredential:
		return fmt.Errorf("%w: X-Amz-Credential does not have five parts", ErrMalformed)
	}
	for _, p := range query {
		if p.value == "" {
			return fmt.Errorf("%w: %s is empty", ErrMalformed, p.name)
		}
	}
	for _, want := range []struct{ name, got, want string }{
		{"Action", t.action, "connect"},
		{"X-Amz-Algorithm", t.algorithm, algorithm},
		{"X-Amz-SignedHeaders", t.signedHeaders, "host"},
		{"service", t.scope.service, "rds-db"},
		{"end of the credential's scope", t.terminator, terminator},
	} {
		if want.got != want.want {
			return fmt.Errorf("%w: %s is %q, want %q", ErrMalformed, want.name, want.got, want.want)
		}
	}
	return nil
}

const (
	dateFormat = "20060102T150405Z"
	longest    = 15 * time.Minute // that RDS accepts
	skew       = 5 * time.Minute  // between the clocks of client and server
)

// current checks that the token is valid at now.
func (t token) current(now time.Time) error {
	signed, err := time.Parse(dateFormat, t.date)
	if err != nil {
		return fmt.Errorf("%w: X-Amz-Date is %q", ErrMalformed, t.date)
	}
	if day, _, _ := strings.Cut(t.date, "T"); day != t.scope.date {
		return fmt.Errorf("%w: X-Amz-Date %s is not of the credential's day %q", ErrMalformed, t.date, t.scope.date)
	}
	seconds, err := strconv.ParseUint(t.expires, 10, 31)
	if lifetime := time.Duration(seconds) * time.Second; err != nil || lifetime == 0 || lifetime > longest {
		return fmt.Errorf("%w: X-Amz-Expires is %q", ErrMalformed, t.expires)
	} else if now.After(signed.Add(lifetime)) {
		return fmt.Errorf("%w: signed at %s for %s, expired", ErrTime, t.date, lifetime)
	}
	if now.Before(signed.Add(-skew)) {
		return fmt.Errorf("%w: signed at %s, in the future", ErrTime, t.date)
	}
	return nil
}
