package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/rdstls/go/rdstls"
)

// fromSecret returns the password in a secret, in the form in which AWS Secrets
// Manager keeps those of databases. It is asked for each new connection, so
// retrieve should be quick: read a file that an agent or a volume keeps up to
// date, or ask a client of Secrets Manager that has a cache.
func fromSecret(retrieve func(ctx context.Context) ([]byte, error)) rdstls.PasswordFunc {
	return func(ctx context.Context, endpoint, user string) (string, error) {
		data, err := retrieve(ctx)
		if err != nil {
			return "", fmt.Errorf("retrieve the secret for %s: %w", endpoint, err)
		}
		var secret struct{ Username, Password string }
		if json.Unmarshal(data, &secret) != nil {
			return "", errors.New("the secret is malformed") // the error can quote it
		}
		// Rotation of alternating users changes the name as well.
		if secret.Username != user {
			return "", fmt.Errorf("the secret is not that of user %q", user)
		}
		return secret.Password, nil
	}
}
