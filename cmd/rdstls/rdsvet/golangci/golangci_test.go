package golangci

import (
	"testing"

	"github.com/golangci/plugin-module-register/register"

	"github.com/rdstls/go/cmd/rdstls/rdsvet"
)

// TestPlugin checks that golangci-lint finds the plugin by its name, and which
// settings it takes.
func TestPlugin(t *testing.T) {
	t.Parallel()
	newPlugin, err := register.GetPlugin("rdsvet")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		settings any
		want     rdsvet.Level
		ok       bool
	}{
		{nil, rdsvet.Warning, true},
		{map[string]any{"level": "note"}, rdsvet.Note, true},
		{map[string]any{"level": "fatal"}, 0, false},
		{map[string]any{"levels": "note"}, 0, false},
	} {
		p, err := newPlugin(tt.settings)
		if (err == nil) != tt.ok {
			t.Errorf("settings %v: error %v", tt.settings, err)
			continue
		}
		if !tt.ok {
			continue
		}
		analyzers, err := p.BuildAnalyzers()
		if err != nil || len(analyzers) != len(rdsvet.Analyzers()) || p.(*plugin).opts.Level != tt.want || p.GetLoadMode() != register.LoadModeTypesInfo {
			t.Errorf("settings %v: %d analyzers, level %v, load mode %s, error %v", tt.settings, len(analyzers), p.(*plugin).opts.Level, p.GetLoadMode(), err)
		}
	}
}
