package collect

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Snapshot returns the places of a snapshot: DIR/REGION, or DIR/PROFILE/REGION.
func Snapshot(dir string, sel Selection) ([]Place, error) {
	places, err := regionDirs(dir, "", sel)
	if err != nil {
		return nil, err
	}
	if len(places) == 0 {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			more, err := regionDirs(filepath.Join(dir, e.Name()), e.Name(), sel)
			if err == nil {
				places = append(places, more...)
			}
		}
	}
	for _, name := range sel.Regions {
		if !slices.ContainsFunc(places, func(p Place) bool { return p.Region == name }) {
			places = append(places, Place{Region: name, Named: true, Source: snapshot{filepath.Join(dir, name)}})
		}
	}
	if len(places) == 0 {
		return nil, errors.New("the snapshot has no directory REGION with a file describe-db-instances.json or the like: give the directory above the Regions")
	}
	return places, samePartition(places)
}

// holdsAnswers reports whether a directory is that of a Region.
func holdsAnswers(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), "describe-") })
}

func regionDirs(dir, profile string, sel Selection) ([]Place, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var places []Place
	for _, e := range entries {
		name := e.Name()
		wanted := len(sel.Regions) == 0 || slices.Contains(sel.Regions, name)
		if wanted && holdsAnswers(filepath.Join(dir, name)) {
			places = append(places, Place{
				Profile: profile, Region: name, Named: slices.Contains(sel.Regions, name), Skip: slices.Contains(sel.SkipRegions, name),
				Source: snapshot{filepath.Join(dir, name)},
			})
		}
	}
	return places, nil
}
