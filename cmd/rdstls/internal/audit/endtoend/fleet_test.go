package endtoend

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/rdstls/go/cmd/rdstls/internal/audit/fakerds"
)

// fleet returns a Region with every kind of resource, in pages of two, and what
// the audit must say about each: the verdict of enforcement or proxy-tls, and
// of the certificate.
func fleet(region string) (*fakerds.State, map[string][2]string) {
	s := fakerds.NewState()
	groups(s)
	instances(s, region)
	clusters(s, region)
	proxies(s, region)
	return s, map[string][2]string{
		"on": {"pass", "pass"}, "on-default": {"pass", "pass"}, "off-default": {"fail", "pass"}, "off-custom": {"fail", "fail"},
		"off-sharer": {"fail", "warn"}, "pending": {"pending", "pending"}, "applying": {"pending", "pass"}, "broken": {"unknown", "pass"},
		"mariadb": {"fail", "pass"}, "mssql": {"fail", "fail"}, "oracle": {"not-applicable", "unknown"}, "new-version": {"unknown", "pass"},
		"no-group": {"unknown", "pass"}, "old-mysql": {"fail", "pass"}, "lacks": {"fail", "pass"},
		"aurora": {"fail", ""}, "aurora-1": {"not-applicable", "pass"}, "aurora-2": {"not-applicable", "pass"},
		"aurora-my": {"fail", ""}, "my-1": {"not-applicable", "pass"}, "multi-az": {"fail", "fail"}, "az-1": {"not-applicable", "fail"},
		"docs": {"fail", ""}, "docs-1": {"not-applicable", "pass"}, "graph": {"not-applicable", ""}, "graph-1": {"not-applicable", "not-applicable"},
		"open-proxy": {"fail", ""}, "tls-proxy": {"pass", ""},
	}
}

const many = "0,1"

func groups(s *fakerds.State) {
	// Other parameters in front, so that pages matter.
	add := func(groups map[string][]types.Parameter, name string, p types.Parameter) {
		groups[name] = []types.Parameter{
			fakerds.Parameter("alpha", "1", "system", "dynamic", many), fakerds.Parameter("beta", "-", "engine-default", "static", many),
			fakerds.Parameter("rds.force_ssl_look_alike", "1", "user", "static", many), p,
		}
	}
	pg := func(value, source string) types.Parameter {
		return fakerds.Parameter("rds.force_ssl", value, source, "dynamic", many)
	}
	my := func(value, source string) types.Parameter {
		return fakerds.Parameter("require_secure_transport", value, source, "dynamic", many)
	}
	add(s.Groups, "default.postgres14", pg("0", "system"))
	add(s.Groups, "default.postgres15", pg("-", "engine-default"))
	add(s.Groups, "default.postgres99", pg("-", "engine-default"))
	add(s.Groups, "pg-on", pg("1", "user"))
	add(s.Groups, "pg-off", pg("0", "user"))
	add(s.Groups, "default.mariadb10.6", fakerds.Parameter("require_secure_transport", "-", "engine-default", "dynamic", "ON,OFF"))
	add(s.Groups, "default.sqlserver-se-15.0", fakerds.Parameter("rds.force_ssl", "0", "system", "static", many))
	add(s.Groups, "lacks", fakerds.Parameter("gamma", "1", "user", "static", many))
	add(s.ClusterGroups, "default.aurora-postgresql15", pg("-", "engine-default"))
	add(s.ClusterGroups, "default.aurora-mysql8.0", fakerds.Parameter("require_secure_transport", "OFF", "system", "dynamic", "ON,OFF"))
	add(s.ClusterGroups, "az-group", my("0", "user"))
	add(s.ClusterGroups, "default.docdb5.0",
		fakerds.Parameter("tls", "disabled", "system", "static", "disabled,enabled,fips-140-3,tls1.2+,tls1.3+"))
}

