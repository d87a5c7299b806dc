package adapter

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rdstls/go/rdstls"
)

// NotMisspelled returns err, an error of rdstls.ParseEndpoint, and replaces the
// error of an endpoint with a misspelled Region by one that does not match
// ErrNotEndpoint. A program may leave ErrNotEndpoint strings to the driver, which
// would then connect unverified to any server that an attacker gives that name in DNS.
func NotMisspelled(err error) error {
	var misspelled interface {
		error
		MisspelledEndpoint()
	}
	if !errors.As(err, &misspelled) {
		return err
	}
	text := strings.Replace(misspelled.Error(), rdstls.ErrNotEndpoint.Error()+"; ", "", 1)
	return &rdstls.ConfigError{Setting: "host", Err: fmt.Errorf("%w: %s", rdstls.ErrUnverified, text)}
}
