package rdstls_test

import (
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/rdstls/go/rdstls"
)

func ExampleDiagnose() {
	// What db.Ping returns for a CNAME record that leads to an instance.
	err := fmt.Errorf("ping: %w", x509.HostnameError{
		Host:        "orders-db.internal",
		Certificate: &x509.Certificate{DNSNames: []string{"orders.c9akciq32.eu-west-1.rds.amazonaws.com"}},
	})

	if d, ok := rdstls.Diagnose(err); ok {
		fmt.Println(d.Reason)
		fmt.Println(strings.ReplaceAll(d.Advice, ". ", ".\n"))
	}
	// Output:
	// name
	// Expected a certificate for "orders-db.internal"; the server presented one (unverified) for "orders.c9akciq32.eu-west-1.rds.amazonaws.com".
	// If the expected name is an alias or a tunnel, set Options.ServerName to the RDS endpoint behind it and its port, as the RDS console shows them.
}
