package rdsiam_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rdstls/go/rdsiam"
	"github.com/rdstls/go/rdstls"
)

func ExampleSigner_Token() {
	// A program takes the provider from its AWS configuration:
	//
	//	cfg, err := config.LoadDefaultConfig(ctx)
	//	signer := &rdsiam.Signer{Credentials: cfg.Credentials}
	signer := &rdsiam.Signer{Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "example"}, nil
	})}

	// With a driver adapter, this is all: each connection asks for its own token.
	opts := &rdstls.Options{Password: signer.Token}

	// What the adapter does, once the server has been verified:
	token, err := opts.Password(context.Background(), "orders.c9akciq32.eu-west-1.rds.amazonaws.com:5432", "app")
	if err != nil {
		fmt.Println(err)
		return
	}
	endpoint, query, _ := strings.Cut(token, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(endpoint)
	fmt.Println(values.Get("Action"), "as", values.Get("DBUser"), "within", values.Get("X-Amz-Expires"), "seconds")
	// Output:
	// orders.c9akciq32.eu-west-1.rds.amazonaws.com:5432/
	// connect as app within 900 seconds
}

// The name of a global database's writer endpoint does not contain a Region: the
// Signer has to know it.
func ExampleSigner_Token_global() {
	signer := &rdsiam.Signer{Credentials: aws.AnonymousCredentials{}}
	_, err := signer.Token(context.Background(), "shop.global-c9akciq32.global.rds.amazonaws.com:5432", "app")
	fmt.Println(err)
	// Output:
	// rdsiam: endpoint "shop.global-c9akciq32.global.rds.amazonaws.com:5432": the name does not contain a Region; set Signer.Region to the writer's, or use the cluster endpoint of that Region
}
