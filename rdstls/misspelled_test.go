package rdstls_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// TestMisspelledEndpoint checks that the error of a misspelled endpoint says what
// is wrong with the name, and does not take it for an alias.
func TestMisspelledEndpoint(t *testing.T) {
	t.Parallel()
	const form = `an endpoint has the form "identifier.account.region.rds.amazonaws.com"`
	for host, want := range map[string]string{
		"db.c9akciq32.eu-west1.rds.amazonaws.com":            `"eu-west1" is not a Region`,
		"db.c9akciq32.eu-west1.rds.amazonaws.com.":           `"eu-west1" is not a Region`,
		"DB.c9akciq32.EU-WEST1.rds.amazonaws.com":            `"eu-west1" is not a Region`,
		"db.c9akciq32.euwest-1.rds.amazonaws.com":            `"euwest-1" is not a Region`,
		"db.cluster-c9akciq32.eu-west-1a.rds.amazonaws.com":  `"eu-west-1a" is not a Region`,
		"db.c9akciq32.eu_west_1.rds.amazonaws.com":           `"eu_west_1" is not a Region`,
		"db.c9akciq32.eu-west1.docdb.amazonaws.com":          `"eu-west1" is not a Region`,
		"db.c9akciq32.rds.cn-north1.amazonaws.com.cn":        `"cn-north1" is not a Region`,
		"db.c9akciq32.rds.amazonaws.com":                     `"c9akciq32" is not a Region`,
		"rds.amazonaws.com":                                  "the Region is missing",
		"c9akciq32.eu-west-1.rds.amazonaws.com":              "identifier.account.region.rds.amazonaws.com",
		"a.b.c9akciq32.eu-west-1.rds.amazonaws.com":          "identifier.account.region.rds.amazonaws.com",
		"db.clusterro-c9akciq32.eu-west-1.rds.amazonaws.com": "identifier.account.region.rds.amazonaws.com",
		"db.c9akciq32.global.rds.amazonaws.com":              "identifier.account.region.rds.amazonaws.com",
		"db.example.com":                                     "Options.ServerName",
		"db.c9akciq32.eu-west-1.rds.amazonws.com":            "set Options.ServerName; otherwise it is misspelled: " + form,
		"db.c9akciq32.eu-west-1.rds.amazonaws.co":            "otherwise it is misspelled: " + form,
		"db.c9akciq32.eu-west-1.rds":                         "otherwise it is misspelled: " + form,
		"db.c9akciq32.eu-west-1.rds.aws.com":                 "otherwise it is misspelled: " + form,
		"db.c9akciq32.eu-west-1.amazonaws.com":               "otherwise a part of it is missing: " + form,
		"abc.dsql.eu-west1.on.aws":                           `the form "identifier.dsql.region.on.aws"`,
		"abc.dsql-k3f9.eu-west-1.aws":                        `the form "identifier.dsql.region.on.aws"`,
		"ec2-1-2-3-4.eu-west-1.compute.amazonaws.com":        "Options.ServerName",
	} {
		_, err := rdstls.ParseEndpoint(host)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseEndpoint(%q) = %v, want %q in the error", host, err, want)
		}
	}
}

// TestMisspelledRegion checks that a Region that looks like one, but is not in the
// bundle, may be misspelled as well as new.
func TestMisspelledRegion(t *testing.T) {
	t.Parallel()
	for _, region := range []string{"eu-wst-1", "eu-west-9", "us-east-01", "uss-east-1", "us-gov-west-3"} {
		_, err := rdstls.ClientConfig("db.c9akciq32."+region+".rds.amazonaws.com", nil)
		if !errors.Is(err, rdstls.ErrNoRoots) || !strings.Contains(err.Error(), `Region "`+region+`"`) || !strings.Contains(err.Error(), "spelling") {
			t.Errorf("ClientConfig in %q = %v, want ErrNoRoots, and a word about the spelling", region, err)
		}
		wantDiagnosis(t, err, rdstls.ReasonConfig, "spelling", "upgrade")
	}
}

// TestServerNameIsHost checks that a ServerName that is more than a host is an
// error that says so, without a word of it.
func TestServerNameIsHost(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.ECC384)
	const endpoint = "db.c9akciq32.eu-west-1.rds.amazonaws.com"
	for _, name := range []string{
		"postgres://app:secret@" + endpoint + ":5432/orders", "https://" + endpoint, endpoint + "/secret",
		"app:secret@tcp(" + endpoint + ":3306)/orders", "host=" + endpoint + " password=secret", "secret@" + endpoint,
		"jdbc:postgresql://" + endpoint + "/orders?password=secret",
	} {
		for _, opts := range []*rdstls.Options{{ServerName: name}, {ServerName: name, Roots: ca.Pool()}} {
			_, err := rdstls.ClientConfig("localhost", opts)
			if err == nil || !strings.Contains(err.Error(), `give "host" or "host:port"`) || strings.Contains(err.Error(), "secret") {
				t.Errorf("ClientConfig with ServerName %q = %v, want what to give instead", name, err)
			}
		}
	}
}
