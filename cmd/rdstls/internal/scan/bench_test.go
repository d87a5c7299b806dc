package scan_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/scan"
)

// BenchmarkPaths scans 100,000 lines in 500 files, one line in fifty of which a
// rule has to look at.
func BenchmarkPaths(b *testing.B) {
	root := b.TempDir()
	for i := range 500 {
		var text strings.Builder
		for j := range 200 {
			if j%50 == 0 {
				fmt.Fprintf(&text, "url%d: postgres://app@db%d.prod.net/orders?sslmode=require\n", j, i)
				continue
			}
			fmt.Fprintf(&text, "  key%d: some value of an ordinary length, %d\n", j, i)
		}
		if err := os.WriteFile(filepath.Join(root, fmt.Sprintf("f%d.yaml", i)), []byte(text.String()), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		result, err := scan.Paths(nil, []string{root}, scan.Options{})
		if err != nil || len(result.Findings) != 2000 {
			b.Fatalf("%d findings, %v", len(result.Findings), err)
		}
	}
}
