package main

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/rdstls"
)

func TestMain(m *testing.M) { os.Exit(exampledb.Servers().Run(m)) }

func TestRun(t *testing.T) {
	t.Parallel()
	exampledb.EachPostgresIAM(t, func(t *testing.T, s *exampledb.IAMServer) {
		var out strings.Builder
		if err := run(t.Context(), s.ConnString, exampledb.AWSConfig(), *s.Trust(), &out); err != nil {
			t.Fatalf("run = %v, want nil", err)
		}
		want := strings.Repeat("verified, and logged in with a token; select 1 returned 1\n", 2)
		if got := out.String(); got != want {
			t.Errorf("run printed %q, want %q", got, want)
		}
		if n := len(s.Verifier.Accepted()); n != 2 {
			t.Errorf("%d tokens were accepted, want 2", n)
		}
	})
}

// A token for the wrong port is what an alias without the port of the endpoint
// leads to.
func TestRunRefused(t *testing.T) {
	t.Parallel()
	exampledb.EachPostgresIAM(t, func(t *testing.T, s *exampledb.IAMServer) {
		var out strings.Builder
		err := run(t.Context(), s.ConnString, exampledb.AWSConfig(), *exampledb.Trust(), &out)
		if d, ok := rdstls.Diagnose(err); !ok || d.Reason != rdstls.ReasonLogin || out.String() != "" {
			t.Errorf("run = %v, printing %q; want a refused login", err, out.String())
		}
	})
}

// An impostor is not worth the minting of a token.
func TestRunRefusesImpostor(t *testing.T) {
	t.Parallel()
	impostor := exampledb.PostgresImpostor(t)
	awsConfig := aws.Config{Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		t.Error("credentials were asked for")
		return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
	})}
	if err := run(t.Context(), exampledb.PostgresURL(impostor.Addr()), awsConfig, *exampledb.Trust(), io.Discard); err == nil {
		t.Error("run with an impostor succeeded")
	}
	impostor.WantNothing(t)
}
