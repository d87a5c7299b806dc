package boundaries

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// People compare the digests of the documents with AWS's files, so those must be
// the digests of what is embedded.
func TestDocumentsDigests(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join("..", "..", "bundle", "*.pem"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{} // by digest
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[fmt.Sprintf("%x", sha256.Sum256(text))] = filepath.Base(path)
	}
	all := documents(t)
	for _, name := range []string{"README.md", "docs/bundle.md"} {
		for _, digest := range regexp.MustCompile(`\b[0-9a-f]{64}\b`).FindAllString(all[name], -1) {
			if files[digest] == "" {
				t.Errorf("%s has the digest %s, which no file of bundle has", name, digest)
			}
		}
	}
	for digest, file := range files {
		if !strings.Contains(all["docs/bundle.md"], digest) {
			t.Errorf("docs/bundle.md lacks %s, the digest of %s", digest, file)
		}
	}
}
