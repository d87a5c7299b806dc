package collect

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/cmd/rdstls/internal/audit"
)

// Partition returns the partition of a Region, by its name.
func Partition(region string) string {
	for _, p := range [][2]string{
		{"us-gov-", "aws-us-gov"},
		{"cn-", "aws-cn"},
		{"eusc-", "aws-eusc"},
		{"us-isob-", "aws-iso-b"},
		{"us-isof-", "aws-iso-f"},
		{"eu-isoe-", "aws-iso-e"},
		{"us-iso-", "aws-iso"},
	} {
		if strings.HasPrefix(region, p[0]) {
			return p[1]
		}
	}
	return "aws"
}

// AllRegions returns the Regions of a partition that the bundle knows.
func AllRegions(partition string) []string {
	return slices.DeleteFunc(bundle.Regions(), func(region string) bool { return Partition(region) != partition })
}

// Place is a Region of one set of credentials.
type Place struct {
	Profile string // "" is the default one
	Region  string
	Named   bool // the user asked for this Region by name
	Skip    bool // the user asked to leave it out
	Source  Source
}

// concurrent is how many Regions are read at a time.
const concurrent = 4

// Fleet reads all places. progress, if it is not nil, is called with the number
// of places that are done. What a canceled context leaves unread is failed.
func Fleet(ctx context.Context, places []Place, want Want, progress func(done, total int)) []*audit.Region {
	readers := make([]*reader, len(places))
	var mu sync.Mutex
	done := 0
	var group sync.WaitGroup
	slots := make(chan struct{}, concurrent)
	for i, place := range places {
		if place.Skip {
			mu.Lock()
			readers[i] = skipped(place)
			done++
			mu.Unlock()
			continue
		}
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			r := readRegion(ctx, place.Source, place.Region, want)
			mu.Lock()
			defer mu.Unlock()
			readers[i] = r
			if done++; progress != nil {
				progress(done, len(places))
			}
		})
	}
	group.Wait()
	decide(places, readers)
	return distinct(readers)
}

// distinct returns one Region for each account and name: two profiles can be of
// the same account, and its databases must not count twice. The one that was read
// completely stays.
func distinct(readers []*reader) []*audit.Region {
	var regions []*audit.Region
	for _, r := range readers {
		i := slices.IndexFunc(regions, func(other *audit.Region) bool {
			return other.Account != "" && other.Account == r.region.Account && other.Name == r.region.Name
		})
		switch {
		case i < 0:
			regions = append(regions, r.region)
		case regions[i].Status != audit.Audited && r.region.Status == audit.Audited:
			regions[i] = r.region
		}
	}
	return regions
}

func skipped(p Place) *reader {
	return &reader{region: &audit.Region{
		Name: p.Region, Partition: Partition(p.Region), Status: audit.Skipped, Why: "left out with --skip-region",
	}}
}

// decide tells Regions that are not enabled from credentials that are not valid
// at all: the error codes are the same, so one Region must have answered.
func decide(places []Place, readers []*reader) {
	answered, accounts := map[string]bool{}, map[string]string{}
	for i, r := range readers {
		answered[places[i].Profile] = answered[places[i].Profile] || r.answered
		if r.region.Account != "" {
			accounts[places[i].Profile] = r.region.Account
		}
	}
	for i, r := range readers {
		if r.region.Account == "" {
			r.region.Account = accounts[places[i].Profile]
		}
		if notEnabled(r.refused) && !r.answered && answered[places[i].Profile] && !places[i].Named {
			r.region.Status, r.region.Gaps = audit.Skipped, nil
			r.region.Why = r.refused + ": the Region is not enabled, or this token is not valid there (STS v1 tokens are not, in opt-in Regions)"
		}
	}
}
