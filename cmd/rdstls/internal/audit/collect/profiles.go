package collect

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/smithy-go/logging"
)

// ErrNoRegion is returned if neither the arguments nor the configuration name a Region.
var ErrNoRegion = errors.New("no Region: use --region or --all-regions, or set AWS_REGION")

// ErrNoBundle is returned for --all-regions in a partition that the bundle does not know.
var ErrNoBundle = errors.New("this version's bundle knows no Region of that partition: name the Regions with --region")

// ErrPartitions is returned if the Regions are of several partitions: no
// credentials are valid for two, and a report has one.
var ErrPartitions = errors.New("the Regions are of several partitions: audit each partition by itself")

// Selection says which Regions of which profiles to read.
type Selection struct {
	Profiles    []string // empty is the default profile
	Regions     []string
	All         bool
	SkipRegions []string
}

// Live returns the places of a selection, with the SDK's own credentials,
// endpoints and retries. It makes no call to AWS.
func Live(ctx context.Context, sel Selection) ([]Place, error) {
	profiles := sel.Profiles
	if len(profiles) == 0 {
		profiles = []string{""}
	}
	var places []Place
	for i, profile := range profiles {
		if slices.Contains(profiles[:i], profile) {
			continue
		}
		// The SDK logs to stderr by itself, about credentials it tries.
		options := []func(*config.LoadOptions) error{config.WithLogger(logging.NewStandardLogger(io.Discard))}
		if profile != "" {
			options = append(options, config.WithSharedConfigProfile(profile))
		}
		cfg, err := config.LoadDefaultConfig(ctx, options...)
		if err != nil {
			return nil, err
		}
		regions, err := sel.regions(cfg.Region)
		if err != nil {
			return nil, err
		}
		for _, place := range regions {
			place.Profile, place.Source = profile, liveSource(cfg, place.Region)
			places = append(places, place)
		}
	}
	return places, samePartition(places)
}

// samePartition returns [ErrPartitions] unless all places are in one partition.
func samePartition(places []Place) error {
	for _, place := range places {
		if Partition(place.Region) != Partition(places[0].Region) {
			return ErrPartitions
		}
	}
	return nil
}

// notLoggedIn is the reason for what the SDK says about each place that it
// looked for credentials in.
const notLoggedIn = "no AWS credentials: check AWS_PROFILE or --profile, and log in (such as with aws sso login)"

// credentials names the reason if there are none.
type credentials struct{ aws.CredentialsProvider }

func (c credentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	found, err := c.CredentialsProvider.Retrieve(ctx)
	if err != nil && ctx.Err() == nil {
		err = &codedError{notLoggedIn, "the SDK found none"}
	}
	return found, err
}

func liveSource(cfg aws.Config, region string) Source {
	if cfg.Credentials != nil {
		cfg.Credentials = credentials{cfg.Credentials}
	}
	return live{rds.NewFromConfig(cfg, func(o *rds.Options) { o.Region = region })}
}

// regions chooses the Regions of one profile.
func (s Selection) regions(configured string) ([]Place, error) {
	names, named := s.Regions, true
	switch {
	case s.All:
		named = false
		if names = AllRegions(Partition(configured)); len(names) == 0 {
			return nil, ErrNoBundle
		}
		for _, name := range s.Regions {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	case len(names) == 0 && configured == "":
		return nil, ErrNoRegion
	case len(names) == 0:
		names = []string{configured}
	}
	var places []Place
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		places = append(places, Place{
			Region: name, Named: named || slices.Contains(s.Regions, name), Skip: slices.Contains(s.SkipRegions, name),
		})
	}
	return places, nil
}
