package main

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// subjectPattern is the whole subject of an RDS root, as [pkix.Name.String] gives it. It must
// match from end to end: "Beta us-east-1" contains "us-east-1".
var subjectPattern = regexp.MustCompile(`^CN=Amazon RDS ((Beta|Preview) )?([a-z]+(?:-[a-z]+)+-[0-9]+)` +
	` Root CA (RSA2048|RSA4096|ECC384) G[0-9]+,OU=Amazon RDS,O=Amazon Web Services\\, Inc\.,L=Seattle,ST=WA,C=US$`)

// subjectAttributes is how many attributes that subject has. The string does not show an
// attribute that occurs twice.
const subjectAttributes = 6

// A root is a self-signed certificate of one of AWS's bundles.
type root struct {
	certificate
	file     string // the constant of package bundle
	region   string
	keyType  string
	excluded bool // a Beta or Preview root
}

// parseRoot says which root c is.
func parseRoot(c certificate, file string) (root, error) {
	if err := c.checkCA(); err != nil {
		return root{}, err
	}
	if !c.selfSigned() {
		return root{}, fmt.Errorf("%q is not signed by itself", c.cert.Subject)
	}
	m := subjectPattern.FindStringSubmatch(c.cert.Subject.String())
	if m == nil || len(c.cert.Subject.Names) != subjectAttributes {
		return root{}, fmt.Errorf("%q is not the subject of an RDS root as known so far", c.cert.Subject)
	}
	if gov := strings.HasPrefix(m[3], "us-gov-"); gov != (file == "govCloud") {
		return root{}, fmt.Errorf("%q is in the bundle of another partition", c.cert.Subject)
	}
	return root{certificate: c, file: file, region: m[3], keyType: m[4], excluded: m[1] != ""}, nil
}

// commercialRoots returns the roots of AWS's commercial bundle, which must hold nothing else.
func commercialRoots(text []byte) ([]root, error) {
	certs, err := parseFile(text)
	if err != nil {
		return nil, err
	}
	var roots []root
	for _, c := range certs {
		r, err := parseRoot(c, "commercial")
		if err != nil {
			return nil, err
		}
		roots = append(roots, r)
	}
	return roots, nil
}

// govCloudRoots returns the text of the self-signed certificates in AWS's GovCloud bundle. The
// bundle also has intermediates, which expire decades before their roots (in 2027, as of
// 2026-11). Servers send them; trusting them here would outlive a withdrawal of the root.
func govCloudRoots(text []byte) ([]byte, error) {
	certs, err := parseFile(text)
	if err != nil {
		return nil, err
	}
	var kept bytes.Buffer
	for _, c := range certs {
		if err := c.checkCA(); err != nil {
			return nil, err
		}
		if bytes.Equal(c.cert.RawSubject, c.cert.RawIssuer) {
			if _, err := parseRoot(c, "govCloud"); err != nil {
				return nil, err
			}
			kept.Write(bytes.TrimSuffix(c.text, []byte("\n")))
			kept.WriteByte('\n')
		}
	}
	if kept.Len() == 0 {
		return nil, fmt.Errorf("none of the %d certificates is signed by itself", len(certs))
	}
	return kept.Bytes(), nil
}

// sortRoots orders roots by Region, then by subject, and refuses a Region that has two of one
// key type: with a second generation of roots, a maintainer has to say which ones servers use.
func sortRoots(roots []root) error {
	slices.SortFunc(roots, func(a, b root) int {
		return cmp.Or(
			strings.Compare(a.region, b.region),
			strings.Compare(a.cert.Subject.String(), b.cert.Subject.String()),
		)
	})
	seen := make(map[string]bool)
	for _, r := range roots {
		key := fmt.Sprint(r.region, r.keyType, r.excluded)
		if seen[key] {
			return fmt.Errorf("two roots of Region %q are of type %s", r.region, r.keyType)
		}
		seen[key] = true
	}
	return nil
}
