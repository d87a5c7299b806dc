package rdsiam_test

import (
	"os"
	"strings"
	"testing"
)

// lowest are the lowest versions of the AWS SDK that this package builds with and
// whose tokens pass its tests. For feature/rds/auth it is the first that was
// released, and for the core the one that this requires.
//
// They are requirements of the whole module, so minimal version selection imposes
// them on every program that imports any package of it, also without IAM. And a
// newer core is not harmless there: s3 v1.38 compiles with core v1.47, and then
// fails at run time. So they rise only when a test of this package fails, never
// because there is something newer. "make newest" shows that the newest work too,
// with a go.mod of its own.
var lowest = map[string]string{
	"github.com/aws/aws-sdk-go-v2":                  "v1.3.3",
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth": "v1.0.0",
}

func TestRequirementsAreTheLowest(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(words) >= 2 && strings.HasPrefix(words[0], "github.com/aws/aws-sdk-go-v2") {
			found[words[0]] = words[1]
		}
	}
	for path, version := range found {
		if version != lowest[path] {
			t.Errorf("go.mod requires %s %s, want %q", path, version, lowest[path])
		}
	}
	for path, version := range lowest {
		if found[path] == "" {
			t.Errorf("go.mod does not require %s, want %s", path, version)
		}
	}
}
