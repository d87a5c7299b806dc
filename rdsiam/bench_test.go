package rdsiam_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"

	"github.com/rdstls/go/rdsiam"
)

// BenchmarkToken shows what the Signer adds to the SDK's own function: it should
// not be more than a quarter.
func BenchmarkToken(b *testing.B) {
	for _, c := range []struct {
		name    string
		session int
	}{{"long-term", 0}, {"session-1kB", 1000}, {"session-2.5kB", 2500}} {
		provider := credentials()
		provider.Value.SessionToken = strings.Repeat("/+=Az09", c.session)[:c.session]
		s := &rdsiam.Signer{Credentials: provider}
		for _, by := range []struct {
			name string
			mint func(ctx context.Context) (string, error)
		}{
			{"Signer", func(ctx context.Context) (string, error) { return s.Token(ctx, orders, app) }},
			{"SDK", func(ctx context.Context) (string, error) {
				return auth.BuildAuthToken(ctx, orders, "eu-west-1", app, provider)
			}},
		} {
			b.Run(c.name+"/"+by.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := by.mint(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
