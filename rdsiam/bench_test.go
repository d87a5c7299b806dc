package rdsiam_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"

	"github.com/rdstls/go/internal/sidebyside"
	"github.com/rdstls/go/rdsiam"
)

// BenchmarkRatioToken shows what the Signer adds to the SDK's own function.
func BenchmarkRatioToken(b *testing.B) {
	for _, c := range []struct {
		name    string
		session int
	}{{"long-term", 0}, {"session-1kB", 1000}, {"session-2.5kB", 2500}} {
		provider := credentials()
		provider.Value.SessionToken = strings.Repeat("/+=Az09", c.session)[:c.session]
		s := &rdsiam.Signer{Credentials: provider}
		b.Run(c.name, func(b *testing.B) {
			sidebyside.Compare(b, "ns",
				sidebyside.Timed(func() {
					if _, err := s.Token(b.Context(), orders, app); err != nil {
						b.Fatal(err)
					}
				}),
				sidebyside.Timed(func() {
					if _, err := auth.BuildAuthToken(b.Context(), orders, "eu-west-1", app, provider); err != nil {
						b.Fatal(err)
					}
				}))
		})
	}
}
