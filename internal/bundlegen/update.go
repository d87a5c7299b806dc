package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of package bundle. This program only reads the last: its roots are not RDS's, and
// they change by hand.
const (
	commercialFile  = "global-bundle.pem"
	govCloudFile    = "us-gov-roots.pem"
	indexFile       = "index.go"
	amazonTrustFile = "amazon-trust.pem"
)

// bundles are AWS's two bundles as they came.
type bundles struct {
	commercial, govCloud []byte
}

// update brings dir up to date with b and prints what changes. urls are where the two bundles
// are published.
func update(dir string, b bundles, urls [2]string, allowRemoval bool, stdout io.Writer) error {
	next, err := newIndex(dir, b, urls)
	if err != nil {
		return err
	}
	before, err := committedRoots(dir)
	if err != nil {
		return err
	}
	removed := printChanges(stdout, before, next.allRoots())
	if removed > 0 && !allowRemoval {
		return fmt.Errorf("%d roots would be removed: programs that use them stop connecting; "+
			"pass -allow-removal if AWS has withdrawn them", removed)
	}
	source, err := next.source()
	if err != nil {
		return err
	}
	return writeFiles(dir, []outputFile{
		{commercialFile, next.commercial},
		{govCloudFile, next.govCloud},
		{indexFile, source},
	})
}

// newIndex checks the bundles and sorts out the roots in them and in amazon-trust.pem.
func newIndex(dir string, b bundles, urls [2]string) (*index, error) {
	x := &index{urls: urls, commercial: b.commercial}
	roots, err := commercialRoots(b.commercial)
	if err != nil {
		return nil, fmt.Errorf("commercial bundle: %w", err)
	}
	if x.govCloud, err = govCloudRoots(b.govCloud); err != nil {
		return nil, fmt.Errorf("GovCloud bundle: %w", err)
	}
	// Parsed again, because the offsets are those of the file without the intermediates.
	certs, err := parseFile(x.govCloud)
	if err != nil {
		return nil, fmt.Errorf("GovCloud roots: %w", err)
	}
	for _, c := range certs {
		r, err := parseRoot(c, "govCloud")
		if err != nil {
			return nil, fmt.Errorf("GovCloud roots: %w", err)
		}
		roots = append(roots, r)
	}
	if err := sortRoots(roots); err != nil {
		return nil, err
	}
	for _, r := range roots {
		if r.excluded {
			x.excluded = append(x.excluded, r)
		} else {
			x.roots = append(x.roots, r)
		}
	}
	if x.amazonTrust, err = os.ReadFile(filepath.Join(dir, amazonTrustFile)); err != nil {
		return nil, err
	}
	if certs, err = parseFile(x.amazonTrust); err != nil {
		return nil, fmt.Errorf("%s: %w", amazonTrustFile, err)
	}
	for _, c := range certs {
		if err := c.checkCA(); err != nil {
			return nil, fmt.Errorf("%s: %w", amazonTrustFile, err)
		}
		x.trust = append(x.trust, root{certificate: c, file: "amazonTrust"})
	}
	return x, nil
}

// committedRoots returns the certificates of AWS's bundles that are in dir. A file that does
// not exist has none.
func committedRoots(dir string) ([]certificate, error) {
	var all []certificate
	for _, name := range []string{commercialFile, govCloudFile} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		certs, err := parseFile(text)
		if err != nil {
			return nil, fmt.Errorf("committed %s: %w", name, err)
		}
		all = append(all, certs...)
	}
	return all, nil
}

// printChanges prints which roots are removed and added, and returns how many are removed.
func printChanges(stdout io.Writer, before, after []certificate) (removed int) {
	missing := func(sign string, from, in []certificate) (n int) {
		digests := make(map[[sha256.Size]byte]bool)
		for _, c := range in {
			digests[c.digest] = true
		}
		for _, c := range from {
			if !digests[c.digest] {
				fmt.Fprintf(stdout, "%s %x %s\n", sign, c.digest, c.cert.Subject)
				n++
			}
		}
		return n
	}
	removed = missing("-", before, after)
	added := missing("+", after, before)
	fmt.Fprintf(stdout, "%d roots, %d added, %d removed\n", len(after), added, removed)
	return removed
}

// An outputFile is a file to write.
type outputFile struct {
	name string
	text []byte
}

// writeFiles writes files into dir, after all of them are known to fit on the disk. A file
// that is right already is left alone.
func writeFiles(dir string, files []outputFile) error {
	var temps []string
	defer func() {
		for _, name := range temps {
			os.Remove(name) // those that were renamed are not there any more
		}
	}()
	renames := make(map[string]string)
	for _, f := range files {
		name := filepath.Join(dir, f.name)
		if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, f.text) {
			continue
		}
		temp := name + ".new"
		temps = append(temps, temp)
		if err := os.WriteFile(temp, f.text, 0o644); err != nil {
			return err
		}
		renames[temp] = name
	}
	for _, temp := range temps {
		if err := os.Rename(temp, renames[temp]); err != nil {
			return err
		}
	}
	return nil
}
