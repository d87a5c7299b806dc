package cli

import (
	"io"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/rdstls/go/cmd/rdstls/internal/inspect"
)

// writeInspectMetrics writes the reports for node_exporter's textfile collector.
func writeInspectMetrics(w io.Writer, servers []inspect.Server) error {
	verified := gauge("rdstls_verified", "Whether the server proved that it is the expected endpoint.")
	expiry := gauge("rdstls_certificate_not_after_seconds", "When the presented server certificate expires, as a Unix time.")
	version := gauge("rdstls_tls_version_info", "The negotiated TLS version.")
	seen := map[string]bool{}
	for i := range servers {
		s := &servers[i]
		labels := []*dto.LabelPair{label("server_name", s.ServerName), label("target", s.Target)}
		if seen[s.Target] {
			continue // the same series twice would make the collector refuse the file
		}
		seen[s.Target] = true
		value := 0.0
		if s.Verified {
			value = 1
		}
		add(verified, value, labels...)
		if len(s.Chain) > 0 {
			add(expiry, float64(s.Chain[0].NotAfter.Unix()), labels...)
		}
		if s.TLS != nil {
			add(version, 1, append(labels, label("version", s.TLS.Version))...)
		}
	}
	for _, family := range []*dto.MetricFamily{verified, expiry, version} {
		if len(family.Metric) == 0 {
			continue
		}
		if _, err := expfmt.MetricFamilyToText(w, family); err != nil {
			return err
		}
	}
	return nil
}

func gauge(name, help string) *dto.MetricFamily {
	return &dto.MetricFamily{Name: &name, Help: &help, Type: dto.MetricType_GAUGE.Enum()}
}

func label(name, value string) *dto.LabelPair { return &dto.LabelPair{Name: &name, Value: &value} }

func add(family *dto.MetricFamily, value float64, labels ...*dto.LabelPair) {
	family.Metric = append(family.Metric, &dto.Metric{Label: labels, Gauge: &dto.Gauge{Value: &value}})
}
