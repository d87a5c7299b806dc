package scan_test

import (
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/scan"
)

// TestDeepTerraform checks that a file that is nested too deeply for the parser ends
// neither the process nor the scan, and that what people write is still judged.
func TestDeepTerraform(t *testing.T) {
	t.Parallel()
	const proxy = "\nresource \"aws_db_proxy\" \"p\" {}\n"
	nested := func(open, closing string, n int) string {
		return "locals {\n  x = " + strings.Repeat(open, n) + "1" + strings.Repeat(closing, n) + "\n}" + proxy
	}
	for name, tt := range map[string]struct {
		text string
		want int
	}{
		"list":           {nested("[", "]", 2_000), 0},
		"object":         {nested("{a=", "}", 2_000), 0},
		"parentheses":    {nested("(", ")", 2_000), 0},
		"call":           {nested("f(", ")", 2_000), 0},
		"template":       {nested("\"${", "}\"", 2_000), 0},
		"block":          {strings.Repeat("a {", 2_000) + strings.Repeat("}", 50_000) + proxy, 0},
		"negative":       {nested("-", "", 2_000), 0},
		"negative-lines": {"locals {\n  x = (" + strings.Repeat("!\n", 2_000) + "true)\n}" + proxy, 0},
		"conditional":    {nested("a ? 1 : ", "", 20_000), 0},
		"unclosed":       {strings.Repeat("x = [", 2_000) + proxy, 0},
		"usual":          {nested("[{a=", "}]", 20), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if findings, _ := scan.File("a.tf", []byte(tt.text)); len(findings) != tt.want {
				t.Errorf("%d findings, want %d", len(findings), tt.want)
			}
		})
	}
}
