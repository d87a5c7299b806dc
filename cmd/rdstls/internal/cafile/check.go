package cafile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/rdstls/go/bundle"
)

// Published are the addresses of AWS's files.
var Published = []string{
	"https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
	"https://truststore.pki.us-gov-west-1.rds.amazonaws.com/global/global-bundle.pem",
}

// maxDownload bounds a file. AWS's has 165 KB.
const maxDownload = 4 << 20

// Download gets a file over HTTPS.
func Download(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: status %d", url, resp.StatusCode)
	}
	if resp.Request.URL.Scheme != "https" {
		return nil, errors.New("the download was redirected away from HTTPS")
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxDownload+1))
	if err == nil && len(text) > maxDownload {
		return nil, fmt.Errorf("%s: larger than %d bytes", url, maxDownload)
	}
	return text, err
}

// Behind compares the embedded roots with AWS's files. missing are the roots that
// AWS publishes and this version lacks; gone are embedded ones that AWS no longer
// publishes.
func Behind(published []File) (missing, gone []CA) {
	all := File{}
	for _, f := range published {
		for _, c := range f.Certs {
			if bytes.Equal(c.RawSubject, c.RawIssuer) && !isTest(c.Subject.CommonName) {
				all.add(c)
			}
		}
	}
	ours := File{}
	for _, ca := range Known() {
		ours.add(ca.Certificate)
	}
	return Diff(ours, all)
}

func isTest(name string) bool {
	return strings.HasPrefix(name, "Amazon RDS Beta") || strings.HasPrefix(name, "Amazon RDS Preview")
}

// Embedded returns AWS's file as this version embeds it.
func Embedded() File { return Parse(bundle.PEM()) }