func instances(s *fakerds.State, region string) {
	in := func(id, engine, version, group, status string) *types.DBInstance {
		return s.Instance(region, id, engine, version, group, status)
	}
	expires := func(i *types.DBInstance, days int) {
		i.CertificateDetails.ValidTill = aws.Time(time.Now().AddDate(0, 0, days).UTC())
	}
	in("on", "postgres", "14.12", "pg-on", "in-sync")
	in("on-default", "postgres", "15.4", "default.postgres15", "in-sync")
	in("off-default", "postgres", "14.12", "default.postgres14", "in-sync").PubliclyAccessible = aws.Bool(true)
	custom := in("off-custom", "postgres", "15.4", "pg-off", "in-sync")
	custom.CACertificateIdentifier, custom.CertificateDetails = aws.String("rds-ca-2019"), &types.CertificateDetails{CAIdentifier: aws.String("rds-ca-2019")}
	custom.PendingModifiedValues = &types.PendingModifiedValues{AllocatedStorage: aws.Int32(200), MasterUserPassword: aws.String("canary-secret-key")}
	expires(in("off-sharer", "postgres", "15.4", "pg-off", "in-sync"), 60)
	pending := in("pending", "postgres", "14.12", "pg-on", "pending-reboot")
	pending.PendingModifiedValues = &types.PendingModifiedValues{CACertificateIdentifier: aws.String("rds-ca-rsa4096-g1")}
	in("applying", "postgres", "14.12", "pg-on", "applying")
	in("broken", "postgres", "14.12", "pg-on", "failed-to-apply")
	in("mariadb", "mariadb", "10.6.14", "default.mariadb10.6", "in-sync")
	mssql := in("mssql", "sqlserver-se", "15.00.4322.2.v1", "default.sqlserver-se-15.0", "in-sync")
	expires(mssql, 10)
	s.Actions = append(s.Actions, types.ResourcePendingMaintenanceActions{
		ResourceIdentifier:              mssql.DBInstanceArn,
		PendingMaintenanceActionDetails: []types.PendingMaintenanceAction{{Action: aws.String("ca-certificate-rotation")}},
	})
	in("oracle", "oracle-ee", "19.0.0.0", "default.oracle-ee-19", "in-sync").CertificateDetails.CAIdentifier = aws.String("rds-ca-rsa2048-g9")
	in("new-version", "postgres", "99.1", "default.postgres99", "in-sync")
	in("no-group", "postgres", "14.12", "gone", "in-sync")
	in("old-mysql", "mysql", "5.6.51", "default.mysql5.6", "in-sync")
	in("lacks", "mysql", "8.0.36", "lacks", "in-sync")
	for _, v := range [][2]string{{"postgres", "14.12"}, {"postgres", "15.4"}, {"sqlserver-se", "15.00.4322.2.v1"}, {"aurora-mysql", "8.0.mysql_aurora.3.05.2"}} {
		s.Versions = append(s.Versions, fakerds.Version(v[0], v[1], v[0] == "postgres"))
	}
}

func clusters(s *fakerds.State, region string) {
	s.Cluster(region, "aurora", "aurora-postgresql", "15.4", "default.aurora-postgresql15", "in-sync", "aurora-1", "aurora-2")
	s.Cluster(region, "aurora-my", "aurora-mysql", "8.0.mysql_aurora.3.05.2", "default.aurora-mysql8.0", "in-sync", "my-1")
	az := s.Cluster(region, "multi-az", "mysql", "8.0.36", "az-group", "pending-reboot", "az-1")
	az.CertificateDetails = &types.CertificateDetails{CAIdentifier: aws.String("rds-ca-2019"), ValidTill: aws.Time(time.Now().UTC())}
	s.Instances[len(s.Instances)-1].CertificateDetails = az.CertificateDetails
	s.Cluster(region, "docs", "docdb", "5.0.0", "default.docdb5.0", "in-sync", "docs-1")
	s.Cluster(region, "graph", "neptune", "1.3.1.0", "default.neptune1.3", "in-sync", "graph-1")
}

func proxies(s *fakerds.State, region string) {
	s.Proxy(region, "open-proxy", false, types.DBProxyTarget{RdsResourceId: aws.String("off-default"), Type: types.TargetTypeRdsInstance})
	s.Proxy(region, "tls-proxy", true, types.DBProxyTarget{RdsResourceId: aws.String("aurora-1"), TrackedClusterId: aws.String("aurora")})
}
