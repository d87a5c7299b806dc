package main

import (
	"fmt"
	"os"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/rdstls"
)

// options trusts the CA in a PEM file, if there is one, instead of those of
// RDS. Any host will do then, and every connection is verified: ErrNotEndpoint does
// not occur.
//
// serverName is the name in the server's certificate, where that is not the host of
// the connection string: a certificate for "db", the name of the container, that
// the developer reaches as localhost; or an RDS endpoint at the end of a tunnel.
//
// With neither, it returns nil, the default.
func options(caFile, serverName string) (*rdstls.Options, error) {
	if caFile == "" && serverName == "" {
		return nil, nil
	}
	opts := &rdstls.Options{ServerName: serverName}
	if caFile == "" {
		return opts, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	// Strict, unlike AppendCertsFromPEM: a file without a CA is an error.
	if opts.Roots, err = bundle.ParsePool(pem); err != nil {
		return nil, fmt.Errorf("%s: %w", caFile, err)
	}
	return opts, nil
}
