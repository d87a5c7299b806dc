package fakeiam

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Constants of AWS Signature Version 4.
const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"

	// emptyPayload is the SHA-256 of nothing, the body of a GET request.
	emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// A scope is what a signing key is good for.
type scope struct{ date, region, service string }

func (s scope) String() string {
	return strings.Join([]string{s.date, s.region, s.service, terminator}, "/")
}

// A parameter is one of a query, decoded.
type parameter struct{ name, value string }

// parseQuery decodes a query. A plus sign is refused: it is a space to some and
// itself to others, and AWS has it written as %2B.
func parseQuery(raw string) ([]parameter, error) {
	if strings.ContainsAny(raw, "+ #") {
		return nil, errors.New("a character of the query is not encoded")
	}
	var query []parameter
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, errors.New("a parameter has no value")
		}
		name, nameErr := url.PathUnescape(name)
		value, valueErr := url.PathUnescape(value)
		if err := errors.Join(nameErr, valueErr); err != nil {
			return nil, err
		}
		query = append(query, parameter{name, value})
	}
	return query, nil
}

// canonicalRequest returns the canonical form of a GET request of which only the
// header Host is signed.
func canonicalRequest(path, host, payload string, query []parameter) string {
	encoded := make([]string, len(query))
	for i, p := range query {
		encoded[i] = uriEncode(p.name) + "=" + uriEncode(p.value)
	}
	slices.Sort(encoded)
	return strings.Join([]string{
		"GET", path, strings.Join(encoded, "&"), "host:" + host, "", "host", payload,
	}, "\n")
}

// signature signs a canonical request.
func signature(secret, date string, s scope, request string) string {
	hash := sha256.Sum256([]byte(request))
	toSign := strings.Join([]string{algorithm, date, s.String(), hex.EncodeToString(hash[:])}, "\n")
	return hex.EncodeToString(sum(signingKey(secret, s), toSign))
}

func signingKey(secret string, s scope) []byte {
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date, s.region, s.service, terminator} {
		key = sum(key, part)
	}
	return key
}

func sum(key []byte, message string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(message))
	return mac.Sum(nil)
}

// uriEncode is the function UriEncode of AWS's description: it leaves alone the
// unreserved characters of RFC 3986, Section 2.3, and nothing else.
func uriEncode(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
