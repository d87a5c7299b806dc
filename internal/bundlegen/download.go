package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
)

// maxBundle is well above the size of AWS's bundles, of which the larger has 162 KiB.
const maxBundle = 1 << 20

// contentTypes are those that a server may reasonably give a PEM file: the registered one
// (RFC 8555, Section 9.1), the customary ones, and those of object stores, S3's among them,
// that were not told. Which of them AWS sends could not be observed when this was written. A
// login page or an error page is text/html and must not be taken for a bundle.
var contentTypes = []string{
	"application/pem-certificate-chain",
	"application/x-pem-file",
	"application/x-x509-ca-cert",
	"application/octet-stream",
	"binary/octet-stream",
	"text/plain",
}

// download returns what is at rawURL. The bundles are trust anchors and not signed, so the
// connection is all there is to say that they are AWS's: every hop must be HTTPS.
func download(ctx context.Context, client *http.Client, rawURL string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, nil)
	if err != nil {
		return nil, err
	}
	if err := requireHTTPS(req.URL); err != nil {
		return nil, err
	}
	c := *client
	c.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) >= 5 {
			return errors.New("too many redirects")
		}
		return requireHTTPS(req.URL)
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()

	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: status %q", rawURL, resp.Status)
	}
	header := resp.Header.Get("Content-Type")
	contentType, _, err := mime.ParseMediaType(header)
	if err != nil || !slices.Contains(contentTypes, contentType) {
		return nil, fmt.Errorf("%s: content type %q", rawURL, header)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBundle+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rawURL, err)
	}
	if len(body) > maxBundle {
		return nil, fmt.Errorf("%s: larger than %d bytes", rawURL, maxBundle)
	}
	return body, nil
}

// requireHTTPS refuses a URL of any other scheme.
func requireHTTPS(u *url.URL) error {
	if u.Scheme != "https" {
		return fmt.Errorf("%q is not an https URL", u.Redacted())
	}
	return nil
}
