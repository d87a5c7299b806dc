package audit

import (
	"fmt"
	"strings"
)

// terraform returns the same change for people who manage the database with it.
func (p *plan) terraform() string {
	group, database, attribute := "aws_db_parameter_group", "aws_db_instance", "parameter_group_name"
	if p.cluster() {
		group, database, attribute = "aws_rds_cluster_parameter_group", "aws_rds_cluster", "db_cluster_parameter_group_name"
	}
	if p.service == "docdb" {
		group, database = "aws_docdb_cluster_parameter_group", "aws_docdb_cluster"
	}
	block := fmt.Sprintf("  parameter {\n    name         = %q\n    value        = %q\n    apply_method = %q\n  }\n",
		p.parameter, p.value, p.method)
	if !p.fresh {
		return "# In the " + group + " named " + p.group + ":\n" + block
	}
	label := terraformLabel(p.group)
	return fmt.Sprintf("resource %q %q {\n  name   = %q\n  family = %q\n\n%s}\n\n# In the %s of %s:\n  %s = %s.%s.name\n",
		group, label, p.group, strings.TrimPrefix(p.res.Group.Name, defaultGroup), block,
		database, p.res.ID, attribute, group, label)
}

func terraformLabel(name string) string {
	label := strings.Map(func(r rune) rune {
		if r == '-' || r == '.' {
			return '_'
		}
		return r
	}, name)
	if label[0] >= '0' && label[0] <= '9' {
		return "_" + label
	}
	return label
}
