// Documentdb connects to Amazon DocumentDB with the MongoDB driver, over verified
// connections. DocumentDB has the CAs of RDS.
//
//	DOCUMENTDB_URI='mongodb://app:…@shop.cluster-….docdb.amazonaws.com:27017/?replicaSet=rs0&retryWrites=false' go run ./documentdb
//
// Through a tunnel, the name in the URI is not the endpoint's. Say whom to expect:
//
//	DOCUMENTDB_URI='mongodb://app:…@localhost:27017/?directConnection=true&retryWrites=false' \
//		DOCUMENTDB_ENDPOINT=shop.cluster-….docdb.amazonaws.com go run ./documentdb
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/rdstls/go/rdstls"
)

func main() {
	opts := &rdstls.Options{ServerName: os.Getenv("DOCUMENTDB_ENDPOINT")}
	err := run(context.Background(), os.Getenv("DOCUMENTDB_URI"), opts, os.Stdout)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "documentdb:", err)
	if d, ok := rdstls.Diagnose(err); ok {
		fmt.Fprintln(os.Stderr, "documentdb:", d.Advice)
	}
	os.Exit(1)
}

// connect takes the place of mongo.Connect(options.Client().ApplyURI(uri)), and of
// tlsCAFile in the URI.
func connect(uri string, opts *rdstls.Options) (*mongo.Client, error) {
	cfg, err := tlsConfig(opts)
	if err != nil {
		return nil, err
	}
	client := options.Client().ApplyURI(uri)
	if client.Validate() != nil {
		return nil, errors.New("the URI does not parse") // the error may quote a password
	}
	if err := checkHosts(client.Hosts, opts); err != nil {
		return nil, err
	}
	// After ApplyURI: the later call wins, over tls=false and tlsInsecure=true too.
	return mongo.Connect(client.SetTLSConfig(cfg))
}

// checkHosts refuses what is no endpoint before anything is looked up or dialed: in
// a malformed URI, a host can be a part of the password.
func checkHosts(hosts []string, opts *rdstls.Options) error {
	if opts != nil && (opts.Roots != nil || opts.ServerName != "") {
		return nil
	}
	for _, host := range hosts {
		name, _, _ := strings.Cut(host, ":")
		if _, err := rdstls.ParseEndpoint(name); err != nil {
			return errors.New("a host in the URI is no DocumentDB endpoint") // err quotes it
		}
	}
	return nil
}

// tlsConfig returns a configuration for every server of the replica set, which the
// driver finds by itself and verifies by the name it dials; or, with a ServerName,
// for that one.
func tlsConfig(opts *rdstls.Options) (*tls.Config, error) {
	if opts != nil && opts.ServerName != "" {
		return rdstls.ClientConfig("", opts)
	}
	return rdstls.SharedConfig(opts)
}

func run(ctx context.Context, uri string, opts *rdstls.Options, out io.Writer) (err error) {
	client, err := connect(uri, opts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Disconnect(context.WithoutCancel(ctx))) }()

	// The driver goes on trying until it finds a server, 30 seconds by default.
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := client.Ping(ctx, nil); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	_, err = fmt.Fprintln(out, "connected and verified")
	return err
}
