package rdstls_test

import (
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/rdstls/go/rdstls"
)

func ExampleClientConfig() {
	cfg, err := rdstls.ClientConfig("orders.c9akciq32.eu-west-1.rds.amazonaws.com", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cfg.ServerName)
	fmt.Println(tls.VersionName(cfg.MinVersion), "or later")
	// Output:
	// orders.c9akciq32.eu-west-1.rds.amazonaws.com
	// TLS 1.2 or later
}

// An alias is not in the certificate: say which endpoint is behind it.
func ExampleClientConfig_alias() {
	_, err := rdstls.ClientConfig("orders-db.internal", nil)
	fmt.Println(errors.Is(err, rdstls.ErrNotEndpoint))

	cfg, err := rdstls.ClientConfig("orders-db.internal", &rdstls.Options{
		ServerName: "orders.c9akciq32.eu-west-1.rds.amazonaws.com",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cfg.ServerName)
	// Output:
	// true
	// orders.c9akciq32.eu-west-1.rds.amazonaws.com
}

func ExampleSharedConfig() {
	cfg, err := rdstls.SharedConfig(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q\n", cfg.ServerName) // for the driver to set
	// Output: ""
}

func ExampleCheck() {
	// What sslmode=require and tls=skip-verify amount to.
	fmt.Println(rdstls.Check(&tls.Config{InsecureSkipVerify: true}))
	// Output: rdstls: InsecureSkipVerify: server not verified: it accepts any certificate
}

func ExampleParseEndpoint() {
	endpoint, err := rdstls.ParseEndpoint("shop.cluster-ro-c9akciq32.eu-west-1.rds.amazonaws.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(endpoint.Kind, endpoint.Region, endpoint.Partition)
	// Output: reader eu-west-1 aws
}

func ExampleConfigError() {
	_, err := rdstls.ClientConfig("orders.c9akciq32.eu-west-1.rds.amazonaws.com", &rdstls.Options{
		Base: &tls.Config{InsecureSkipVerify: true},
	})
	var refused *rdstls.ConfigError
	if errors.As(err, &refused) {
		fmt.Println(refused.Setting)
	}
	// Output: Base.InsecureSkipVerify
}
