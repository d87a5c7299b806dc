// Package secretfile is a secret that another program changes, as the rotation of
// AWS Secrets Manager does, in a file. It serves the tests of both adapters.
package secretfile

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A File holds the name and password of a user.
type File struct{ path string }

// New returns a File that is not written yet and is removed when the test ends.
func New(tb testing.TB) File {
	tb.Helper()
	return File{filepath.Join(tb.TempDir(), "secret.json")}
}

// Write replaces the secret at once, as agents do.
func (f File) Write(tb testing.TB, user, password string) {
	tb.Helper()
	data, err := json.Marshal(map[string]string{"username": user, "password": password})
	if err == nil {
		err = os.WriteFile(f.path+".new", data, 0o600)
	}
	if err == nil {
		err = os.Rename(f.path+".new", f.path)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// Read is an rdstls.PasswordFunc.
func (f File) Read(_ context.Context, _, user string) (string, error) {
	data, err := os.ReadFile(f.path)
	if err != nil {
		return "", err
	}
	var secret struct{ Username, Password string }
	if json.Unmarshal(data, &secret) != nil || secret.Username != user {
		return "", errors.New("the secret is not one of this user")
	}
	return secret.Password, nil
}
