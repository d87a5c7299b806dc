// Package testschema validates the JSON output of the commands. It serves tests
// only.
package testschema

import (
	"bytes"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Validate fails the test if data is not one JSON document that the schema of a
// command, such as "inspect", allows.
func Validate(tb testing.TB, command string, data []byte) {
	tb.Helper()
	if err := Check(command, data); err != nil {
		tb.Errorf("the output does not match schema/%s.json: %v\n%s", command, err, data)
	}
}

// Check returns why the schema of a command does not allow data.
func Check(command string, data []byte) error {
	_, file, _, _ := runtime.Caller(0)
	path := filepath.Join(filepath.Dir(file), "..", "..", "schema", command+".json")
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat() // dates too
	schema, err := compiler.Compile(path)
	if err != nil {
		return err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return schema.Validate(document)
}
