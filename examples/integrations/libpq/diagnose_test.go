package main

import (
	"io"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// TestDiagnoseDriver checks that the errors of lib/pq are explained, on real servers.
func TestDiagnoseDriver(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		other := "billing.c9akciq32.eu-west-1.rds.amazonaws.com"
		good := connString(t, exampledb.Endpoint, s.Addr, "")
		for name, tt := range map[string]struct {
			connString string
			want       rdstls.Reason
			fact       string
		}{
			"other name":     {connString(t, other, s.Addr, ""), rdstls.ReasonName, exampledb.Endpoint},
			"wrong password": {strings.Replace(good, dbservers.Password, "wrong", 1), rdstls.ReasonLogin, "rds_iam"},
			"unreachable":    {connString(t, exampledb.Endpoint, fakedb.UnusedAddr, ""), rdstls.ReasonUnreachable, "security group"},
		} {
			advicetest.Want(t, name, run(t.Context(), tt.connString, trust(), io.Discard), tt.want, []string{tt.fact}, dbservers.Password)
		}
		plain := dbservers.Start(t, s.Installation, dbservers.Options{})
		err := run(t.Context(), connString(t, exampledb.Endpoint, plain.Addr, ""), trust(), io.Discard)
		advicetest.Want(t, "without TLS", err, rdstls.ReasonNoTLS, []string{"TLS turned off"}, dbservers.Password)
	})
}
