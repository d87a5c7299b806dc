package fakeiam

import (
	"encoding/hex"
	"testing"
)

// AWS's example credentials, of its documentation.
const exampleSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

// TestPublishedSigningKey is the example of "Deriving a signing key" in AWS's
// general reference.
func TestPublishedSigningKey(t *testing.T) {
	t.Parallel()
	const want = "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"
	if got := hex.EncodeToString(signingKey(exampleSecret, scope{"20120215", "us-east-1", "iam"})); got != want {
		t.Errorf("signingKey = %s, want %s", got, want)
	}
}

// TestPublishedPresignedURL is the example of "Authenticating Requests: Using
// Query Parameters (AWS Signature Version 4)" in the reference of Amazon S3's API.
// S3 does not sign the payload.
func TestPublishedPresignedURL(t *testing.T) {
	t.Parallel()
	query, err := parseQuery("X-Amz-Algorithm=AWS4-HMAC-SHA256" +
		"&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request" +
		"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host")
	if err != nil {
		t.Fatal(err)
	}
	request := canonicalRequest("/test.txt", "examplebucket.s3.amazonaws.com", "UNSIGNED-PAYLOAD", query)
	const want = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" // with a slash in the place of the plus sign
	if got := signature(secret, "20130524T000000Z", scope{"20130524", "us-east-1", "s3"}, request); got != want {
		t.Errorf("signature = %s, want %s\n%s", got, want, request)
	}
}

func TestURIEncode(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"AZaz09-._~": "AZaz09-._~",
		"a/b+c d=&":  "a%2Fb%2Bc%20d%3D%26",
		"*%":         "%2A%25",
		"ü\x00\xff":  "%C3%BC%00%FF",
	} {
		if got := uriEncode(in); got != want {
			t.Errorf("uriEncode(%q) = %q, want %q", in, got, want)
		}
	}
}
