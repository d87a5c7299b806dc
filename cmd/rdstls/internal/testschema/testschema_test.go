package testschema_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/testschema"
)

// TestSchemasAreStrict checks that every object of every schema names all of its
// fields as required and allows no others: fields of the contract are always
// present.
func TestSchemasAreStrict(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../schema/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("schemas: %v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var schema any
		if err := json.Unmarshal(text, &schema); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		checkStrict(t, filepath.Base(file), schema)
	}
}

func checkStrict(t *testing.T, where string, node any) {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			checkStrict(t, where, child)
		}
	case map[string]any:
		if properties, ok := node["properties"].(map[string]any); ok {
			required, _ := node["required"].([]any)
			if len(required) != len(properties) || node["additionalProperties"] != false {
				t.Errorf("%s: an object with fields that are not required, or with others", where)
			}
		}
		for name, child := range node {
			checkStrict(t, where+"/"+name, child)
		}
	}
}

// TestCheck checks that a document with a missing or malformed field is refused.
func TestCheck(t *testing.T) {
	t.Parallel()
	const good = `{"schema":"rdstls.version/1","version":"v1","go":"go1","bundle":` +
		`"e5bb2084ccf45087bda1c9bffdea0eb15ee67f0b91646106e466714f9de3c7e3",` +
		`"newest_root":{"subject":"s","region":"r","not_before":"2025-01-02T03:04:05Z"}}`
	if err := testschema.Check("version", []byte(good)); err != nil {
		t.Errorf("the good document: %v", err)
	}
	for _, bad := range []string{
		"", "{}", good + good, good + "x",
		`{"schema":"rdstls.version/2"` + good[len(`{"schema":"rdstls.version/1"`):],
		good[:len(good)-1] + `,"more":1}`,
		`{"schema":"rdstls.version/1","version":"v1","go":"go1","bundle":"e5","newest_root":{"subject":"s","region":"r","not_before":"2025-01-02T03:04:05Z"}}`,
		`{"schema":"rdstls.version/1","version":"v1","go":"go1","bundle":"e5bb2084ccf45087bda1c9bffdea0eb15ee67f0b91646106e466714f9de3c7e3","newest_root":{"subject":"s","region":"r","not_before":"2025-13-02T03:04:05Z"}}`,
	} {
		if testschema.Check("version", []byte(bad)) == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}
