package bundle_test

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"log"

	"github.com/rdstls/go/bundle"
)

func ExamplePool() {
	roots, ok := bundle.Pool("eu-west-1")
	if !ok {
		log.Fatal("this version of the module does not know the Region")
	}
	cfg := &tls.Config{
		RootCAs:    roots,
		ServerName: "mydb.c9akciq32rgn.eu-west-1.rds.amazonaws.com",
		MinVersion: tls.VersionTLS12,
	}
	fmt.Println(cfg.ServerName)

	_, ok = bundle.Pool("cn-north-1")
	fmt.Println(ok)
	// Output:
	// mydb.c9akciq32rgn.eu-west-1.rds.amazonaws.com
	// false
}

func ExamplePEM() {
	digest := fmt.Sprintf("%x", sha256.Sum256(bundle.PEM()))
	fmt.Println(digest == bundle.SHA256)
	// Output: true
}

func ExampleRoots() {
	for root := range bundle.Roots() {
		if root.Region == "us-gov-west-1" {
			fmt.Println(root.Certificate.Subject.CommonName)
		}
	}
	// Output:
	// Amazon RDS us-gov-west-1 Root CA ECC384 G1
	// Amazon RDS us-gov-west-1 Root CA RSA2048 G1
	// Amazon RDS us-gov-west-1 Root CA RSA4096 G1
}

func ExampleRegions() {
	regions := bundle.Regions()
	fmt.Println(regions[0], "to", regions[len(regions)-1])
	// Output: af-south-1 to us-west-2
}

func ExampleAmazonTrust() {
	cfg := &tls.Config{
		RootCAs:    bundle.AmazonTrust(),
		ServerName: "my.proxy-c9akciq32rgn.eu-west-1.rds.amazonaws.com",
		MinVersion: tls.VersionTLS12,
	}
	fmt.Println(cfg.ServerName)
	// Output: my.proxy-c9akciq32rgn.eu-west-1.rds.amazonaws.com
}

// A pool for an RDS Proxy, which may also present a certificate of its Region's own roots.
func ExampleAddRegion() {
	roots := bundle.AmazonTrust()
	if !bundle.AddRegion(roots, "eu-west-1") {
		log.Fatal("this version of the module does not know the Region")
	}
	cfg := &tls.Config{
		RootCAs:    roots,
		ServerName: "my.proxy-c9akciq32rgn.eu-west-1.rds.amazonaws.com",
		MinVersion: tls.VersionTLS12,
	}
	fmt.Println(cfg.ServerName)
	// Output: my.proxy-c9akciq32rgn.eu-west-1.rds.amazonaws.com
}

func ExampleParsePool() {
	file := bundle.PEM() // in place of os.ReadFile("cn-bundle.pem")
	roots, err := bundle.ParsePool(file)
	if err != nil {
		log.Fatal(err)
	}
	cfg := &tls.Config{
		RootCAs:    roots,
		ServerName: "mydb.c9akciq32rgn.rds.cn-north-1.amazonaws.com.cn",
		MinVersion: tls.VersionTLS12,
	}
	fmt.Println(cfg.ServerName)

	// A download that broke off.
	_, err = bundle.ParsePool(file[:5000])
	fmt.Println(err)
	// Output:
	// mydb.c9akciq32rgn.rds.cn-north-1.amazonaws.com.cn
	// bundle: block 4: its END line is missing
}
