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
	Level     string   `json:"level"`      // the lowest level that is reported; "" is warning
	Sinks     []string `json:"sinks"`      // functions that take connection strings, as path.Func:argument:kind
	AssumeRDS bool     `json:"assume-rds"` // take hosts that are not known for RDS endpoints
}

type plugin struct{ opts rdsvet.Options }

func newPlugin(conf any) (register.LinterPlugin, error) {
	s, err := register.DecodeSettings[settings](conf)
	if err != nil {
		return nil, err
	}
	p := &plugin{opts: rdsvet.Options{AssumeRDS: s.AssumeRDS}}
	if s.Level != "" {
		if err := p.opts.Level.Set(s.Level); err != nil {
			return nil, err
		}
	}
	for _, sink := range s.Sinks {
		if err := p.opts.Sinks.Set(sink); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// BuildAnalyzers returns the analyzers.
func (p *plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) {
	return rdsvet.AnalyzersWith(&p.opts), nil
}

// GetLoadMode says that the analyzers need types.
func (*plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
