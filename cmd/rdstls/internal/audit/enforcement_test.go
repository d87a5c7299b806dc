package audit

import (
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// The cells of the contract's table: effective value by state of the group.
var verdictTable = map[string]map[string]Verdict{
	"on": {
		"in-sync": Pass, "applying": Pending, "pending-reboot": Pending, "pending-database-upgrade": Pending,
		"failed-to-apply": Unknown, "something-new": Unknown, "": Unknown,
	},
	"off":     sameForAll(Fail),
	"unknown": sameForAll(Unknown),
}

func sameForAll(v Verdict) map[string]Verdict {
	row := map[string]Verdict{}
	for _, state := range []string{
		"in-sync", "applying", "pending-reboot", "pending-database-upgrade", "failed-to-apply", "something-new", "",
	} {
		row[state] = v
	}
	return row
}

// valueTable maps what a group says about the parameter to the effective value;
// "standard" means the engine's default.
var valueTable = []struct {
	name      string
	parameter Parameter
	effective string
}{
	{"1", Parameter{Presence: HasValue, Value: "1"}, "on"},
	{"ON", Parameter{Presence: HasValue, Value: "ON"}, "on"},
	{"On with spaces", Parameter{Presence: HasValue, Value: " On "}, "on"},
	{"true", Parameter{Presence: HasValue, Value: "true"}, "on"},
	{"YES", Parameter{Presence: HasValue, Value: "YES"}, "on"},
	{"enabled", Parameter{Presence: HasValue, Value: "enabled"}, "on"},
	{"0", Parameter{Presence: HasValue, Value: "0"}, "off"},
	{"OFF", Parameter{Presence: HasValue, Value: "OFF"}, "off"},
	{"false", Parameter{Presence: HasValue, Value: "false"}, "off"},
	{"no", Parameter{Presence: HasValue, Value: "no"}, "off"},
	{"Disabled", Parameter{Presence: HasValue, Value: "Disabled"}, "off"},
	{"2", Parameter{Presence: HasValue, Value: "2"}, "unknown"},
	{"look-alike", Parameter{Presence: HasValue, Value: "1on"}, "unknown"},
	{"no value", Parameter{Presence: NoValue}, "standard"},
	{"not present", Parameter{Presence: NotPresent}, "missing"},
	{"not read", Parameter{Presence: NotRead, Gap: Gap{Action: "rds:DescribeDBParameters", Code: "AccessDenied"}}, "unknown"},
}

func wantVerdict(engine, standard, effective, state string) Verdict {
	switch {
	case standard == "cannot":
		return Fail
	case standard == "unjudged":
		return NotApplicable
	case effective == "standard":
		effective = standard
	case effective == "missing" && standard == "off":
		return Fail
	case effective == "missing":
		return Unknown
	case engine == "docdb" && effective == "unknown":
		return Unknown
	}
	return verdictTable[effective][state]
}

// enforcementOf judges one resource of the given engine.
func enforcementOf(engine, version string, p Parameter, state string, opts Options) Finding {
	res := Resource{
		Kind: Instance, ID: "orders", Engine: engine, Version: version, Parameter: p,
		Group: Group{Name: "orders-group", States: []GroupState{{"orders", state}}},
	}
	if strings.HasPrefix(engine, "aurora") || engine == "docdb" {
		res.Kind, res.Members = Cluster, []Member{{ID: "orders-1", Writer: true}}
		res.Group.States[0].Member = "orders-1"
	}
	opts.Checks, opts.Now = []Check{CheckEnforcement}, now
	return Judge(&Region{Name: "eu-west-1", Resources: []Resource{res}}, opts)[0]
}

// TestEnforcement checks every engine and version edge, with every value, in
// every state of the group.
func TestEnforcement(t *testing.T) {
	t.Parallel()
	for _, engine := range engineTable {
		for _, value := range valueTable {
			if engine.engine == "docdb" && value.effective == "unknown" && value.parameter.Presence == HasValue {
				continue // TestDocumentDB: every value but disabled demands TLS
			}
			for state := range verdictTable["on"] {
				f := enforcementOf(engine.engine, engine.version, value.parameter, state, Options{})
				want := wantVerdict(engine.engine, engine.standard, value.effective, state)
				if f.Verdict != want {
					t.Errorf("%s %s, %s, group %q: %s, want %s", engine.engine, engine.version, value.name, state, f.Verdict, want)
				}
				checkConsistent(t, f)
			}
		}
	}
}

// checkConsistent checks what must hold for every finding.
func checkConsistent(t *testing.T, f Finding) {
	t.Helper()
	if f.Why == "" || !strings.HasSuffix(f.Why, ".") {
		t.Errorf("%s: why is %q", f.Verdict, f.Why)
	}
	if (f.Severity == "") != (f.Verdict == Pass || f.Verdict == NotApplicable) {
		t.Errorf("%s has severity %q", f.Verdict, f.Severity)
	}
	if f.Verdict == Fail && f.Remedy == nil {
		t.Errorf("%s %s fails without a remedy: %s", f.Engine, f.Version, f.Why)
	}
	if (f.Verdict == Pass || f.Verdict == NotApplicable) && f.Remedy != nil {
		t.Errorf("%s has a remedy", f.Verdict)
	}
	if f.Verdict == Unknown && f.Check == CheckEnforcement && f.Value == "" && f.Parameter == "" {
		t.Errorf("unknown does not name the parameter: %s", f.Why)
	}
}

// badness orders the verdicts for the properties.
func badness(v Verdict) int {
	return map[Verdict]int{Pass: 0, Pending: 1, Warn: 2, Unknown: 3, Fail: 4}[v]
}

// TestNeverImproves checks that turning a value off, and a worse state of the
// group, never improve a verdict, in either mode.
func TestNeverImproves(t *testing.T) {
	t.Parallel()
	worse := []string{"in-sync", "applying", "failed-to-apply"}
	for _, hub := range []bool{false, true} {
		for _, engine := range engineTable {
			for _, value := range valueTable {
				opts := Options{SecurityHub: hub}
				for i, state := range worse {
					f := enforcementOf(engine.engine, engine.version, value.parameter, state, opts)
					off := enforcementOf(engine.engine, engine.version, Parameter{Presence: HasValue, Value: "disabled"}, state, opts)
					if f.Verdict != NotApplicable && badness(off.Verdict) < badness(f.Verdict) {
						t.Errorf("%s %s, hub %v: %s is %s, off is %s", engine.engine, engine.version, hub, value.name, f.Verdict, off.Verdict)
					}
					if i == 0 {
						continue
					}
					better := enforcementOf(engine.engine, engine.version, value.parameter, worse[i-1], opts)
					if badness(f.Verdict) < badness(better.Verdict) {
						t.Errorf("%s, hub %v: %s is %s, %s is %s", value.name, hub, worse[i-1], better.Verdict, state, f.Verdict)
					}
				}
			}
		}
	}
}
