package audit

import (
	"fmt"
	"slices"
	"strings"
)

func remedyProxy(r *Region, res *Resource) *Remedy {
	return &Remedy{
		Steps: []string{
			"Nobody can list the clients of a proxy: the database sees only the proxy's own connections. " +
				"Find the clients in your code and configuration (rdstls vet), and check that each of them uses TLS.",
			"Turn RequireTLS on at a quiet time. New connections without TLS fail with 'This RDS Proxy requires TLS connections'.",
			"If a client was missed, modify-db-proxy with --no-require-tls turns it off again until that client is fixed.",
		},
		Commands:  script(r.Name, aws("rds", "modify-db-proxy").arg("--db-proxy-name", res.ID).flag("--require-tls")),
		Terraform: "# In the aws_db_proxy:\n  require_tls = true\n",
	}
}

func remedyIAM(r *Region, res *Resource) *Remedy {
	switch {
	case res.Kind == Proxy:
		return &Remedy{Steps: []string{"Set IAMAuth to REQUIRED for each secret of the proxy (modify-db-proxy --auth)."}}
	case res.Engine == "mariadb" && engineVersion(res.Version).before(10, 6):
		return &Remedy{Steps: []string{"MariaDB has IAM database authentication from 10.6: upgrade the engine first."}}
	}
	c := aws("rds", "modify-db-instance").arg("--db-instance-identifier", res.ID)
	if res.Kind == Cluster {
		c = aws("rds", "modify-db-cluster").arg("--db-cluster-identifier", res.ID)
	}
	return &Remedy{
		Steps: []string{
			"Turn IAM database authentication on. Existing users and passwords keep working.",
			"RDS applies the change in the next maintenance window.",
		},
		Commands:  script(r.Name, c.flag("--enable-iam-database-authentication")),
		Terraform: "  iam_database_authentication_enabled = true\n",
	}
}

// remedyRegion is for a Region that this version does not know.
func remedyRegion(r *Region) *Remedy {
	return &Remedy{Steps: []string{
		"Update rdstls and the library: a newer version may have the roots of " + r.Name + ".",
		"Until then, give clients the Region's own bundle (Options.Roots, or --roots of this command).",
	}}
}

func remedyClients(r *Region) *Remedy {
	return &Remedy{Steps: []string{
		"Give the clients the roots of the Region: 'rdstls bundle pem " + r.Name + "' prints them.",
		"Deploy them before the CA of a server changes.",
	}}
}

func remedyPublicClients() *Remedy {
	return &Remedy{Steps: []string{
		"Give the clients the roots of Amazon Trust Services: 'rdstls bundle pem proxy' prints them.",
	}}
}

// certificateCluster returns the Multi-AZ DB cluster that holds the CA of all its
// members, or "" if the instance has a CA of its own.
func certificateCluster(r *Region, res *Resource) string {
	if res.Kind == Cluster {
		return res.ID
	}
	for _, other := range r.Resources {
		if other.Kind == Cluster && other.ID == res.Cluster && other.Certificate != nil {
			return other.ID
		}
	}
	return ""
}

// certificateTarget begins the command that changes the CA.
func certificateTarget(r *Region, res *Resource) *command {
	if cluster := certificateCluster(r, res); cluster != "" {
		return aws(serviceOf(res), "modify-db-cluster").arg("--db-cluster-identifier", cluster)
	}
	return aws(serviceOf(res), "modify-db-instance").arg("--db-instance-identifier", res.ID)
}

// certificateAttribute is Terraform's name for the CA.
func certificateAttribute(r *Region, res *Resource) string {
	if certificateCluster(r, res) != "" {
		return "ca_certificate_identifier" // of aws_rds_cluster
	}
	return "ca_cert_identifier"
}

// remedyReplace gives the server a certificate of a current CA.
func remedyReplace(r *Region, res *Resource) *Remedy {
	return changeCA(r, res, otherCA(res.Certificate))
}

// remedyRotate gives the server a new certificate.
func remedyRotate(r *Region, res *Resource) *Remedy {
	c := res.Certificate
	switch {
	case c.PendingCA != "":
		return changeCA(r, res, c.PendingCA)
	case len(c.Actions) > 0 && res.ARN != "":
		return applyAction(r, res, c.Actions[0])
	case otherCA(c) != "":
		return changeCA(r, res, otherCA(c))
	}
	return &Remedy{Steps: []string{
		"Wait for the maintenance action server-certificate-rotation, which AWS schedules, and run the audit again.",
		"If none appears, change the CA of the server to another one that the engine version supports: that also renews the certificate.",
	}}
}

// otherCA returns a current CA that the engine version supports, other than
// that of the server: RDS issues a new certificate when the CA changes.
func otherCA(c *Certificate) string {
	for _, id := range []string{"rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"} {
		if id != c.CA && (retiredCA(c.CA) || slices.Contains(c.SupportedCAs, id)) {
			return id
		}
	}
	return ""
}

func changeCA(r *Region, res *Resource, ca string) *Remedy {
	remedy := &Remedy{
		Steps: append(beforeRotation(res),
			"Change the CA to "+ca+". Without --apply-immediately, RDS does it in the maintenance window ("+orUnknown(res.Certificate.Window)+").",
			pendingStep(res.Certificate)),
		Commands: script(r.Name, certificateTarget(r, res).
			arg("--ca-certificate-identifier", ca).flag("--apply-immediately")),
	}
	if remedy.Commands != nil {
		remedy.Terraform = fmt.Sprintf("  %s = %q\n", certificateAttribute(r, res), ca)
	}
	return remedy
}

func applyAction(r *Region, res *Resource, action string) *Remedy {
	return &Remedy{
		Steps: append(beforeRotation(res),
			"Apply the maintenance action "+action+" now, or leave it to the maintenance window ("+orUnknown(res.Certificate.Window)+")."),
		Commands: script(r.Name, aws(serviceOf(res), "apply-pending-maintenance-action").
			arg("--resource-identifier", res.ARN).arg("--apply-action", action).arg("--opt-in-type", "immediate")),
	}
}

func beforeRotation(res *Resource) []string {
	steps := []string{"Check that the clients trust the new CA: 'rdstls audit --check clients --clients FILE.pem'."}
	switch res.Certificate.Restart {
	case RestartNeeded:
		steps = append(steps, "The engine restarts: plan for an interruption.")
	case RestartUnknown:
		steps = append(steps, "The engine may restart: plan for an interruption.")
	case RestartNotNeeded:
	}
	return steps
}

func pendingStep(c *Certificate) string {
	if len(c.OtherPending) == 0 {
		return "--apply-immediately also applies other pending changes. None is pending now."
	}
	return "--apply-immediately also applies what else is pending: " + strings.Join(c.OtherPending, ", ") + "."
}

func orUnknown(text string) string {
	if text == "" {
		return "not known"
	}
	return text
}
