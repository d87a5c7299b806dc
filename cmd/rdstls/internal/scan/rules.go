package scan

import (
	"regexp"
	"slices"
)

// A lineRule looks at single lines.
type lineRule struct {
	// keywords are in lower case. A line without one of them is not looked at, which
	// is what makes a scan fast: regular expressions alone take thirty times as long.
	keywords   []string
	extensions []string // of the files it is for; nil means all
	judge      func(f *file, i int, line string)
}

var (
	python = []string{".py"}
	jvm    = []string{".java", ".kt", ".kts", ".scala", ".groovy", ".gradle"}
	node   = []string{".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".jsx", ".json", ".env", ".sh", ".yaml", ".yml", "dockerfile"}
	shell  = []string{".sh", ".bash", ".zsh", ".yaml", ".yml", ".env", "dockerfile", "makefile", ".tpl", ".tf", ".py", ".js", ".ts", ".rb", ".service", ".md"}

	rdsName = regexp.MustCompile(`(?i)[a-z0-9*}>-]\.rds\.amazonaws\.com|\.rds\.cn-[a-z]+-\d\.amazonaws`)
)

// lineRules are the rules, with the words by which their lines are found.
var lineRules = []lineRule{
	{keywords: []string{"postgres://", "postgresql://", "mysql://", "mariadb://", "postgresql+", "mysql+", "mariadb+", "jdbc:", "postgis://", "ecto://", "psql://", "pgsql://", "mysql2://"}, judge: judgeURLs},
	{keywords: []string{"@tcp(", "@tcp4(", "@tcp6("}, judge: judgeMySQLDSNs},
	{keywords: []string{"sslmode"}, judge: judgeKeyValues},
	{keywords: []string{"sslmode", "ssl mode"}, judge: judgeSemicolons},
	{keywords: []string{"sslmode="}, extensions: shell, judge: judgePsqlVariable},
	{keywords: []string{"ssl_context", "check_hostname", "cert_none", "sslmode", "ssl_mode", "ssl_verify_", "ssl_require", "_create_unverified_context", "ssl='", `ssl="`, "ssl=false"}, extensions: python, judge: judgePython},
	{keywords: []string{"usessl", "verifyservercertificate", "trustservercertificate", "nonvalidatingfactory"}, judge: judgeJDBC},
	{keywords: []string{"sslmode"}, extensions: jvm, judge: judgeJDBC},
	{keywords: []string{"rejectunauthorized", "node_tls_reject_unauthorized", "ssl: '", `ssl: "`}, extensions: node, judge: judgeNode},
	{keywords: []string{"ssl-mode=", "ssl_mode=", "skip-ssl", "skip_ssl", "--ssl=", "ssl_disabled", "ssl-mode ", "disable-ssl"}, judge: judgeMySQLOptions},
	{keywords: []string{"verify_server_cert", "verify-server-cert"}, judge: judgeServerCert},
	{keywords: []string{"sslmode '"}, extensions: []string{".sql", ".tpl", ".tmpl", ".tf", ".sh"}, judge: judgeForeignServer},
	{keywords: []string{":verify_none"}, extensions: []string{".ex", ".exs"}, judge: judgeElixir},
	{keywords: []string{"rds.force_ssl", "require_secure_transport"}, judge: judgeEnforcement},
	{keywords: []string{"rds-ca-20", "rds_ca_20"}, judge: judgeOldCA},
	{keywords: []string{"requiretls", "require_tls"}, extensions: slices.Concat(code, []string{".tf.json"}), judge: judgeCDKProxy},
}

// fileKeywords are all keywords. A file without one is not split into lines.
var fileKeywords = allKeywords()

func allKeywords() []string {
	words := append([]string{"rdstls:ignore"}, infrastructureKeywords...)
	words = append(words, keyKeywords...)
	for _, rule := range lineRules {
		words = append(words, rule.keywords...)
	}
	return words
}
