// Package golangci makes the analyzers of rdsvet a plugin of golangci-lint's module
// plugin system: .custom-gcl.yml names this package, and .golangci.yml enables the
// linter rdsvet with "type: module". docs/rules.md has both files.
package golangci

import (
	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"

	"github.com/rdstls/go/cmd/rdstls/rdsvet"
)

func init() { register.Plugin("rdsvet", newPlugin) }

// settings are those of the linter in .golangci.yml.
type settings struct {
	Level string `json:"level"` // the lowest level that is reported; "" is warning
}

type plugin struct{ level rdsvet.Level }

func newPlugin(conf any) (register.LinterPlugin, error) {
	s, err := register.DecodeSettings[settings](conf)
	if err != nil {
		return nil, err
	}
	p := &plugin{}
	if s.Level != "" {
		if err := p.level.Set(s.Level); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// BuildAnalyzers returns the analyzers.
func (p *plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) {
	return rdsvet.AnalyzersAt(&p.level), nil
}

// GetLoadMode says that the analyzers need types.
func (*plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
