package rdsiam_test

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/rdstls/go/rdsiam"
)

// FuzzToken holds the Signer to two outcomes: an error without secrets, or a
// token that RDS accepts for the endpoint as it is written in DNS.
func FuzzToken(f *testing.F) {
	for _, endpoint := range []string{
		orders, strings.ToUpper(orders), "a.cluster-c9akciq32.rds.cn-northwest-1.amazonaws.com.cn.:3306",
		"g.global-c9akciq32.global.rds.amazonaws.com:5432", "p.proxy-c9akciq32.eu-west-1.rds.amazonaws.com:443",
		"[::1]:5432", "db.internal:5432", "app@db:5432", "https://db:5432", "db:05432", ":5432", "db", "",
	} {
		f.Add(endpoint, "app", "")
		f.Add(endpoint, "a&b=c%+/ \xff", "eu-west-1")
	}
	f.Add(orders, "", "US-EAST-1")
	f.Fuzz(func(t *testing.T, endpoint, user, region string) {
		s := &rdsiam.Signer{Credentials: credentials(), Region: region}
		token, err := s.Token(t.Context(), endpoint, user)
		if err != nil {
			if token != "" {
				t.Errorf("Token(%q, %q) = %q, %v", endpoint, user, token, err)
			}
			noSecretIn(t, "error", err.Error())
			return
		}
		host, port, err := net.SplitHostPort(endpoint)
		if err != nil {
			t.Fatalf("Token(%q, %q) = nil, want an error: %v", endpoint, user, err)
		}
		number, err := strconv.Atoi(port)
		if err != nil || number < 1 || number > 65535 {
			t.Fatalf("Token(%q, %q) = nil, want an error about the port", endpoint, user)
		}
		host = strings.ToLower(strings.TrimSuffix(host, "."))
		if region == "" {
			// Of the names that are known, each has one label that says the Region.
			for label := range strings.SplitSeq(host, ".") {
				if strings.Contains(token, "%2F"+label+"%2Frds-db%2F") {
					region = label
				}
			}
		}
		if err := verifierOf(net.JoinHostPort(host, strconv.Itoa(number)), region).Verify(token, user); err != nil {
			t.Errorf("Token(%q, %q) with Region %q: %v", endpoint, user, region, err)
		}
	})
}
