package scan

import (
	"regexp"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// infrastructureKeywords are in files that set databases up, apart from those of
// the line rules.
var infrastructureKeywords = []string{
	"aws_db_proxy", "aws::rds::dbproxy", "postgresql-client", "mysql-client", "mariadb-client", "psycopg", "mysqlclient", "default-mysql-client", "postgresql1", "mariadb1", "mysql-community-client", "pymysql", "asyncpg",
}

// judgeInfrastructure is RT120 to RT123.
func (f *file) judgeInfrastructure() {
	switch {
	case f.isTerraform():
		f.judgeTerraform()
	case hasExtension(f.path, []string{"dockerfile", "containerfile"}) || strings.HasPrefix(baseName(f.path), "dockerfile"):
		f.judgeDockerfile()
	case hasExtension(f.path, []string{".yaml", ".yml", ".json"}):
		f.judgeProxies()
	}
}

func baseName(path string) string {
	return strings.ToLower(path[strings.LastIndexAny(path, `/\`)+1:])
}

const (
	proxyMessage  = "the proxy accepts clients without TLS: set RequireTLS to true"
	offMessage    = "the server accepts clients without TLS: turn it on once rdstls sessions shows no client without TLS"
	oldCAMessage  = "this CA has expired: choose rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1"
	bundleMessage = "the image has a database client and no RDS roots, so the client cannot verify RDS: add the output of rdstls bundle pem --for HOST"
)

var (
	enforcementOff = regexp.MustCompile(`(?i)\b(?:rds\.force_ssl|require_secure_transport)(["']?\s*(?:[:=,]|=>)\s*["']?)(?:0|off|false)\b`)
	// The name and the value of a parameter apart, as the AWS command line, its JSON
	// files and YAML lists have them.
	enforcementName = regexp.MustCompile(`(?i)\b(?:parameter_?)?name["']?\s*[:=]\s*["']?(?:rds\.force_ssl|require_secure_transport)\b["']?(.*)$`)
	offValue        = regexp.MustCompile(`(?i)^[\s,{]*["']?(?:parameter_?)?value["']?\s*[:=]\s*["']?(?:0|off|false)\b`)
	// oldCA finds the CA as a value of CloudFormation, the AWS command line or CDK.
	oldCA = regexp.MustCompile(`(?i)\bca-?CertificateIdentifier["']?(?:\s*[:=]\s*|\s+)["']?rds-ca-20(?:15|19)\b|--ca-certificate-identifier[= ]["']?rds-ca-20(?:15|19)\b|\bCaCertificate\.(?:of\(["']rds-ca-20(?:15|19)|RDS_CA_20(?:15|19)\b)`)
	// openProxy finds a proxy of CDK.
	openProxy = regexp.MustCompile(`(?i)\brequire_?tls["']?\s*[:=]\s*false\b`)
)

// judgeEnforcement is RT121 for what is no Terraform.
func judgeEnforcement(f *file, i int, line string) {
	if f.isTerraform() {
		return
	}
	m := enforcementOff.FindStringSubmatchIndex(line)
	// Without its quotes, the name is a part of a text in source code.
	if m != nil && (!hasExtension(f.path, code) || strings.ContainsAny(line[m[2]:m[3]], "\"'")) {
		f.report("RT121", Warning, i, m[0], connstr.UnknownHost, offMessage)
	} else if at, column, ok := f.offApart(i); ok {
		f.report("RT121", Warning, at, column, connstr.UnknownHost, offMessage)
	}
}

// judgeOldCA is RT122 for what is no Terraform.
func judgeOldCA(f *file, i int, line string) {
	if m := oldCA.FindStringIndex(line); m != nil && !f.isTerraform() {
		f.report("RT122", Warning, i, m[0], connstr.RDSHost, oldCAMessage)
	}
}

// judgeCDKProxy is RT120 for CDK.
func judgeCDKProxy(f *file, i int, line string) {
	if f.isTerraform() || !containsAny(f.lower, []string{"databaseproxy", "cfndbproxy", "addproxy", "aws_db_proxy"}) {
		return
	}
	if m := openProxy.FindStringIndex(line); m != nil {
		f.report("RT120", Warning, i, m[0], connstr.RDSHost, proxyMessage)
	}
}

func (f *file) isTerraform() bool {
	return hasExtension(f.path, []string{".tf", ".tofu", ".tfvars", ".hcl"})
}

// offApart returns where the parameter that line i names is turned off: behind its
// name, or on the next line.
func (f *file) offApart(i int) (line, column int, ok bool) {
	m := enforcementName.FindStringSubmatchIndex(f.lines[i])
	if m == nil {
		return 0, 0, false
	}
	if offValue.MatchString(f.lines[i][m[2]:m[3]]) {
		return i, m[2], true
	}
	if i+1 < len(f.lines) && len(f.lines[i+1]) <= maxLine && offValue.MatchString(f.lines[i+1]) {
		return i + 1, indentation(f.lines[i+1]), true
	}
	return 0, 0, false
}

var (
	proxyType  = regexp.MustCompile(`(?i)\bType["']?\s*:\s*["']?AWS::RDS::DBProxy["']?\s*(?:[,}#]|$)`)
	requireTLS = regexp.MustCompile(`(?i)\bRequireTLS["']?\s*:\s*([^,}]*)`)
)

// judgeProxies is RT120 for CloudFormation. A resource ends where a line is less
// indented than its type; RequireTLS can stand above the type as well.
func (f *file) judgeProxies() {
	if !strings.Contains(f.lower, "aws::rds::dbproxy") {
		return
	}
	for i, line := range f.lines {
		m := proxyType.FindStringIndex(line)
		if m == nil || f.comments[i] {
			continue
		}
		first, last := f.block(i)
		required := false
		for at, l := range f.lines[first:last] {
			if v := requireTLS.FindStringSubmatch(l); v != nil && !f.comments[first+at] {
				text := strings.ToLower(strings.Trim(v[1], "\"', ]}"))
				required = text == "true" || text == "yes" || !isFalse(text)
			}
		}
		if !required {
			f.report("RT120", Warning, i, m[0], connstr.RDSHost, proxyMessage)
		}
	}
}

// isFalse reports whether a value is certainly off. A parameter or an intrinsic
// function may be on.
func isFalse(text string) bool { return text == "false" || text == "no" || text == "" || text == "0" }

// block returns the lines that are indented at least as much as line i, around it.
func (f *file) block(i int) (first, last int) {
	indent := indentation(f.lines[i])
	belongs := func(line string) bool { return strings.TrimSpace(line) == "" || indentation(line) >= indent }
	first, last = i, i+1
	for first > 0 && belongs(f.lines[first-1]) {
		first--
	}
	for last < len(f.lines) && belongs(f.lines[last]) {
		last++
	}
	return first, last
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

var (
	installsClient = regexp.MustCompile(`(?i)\b(?:postgresql\d*-client|postgresql-client-\d+|postgresql1\d|mariadb1\d{2,3}|mysql-community-client|default-mysql-client|mysql-client|mariadb-client|psycopg2?(?:-binary)?|mysqlclient|pymysql|asyncpg)\b`)
	fetchesBundle  = regexp.MustCompile(`(?i)truststore\.pki|rds[\w.-]*(?:bundle|\bca\b)|(?:global|combined-ca)-bundle|rdstls|amazon-?root`)
)

// judgeDockerfile is RT123.
func (f *file) judgeDockerfile() {
	if fetchesBundle.MatchString(f.lower) {
		return
	}
	for i, line := range f.lines {
		if m := installsClient.FindStringIndex(line); m != nil && !f.comments[i] {
			f.report("RT123", Note, i, m[0], connstr.UnknownHost, bundleMessage)
			return
		}
	}
}
