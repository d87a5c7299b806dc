package audit

import "testing"

// engineTable lists every engine with the versions on both sides of each edge,
// and what AWS documents for them. It is the contract, written again.
var engineTable = []struct {
	engine, version, parameter, standard, next string
}{
	{"postgres", "9.6.22", "rds.force_ssl", "off", "PostgreSQL 15"},
	{"postgres", "14.12", "rds.force_ssl", "off", "PostgreSQL 15"},
	{"postgres", "15.4", "rds.force_ssl", "on", ""},
	{"postgres", "18.1", "rds.force_ssl", "on", ""},
	{"postgres", "19.0", "rds.force_ssl", "unknown", ""},
	{"postgres", "", "rds.force_ssl", "unknown", ""},
	{"postgres", "next", "rds.force_ssl", "unknown", ""},
	{"aurora-postgresql", "11.21", "rds.force_ssl", "off", "Aurora PostgreSQL 17"},
	{"aurora-postgresql", "16.4-limitless", "rds.force_ssl", "off", "Aurora PostgreSQL 17"},
	{"aurora-postgresql", "17.4", "rds.force_ssl", "on", ""},
	{"aurora-postgresql", "18.1", "rds.force_ssl", "on", ""},
	{"aurora-postgresql", "19.1", "rds.force_ssl", "unknown", ""},
	{"mysql", "5.6.51", "", "cannot", ""},
	{"mysql", "5.7.44-rds.20240408", "require_secure_transport", "off", "MySQL 9.7"},
	{"mysql", "8.0.36", "require_secure_transport", "off", "MySQL 9.7"},
	{"mysql", "8.4.7", "require_secure_transport", "off", "MySQL 9.7"},
	{"mysql", "9.6.0", "require_secure_transport", "off", "MySQL 9.7"},
	{"mysql", "9.7.0", "require_secure_transport", "on", ""},
	{"mysql", "9.8.0", "require_secure_transport", "unknown", ""},
	{"mysql", "10.0", "require_secure_transport", "unknown", ""},
	{"aurora", "5.6.10a", "", "cannot", ""},
	{"aurora", "5.6.mysql_aurora.1.22.2", "", "cannot", ""},
	{"aurora-mysql", "5.7.12", "require_secure_transport", "off", "Aurora MySQL 8.4"},
	{"aurora-mysql", "5.7.mysql_aurora.2.11.3", "require_secure_transport", "off", "Aurora MySQL 8.4"},
	{"aurora-mysql", "8.0.mysql_aurora.3.05.2", "require_secure_transport", "off", "Aurora MySQL 8.4"},
	{"aurora-mysql", "8.4.7", "require_secure_transport", "on", ""},
	{"aurora-mysql", "9.7.0", "require_secure_transport", "unknown", ""},
	{"mariadb", "10.4.34", "", "cannot", ""},
	{"mariadb", "10.5.0", "require_secure_transport", "off", "MariaDB 11.8"},
	{"mariadb", "11.4.3", "require_secure_transport", "off", "MariaDB 11.8"},
	{"mariadb", "11.6.1", "require_secure_transport", "unknown", ""},
	{"mariadb", "11.8.2", "require_secure_transport", "on", ""},
	{"mariadb", "12.3.1", "require_secure_transport", "unknown", ""},
	{"sqlserver-ex", "14.00.3451.2.v1", "rds.force_ssl", "off", ""},
	{"sqlserver-ee", "16.00.4085.2.v1", "rds.force_ssl", "off", ""},
	{"sqlserver-se", "17.00.1000.1.v1", "rds.force_ssl", "unknown", ""},
	{"docdb", "3.6.0", "tls", "on", ""},
	{"docdb", "5.0.0", "tls", "on", ""},
	{"oracle-ee", "19.0.0.0.ru-2024-01.rur-2024-01.r1", "", "unjudged", ""},
	{"db2-se", "11.5.9.0.sb00000000.r1", "", "unjudged", ""},
	{"custom-oracle-ee", "19.cev", "", "unjudged", ""},
	{"custom-sqlserver-se", "15.00.4249.2.v1", "", "unjudged", ""},
	{"neptune", "1.3.1.0", "", "unjudged", ""},
	{"quantum", "1.0", "", "unjudged", ""},
}

// TestEngineRule checks every engine and version edge against the table.
func TestEngineRule(t *testing.T) {
	t.Parallel()
	for _, tt := range engineTable {
		rule := EngineRule(tt.engine, tt.version)
		if rule.Parameter != tt.parameter || standardName(rule) != tt.standard || rule.next != tt.next {
			t.Errorf("EngineRule(%q, %q) = %q, %s, next %q; want %q, %s, next %q", tt.engine, tt.version,
				rule.Parameter, standardName(rule), rule.next, tt.parameter, tt.standard, tt.next)
		}
		if (rule.Parameter == "") != (rule.Why != "") {
			t.Errorf("EngineRule(%q, %q): parameter %q with reason %q", tt.engine, tt.version, rule.Parameter, rule.Why)
		}
	}
}

func standardName(rule Rule) string {
	switch {
	case rule.cannot:
		return "cannot"
	case rule.Parameter == "":
		return "unjudged"
	case rule.standard == on:
		return "on"
	case rule.standard == off:
		return "off"
	}
	return "unknown"
}

// FuzzEngineRule checks that no version text panics, or makes a version that is
// not in the table count as one that enforces TLS.
func FuzzEngineRule(f *testing.F) {
	for _, tt := range engineTable {
		f.Add(tt.engine, tt.version)
	}
	f.Fuzz(func(t *testing.T, engine, version string) {
		rule := EngineRule(engine, version)
		if rule.standard == on && engine != "docdb" && !engineVersion(version).ok {
			t.Errorf("EngineRule(%q, %q): on by default, for a version that is no number", engine, version)
		}
	})
}
