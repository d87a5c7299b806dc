package collect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
	"github.com/rdstls/go/cmd/rdstls/internal/audit/report"
)

// badFiles are files that are not a whole answer, with what the reason names.
var badFiles = map[string]struct{ content, reason string }{
	"empty":           {"", "empty file"},
	"spaces":          {" \n", "empty file"},
	"mark only":       {"\xef\xbb\xbf", "empty file"},
	"an error":        {"An error occurred (AccessDenied)", "not the JSON output"},
	"cut off":         {`{"LIST": [{"`, "not the JSON output"},
	"two documents":   {`{"LIST": []}{"LIST": []}`, "not the JSON output"},
	"a list":          {"[]", "not the JSON output"},
	"null":            {"null", "has no LIST"},
	"null list":       {`{"LIST": null}`, "has no LIST"},
	"list of text":    {`{"LIST": ["x"]}`, "not the JSON output"},
	"object":          {`{"LIST": {}}`, "not the JSON output"},
	"another command": {`{"Other": []}`, "has no LIST"},
	"other case":      {`{"list": []}`, "has no LIST"},
	"more pages":      {`{"LIST": [], "NextToken": "x"}`, "truncated"},
	"marker":          {`{"LIST": [], "Marker": "x"}`, "truncated"},
	"marker, number":  {`{"LIST": [], "Marker": 1}`, "not the JSON output"},
	"saved error":     {`{"Error": {"Code": "AccessDenied"}}`, "AccessDenied"},
	"deep":            {`{"LIST": ` + strings.Repeat("[", 20000), "not the JSON output"},
}

// TestBadFiles checks, for the answer to every action, that a file that is not
// whole is an error with a reason that says what is wrong, never an empty list.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	for _, action := range Actions() {
		list := listOf(action)
		for name, bad := range badFiles {
			doc, err := parse("x.json", []byte(strings.ReplaceAll(bad.content, "LIST", list)), list)
			if want := strings.ReplaceAll(bad.reason, "LIST", list); err == nil || doc != nil || !strings.Contains(code(err), want) {
				t.Errorf("%s, %s: %v, want %q", action, name, err, want)
			}
		}
		for _, good := range []string{`{"LIST": []}`, "\xef\xbb\xbf{\"LIST\": []}", `{"LIST": [], "NextToken": null, "Unknown": 1}`} {
			if _, err := parse("x.json", []byte(strings.ReplaceAll(good, "LIST", list)), list); err != nil {
				t.Errorf("%s: %s: %v", action, good, err)
			}
		}
	}
}

// write makes a file of a snapshot, with its directories.
func write(t *testing.T, content string, path ...string) {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSnapshotPlaces checks which directories are Regions, in directories with
// names that mean something to a shell.
func TestSnapshotPlaces(t *testing.T) {
	t.Parallel()
	const file = "describe-db-instances.json"
	dir := filepath.Join(t.TempDir(), "evidence[1]*")
	write(t, "x", dir, "README")
	write(t, "x", dir, "notes", "README")
	if _, err := Snapshot(dir, Selection{}); err == nil {
		t.Error("a directory without Regions is a snapshot")
	}
	write(t, "{}", dir, "profile-a%2Fb", "eu-west-1", file)
	write(t, "{}", dir, "profile-c", "eu-west-1", file)
	places, err := Snapshot(dir, Selection{})
	if err != nil || len(places) != 2 || places[0].Profile == places[1].Profile || places[0].Named {
		t.Errorf("profiles: %+v, %v", places, err)
	}
	write(t, "{}", dir, "eu-west-1", file)
	write(t, "{}", dir, "us-east-1", file)
	if places, err = Snapshot(dir, Selection{Regions: []string{"eu-west-1", "eu-north-1", "eu-north-1"}}); err != nil || len(places) != 2 || !places[1].Named {
		t.Errorf("a Region that the snapshot does not have: %+v, %v", places, err)
	}
	if places, err = Snapshot(dir, Selection{SkipRegions: []string{"us-east-1"}}); err != nil || len(places) != 2 || places[0].Skip || !places[1].Skip {
		t.Errorf("a Region that is left out: %+v, %v", places, err)
	}
	write(t, "{}", dir, "us-gov-west-1", file)
	if _, err = Snapshot(dir, Selection{}); !errors.Is(err, ErrPartitions) {
		t.Errorf("two partitions: %v", err)
	}
}

// oneAnswer answers every request with the same file.
type oneAnswer []byte

func (a oneAnswer) Describe(_ context.Context, req Request) (*Document, error) {
	return parse("x.json", a, listOf(req.Action))
}

// FuzzSnapshot checks that no file makes the audit panic, that one that does not
// parse fails the Region, and that every form of the report can be written.
func FuzzSnapshot(f *testing.F) {
	files, err := filepath.Glob("../../../testdata/snapshot/*/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	more, _ := filepath.Glob("../../../testdata/snapshot/*/*/*.json")
	for _, name := range append(files, more...) {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, bad := range badFiles {
		f.Add([]byte(strings.ReplaceAll(bad.content, "LIST", "DBInstances")))
	}
	f.Add([]byte(`{"DBInstances":[null,{"DBParameterGroups":[null]}],"DBClusters":[null,{"DBClusterMembers":[null]}],"DBProxies":[null],"Targets":[null],
		"Parameters":[null],"PendingMaintenanceActions":[null],"DBEngineVersions":[null],"Certificates":[null]}`))
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, data []byte) {
		regions := Fleet(t.Context(), []Place{{Region: region, Source: oneAnswer(data)}}, wantAll, nil)
		for _, hub := range []bool{false, true} {
			r := audit.NewReport("aws", regions, audit.Options{Checks: wantAll.Checks, Now: now, RequireIAM: true, SecurityHub: hub})
			if _, err := parse("x.json", data, listOf(Instances)); err != nil && (regions[0].Status != audit.Failed || r.Outcome() < audit.CannotTell || !r.Incomplete()) {
				t.Errorf("%v: the Region is %s, outcome %d", err, regions[0].Status, r.Outcome())
			}
			var out bytes.Buffer
			report.Text(&out, r, noPaint{})
			report.Markdown(&out, r)
			if _, err := json.Marshal(report.JSON(r)); err != nil || report.CSV(&out, r) != nil || report.HTML(&out, r, now) != nil {
				t.Errorf("a report cannot be written: %v", err)
			}
		}
	})
}

type noPaint struct{}

func (noPaint) Good(s string) string   { return s }
func (noPaint) Bad(s string) string    { return s }
func (noPaint) Warn(s string) string   { return s }
func (noPaint) Strong(s string) string { return s }

// TestSaverDirectories checks that the answers of two profiles never share a
// directory, and that none leaves the directory that was asked for.
func TestSaverDirectories(t *testing.T) {
	t.Parallel()
	s := &Saver{dir: "saved"}
	places := []Place{{Profile: "a/x"}, {Profile: "b/x"}, {Profile: "x/.."}, {Profile: ".."}, {Profile: ""}, {Profile: "a%2Fx"}}
	for i := range places {
		places[i].Region = region
	}
	s.Wrap(places)
	seen := map[string]bool{}
	for _, p := range places {
		dir := p.Source.(saving).dir
		if rest, ok := strings.CutPrefix(dir, "saved"+string(filepath.Separator)); seen[dir] || !ok || len(strings.Split(rest, string(filepath.Separator))) != 2 {
			t.Errorf("profile %q is saved to %s", p.Profile, dir)
		}
		seen[dir] = true
	}
}
