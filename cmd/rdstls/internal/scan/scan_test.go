package scan_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/scan"
)

const endpoint = "orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com"

// A fileCase is one file and its findings, each "RULE level line".
type fileCase struct {
	path, text string // RDS in text stands for an endpoint
	want       []string
}

func testFiles(t *testing.T, cases map[string]fileCase) {
	t.Helper()
	for name, tt := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			findings, _ := scan.File(tt.path, []byte(strings.ReplaceAll(tt.text, "ENDPOINT", endpoint)))
			var got []string
			for _, f := range findings {
				got = append(got, fmt.Sprintf("%s %s %d", f.Rule, f.Level, f.Line))
				if strings.Contains(f.Message, "canary") || strings.Contains(f.Message, endpoint) {
					t.Errorf("the message repeats the file: %s", f.Message)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("findings %q, want %q\n%s", got, tt.want, tt.text)
			}
		})
	}
}

// TestConnectionStrings checks RT101 to RT104.
func TestConnectionStrings(t *testing.T) {
	t.Parallel()
	testFiles(t, map[string]fileCase{
		"url-disable":       {"a.yaml", "url: postgres://app:canary@ENDPOINT/db?sslmode=disable", []string{"RT101 error 1"}},
		"url-none":          {"a.yaml", "url: postgres://app:canary@ENDPOINT:5432/db", []string{"RT101 error 1"}},
		"url-none-remote":   {"a.yaml", "url: postgres://app:canary@db.prod.net/db", nil},
		"url-none-with-ssl": {"a.js", "connect('postgres://app:canary@ENDPOINT/db', {ssl: {ca}})", nil},
		"url-none-args":     {"a.py", "e = create_engine('postgresql://app:canary@ENDPOINT/db')\n\n\nargs = connect_args", nil},
		"url-require":       {"a.env", "DATABASE_URL=postgres://app:canary@ENDPOINT/db?sslmode=require", []string{"RT102 error 1"}},
		"url-remote":        {"a.env", "DATABASE_URL=postgres://app:canary@db.prod.net/db?sslmode=require", []string{"RT102 warning 1"}},
		"url-dynamic":       {"a.env", "DATABASE_URL=postgres://app:canary@${DB_HOST}/db?sslmode=require", []string{"RT102 note 1"}},
		"url-template":      {"a.yaml", `url: "postgres://{{ .Values.user }}:canary@{{ .Values.host }}/db?sslmode=disable"`, []string{"RT101 note 1"}},
		"url-template-mode": {"a.yaml", `url: "postgres://app:canary@ENDPOINT/db?sslmode={{ .Values.mode }}"`, nil},
		"url-local":         {"a.env", "DATABASE_URL=postgres://app:canary@localhost/db?sslmode=disable", nil},
		"url-docker":        {"docker-compose.yml", "url: postgres://app:canary@postgres:5432/db?sslmode=disable", nil},
		"url-verify-full":   {"a.env", "DATABASE_URL=postgres://app:canary@ENDPOINT/db?sslmode=verify-full&sslrootcert=/roots.pem", nil},
		"url-verify-ca":     {"a.env", "DATABASE_URL=postgres://app:canary@ENDPOINT/db?sslmode=verify-ca&sslrootcert=/roots.pem", []string{"RT103 error 1"}},
		"url-verify-ca-own": {"a.env", "DATABASE_URL=postgres://app:canary@db.prod.net/db?sslmode=verify-ca&sslrootcert=/roots.pem", []string{"RT103 note 1"}},
		"url-system":        {"a.env", "DATABASE_URL=postgres://app:canary@ENDPOINT/db?sslmode=verify-full", []string{"RT104 error 1"}},
		"url-system-proxy":  {"a.env", "DATABASE_URL=postgres://app:canary@orders.proxy-c9akciq32.eu-west-1.rds.amazonaws.com/db?sslmode=verify-full", nil},
		"url-sqlalchemy":    {"a.py", `engine = create_engine("postgresql+psycopg2://app:canary@ENDPOINT/db?sslmode=require")`, []string{"RT102 error 1"}},
		"url-two":           {"a.env", "A=postgres://a:canary@ENDPOINT/db?sslmode=require\nB=postgres://a:canary@ENDPOINT/db?sslmode=disable", []string{"RT101 error 2", "RT102 error 1"}},
		"url-comment":       {"a.yaml", "# url: postgres://app:canary@ENDPOINT/db?sslmode=disable", nil},
		"mysql-url":         {"a.env", "URL=mysql://app:canary@ENDPOINT/db?ssl-mode=REQUIRED", []string{"RT102 error 1"}},
		"mysql-url-tls":     {"a.env", "URL=mysql://app:canary@ENDPOINT/db?tls=skip-verify", []string{"RT102 error 1"}},
		"mysql-url-good":    {"a.env", "URL=mysql://app:canary@ENDPOINT/db?ssl-mode=VERIFY_IDENTITY", nil},
		"dsn":               {"a.env", "DSN=app:canary@tcp(ENDPOINT:3306)/db", []string{"RT101 error 1"}},
		"dsn-skip-verify":   {"a.yaml", "dsn: app:canary@tcp(ENDPOINT:3306)/db?tls=skip-verify", []string{"RT102 error 1"}},
		"dsn-true":          {"a.yaml", "dsn: app:canary@tcp(ENDPOINT:3306)/db?tls=true", []string{"RT104 error 1"}},
		"dsn-registered":    {"a.yaml", "dsn: app:canary@tcp(ENDPOINT:3306)/db?tls=rds", nil},
		"dsn-container":     {"a.yaml", "dsn: app:canary@tcp(mysql:3306)/db", nil},
		"kv":                {"a.yaml", `dsn: "host=ENDPOINT user=app password=canary sslmode=require"`, []string{"RT102 error 1"}},
		"kv-local":          {"a.yaml", `dsn: "host=localhost user=app password=canary sslmode=disable"`, nil},
		"kv-dynamic":        {"a.sh", `psql "host=$PGHOST user=app sslmode=require"`, []string{"RT102 note 1"}},
		"token":             {"a.sh", "TOKEN=$(aws rds generate-db-auth-token)\npsql \"host=$H sslmode=require password=$TOKEN\"", []string{"RT102 warning 2"}},
	})
}

// TestKeys checks RT110, and which host it goes by.
func TestKeys(t *testing.T) {
	t.Parallel()
	testFiles(t, map[string]fileCase{
		"env":            {".env", "DB_HOST=ENDPOINT\nDB_SSL_MODE=require", []string{"RT110 error 2"}},
		"env-local":      {".env", "DB_HOST=localhost\nDB_SSL_MODE=disable", nil},
		"env-other-host": {".env", "CACHE_HOST=ENDPOINT\nDB_HOST=localhost\nDB_SSL_MODE=disable", nil},
		"env-unknown":    {".env", "DB_SSL_MODE=disable", []string{"RT110 note 1"}},
		"env-good":       {".env", "DB_HOST=ENDPOINT\nDB_SSL_MODE=verify-full", nil},
		"pg":             {".env", "PGHOST=ENDPOINT\nPGSSLMODE=require", []string{"RT110 error 2"}},
		"yaml":           {"a.yaml", "db:\n  host: ENDPOINT\n  sslmode: require\n", []string{"RT110 error 3"}},
		"helm":           {"a.yaml", "db:\n  host: {{ .Values.db.host }}\n  sslMode: disable\n", []string{"RT110 note 3"}},
		"kubernetes":     {"a.yaml", "env:\n  - name: PGHOST\n    value: ENDPOINT\n  - name: PGSSLMODE\n    value: \"require\"\n", []string{"RT110 error 4"}},
		"ecs":            {"a.json", `[{"name": "DB_HOST", "value": "ENDPOINT"},` + "\n" + `{"name": "DB_SSL_MODE", "value": "disable"}]`, []string{"RT110 error 2"}},
		"url-host":       {"a.yaml", "url: https://ENDPOINT\nssl-mode: require", []string{"RT110 error 2"}},
		"mysql":          {"a.cnf", "[client]\nhost=ENDPOINT\nssl-mode=REQUIRED", []string{"RT110 error 3"}},
		"pgbouncer":      {"a.ini", "server_tls_sslmode = require\nclient_tls_sslmode = allow", nil},
		"dms":            {"a.yaml", "Type: AWS::DMS::Endpoint\nProperties:\n  SslMode: require", nil},
		"comment":        {"a.yaml", "host: ENDPOINT\n# sslmode: disable", nil},
		"verify-ca":      {"a.yaml", "host: ENDPOINT\nsslmode: verify-ca", []string{"RT110 error 2"}},
		"verify-ca-own":  {"a.yaml", "host: db.prod.net\nsslmode: verify-ca", []string{"RT110 note 2"}},
	})
}

// TestLanguages checks RT130 to RT134.
func TestLanguages(t *testing.T) {
	t.Parallel()
	testFiles(t, map[string]fileCase{
		"psql-set":          {"a.sh", "psql --set=sslmode=require -h ENDPOINT", []string{"RT130 error 1"}},
		"psql-v":            {"a.sh", "psql -v sslmode=verify-full -h $DB", []string{"RT130 note 1"}},
		"psql-variable":     {"a.sh", "psql -v name=value", nil},
		"pg8000":            {"a.py", "import pg8000\npg8000.connect(host='ENDPOINT', ssl_context=True)", []string{"RT131 error 2"}},
		"pg8000-other":      {"a.py", "import pg8000\npg8000.connect(host=h, ssl_context=True)", nil},
		"check-hostname":    {"a.py", "import asyncpg\nctx.check_hostname = False", []string{"RT131 note 2"}},
		"check-no-database": {"a.py", "import requests\nctx.check_hostname = False", nil},
		"cert-none":         {"a.py", "import pymysql\nctx.verify_mode = ssl.CERT_NONE", []string{"RT131 note 2"}},
		"cert-none-compare": {"a.py", "import pymysql\nif mode == ssl.CERT_REQUIRED or x != ssl.CERT_NONE(): pass", nil},
		"psycopg":           {"a.py", "import psycopg2\npsycopg2.connect(host='ENDPOINT', sslmode='require')", []string{"RT131 error 2"}},
		"psycopg-roots":     {"a.py", "import psycopg2\npsycopg2.connect(host='ENDPOINT', sslmode='verify-ca', sslrootcert=R)", nil},
		"django":            {"a.py", "import psycopg2\n'OPTIONS': {'sslmode': 'require'}", []string{"RT131 note 2"}},
		"jdbc-require":      {"a.properties", "url=jdbc:postgresql://ENDPOINT/db?sslmode=require", []string{"RT102 error 1"}},
		"jdbc-mysql":        {"a.properties", "url=jdbc:mysql://ENDPOINT/db?useSSL=false", []string{"RT132 error 1"}},
		"jdbc-mysql-mode":   {"a.properties", "url=jdbc:mysql://ENDPOINT/db?sslMode=REQUIRED", []string{"RT132 error 1"}},
		"jdbc-mysql-local":  {"a.properties", "url=jdbc:mysql://localhost/db?useSSL=false", nil},
		"jdbc-aws-wrapper":  {"a.java", `String url = "jdbc:aws-wrapper:mysql://ENDPOINT/db";`, nil},
		"jdbc-property":     {"A.java", `props.setProperty("useSSL", "false"); // ENDPOINT`, []string{"RT132 error 1"}},
		"jdbc-factory":      {"A.java", `props.setProperty("sslfactory", "org.postgresql.ssl.NonValidatingFactory");`, []string{"RT132 note 1"}},
		"node":              {"a.ts", "import pg from 'pg'\nnew pg.Client({host: 'ENDPOINT', ssl: {rejectUnauthorized: false}})", []string{"RT133 error 2"}},
		"node-other":        {"a.ts", "import https from 'https'\nnew https.Agent({rejectUnauthorized: false})", nil},
		"node-env":          {"a.sh", "# for mysql2\nNODE_TLS_REJECT_UNAUTHORIZED=0 node app.js", []string{"RT133 note 2"}},
		"mysql-option":      {"a.sh", "mysql --ssl-mode=REQUIRED -h ENDPOINT", []string{"RT134 error 1"}},
		"mysql-local":       {"a.sh", "mysql --ssl-mode=DISABLED -h 127.0.0.1", nil},
		"mysql-skip":        {"a.sh", "mariadb --skip-ssl -h $DB_HOST", []string{"RT134 note 1"}},
		"mysql-identity":    {"a.sh", "mysql --ssl-mode=VERIFY_IDENTITY -h ENDPOINT", nil},
		"connector":         {"a.py", "import mysql.connector\nmysql.connector.connect(host='ENDPOINT', ssl_disabled=True)", []string{"RT134 error 2"}},
	})
}

// TestInfrastructure checks RT120 to RT123.
func TestInfrastructure(t *testing.T) {
	t.Parallel()
	testFiles(t, map[string]fileCase{
		"proxy-absent":    {"a.tf", "resource \"aws_db_proxy\" \"p\" {\n  name = \"p\"\n}", []string{"RT120 warning 1"}},
		"proxy-false":     {"a.tf", "resource \"aws_db_proxy\" \"p\" {\n  require_tls = false\n}", []string{"RT120 warning 2"}},
		"proxy-true":      {"a.tf", "resource \"aws_db_proxy\" \"p\" {\n  require_tls = true\n}", nil},
		"proxy-variable":  {"a.tf", "resource \"aws_db_proxy\" \"p\" {\n  require_tls = var.tls\n}", nil},
		"group":           {"a.tf", "resource \"aws_db_parameter_group\" \"p\" {\n  parameter {\n    name = \"rds.force_ssl\"\n    value = \"0\"\n  }\n}", []string{"RT121 warning 4"}},
		"group-number":    {"a.tf", "resource \"aws_db_parameter_group\" \"p\" {\n  parameter {\n    name = \"require_secure_transport\"\n    value = 0\n  }\n}", []string{"RT121 warning 4"}},
		"group-on":        {"a.tf", "resource \"aws_db_parameter_group\" \"p\" {\n  parameter {\n    name = \"rds.force_ssl\"\n    value = \"1\"\n  }\n}", nil},
		"module-list":     {"a.tf", "module \"db\" {\n  parameters = [{ name = \"rds.force_ssl\", value = \"0\" }]\n}", []string{"RT121 warning 2"}},
		"module-map":      {"a.tf", "module \"db\" {\n  parameters = { \"rds.force_ssl\" = \"0\" }\n}", []string{"RT121 warning 2"}},
		"old-ca":          {"a.tf", "resource \"aws_db_instance\" \"p\" {\n  ca_cert_identifier = \"rds-ca-2019\"\n}", []string{"RT122 warning 2"}},
		"old-ca-text":     {"a.tf", "variable \"a\" {\n  description = \"replaces rds-ca-2019\"\n}", nil},
		"broken":          {"a.tf", "resource \"aws_db_proxy\" {{{", []string{"RT120 warning 1"}},
		"cfn-proxy":       {"a.yaml", "Resources:\n  P:\n    Type: AWS::RDS::DBProxy\n    Properties:\n      DBProxyName: p\n  Q:\n    Type: AWS::S3::Bucket\n    RequireTLS: true\n", []string{"RT120 warning 3"}},
		"cfn-proxy-true":  {"a.yaml", "Resources:\n  P:\n    Type: AWS::RDS::DBProxy\n    Properties:\n      RequireTLS: true\n", nil},
		"cfn-proxy-param": {"a.yaml", "Resources:\n  P:\n    Type: AWS::RDS::DBProxy\n    Properties:\n      RequireTLS: !Ref Tls\n", nil},
		"cfn-json":        {"a.json", "{\"P\": {\n  \"Type\": \"AWS::RDS::DBProxy\",\n  \"Properties\": {\"RequireTLS\": false}}}", []string{"RT120 warning 2"}},
		"cfn-parameter":   {"a.yaml", "Parameters:\n  rds.force_ssl: \"0\"\n", []string{"RT121 warning 2"}},
		"cfn-old-ca":      {"a.yaml", "CACertificateIdentifier: rds-ca-2019\n", []string{"RT122 warning 1"}},
		"cdk":             {"a.ts", "parameters: { 'require_secure_transport': 'OFF' }", []string{"RT121 warning 1"}},
		"docker":          {"Dockerfile", "FROM debian\nRUN apt-get install -y postgresql-client\n", []string{"RT123 note 2"}},
		"docker-bundle":   {"Dockerfile", "FROM debian\nRUN apt-get install -y postgresql-client\nADD https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem /\n", nil},
	})
}

// TestSuppression checks that a comment with a reason keeps a finding out, on its
// line and from the line above, and that one without a reason does not.
func TestSuppression(t *testing.T) {
	t.Parallel()
	const bad = "url: postgres://app:canary@ENDPOINT/db?sslmode=disable"
	testFiles(t, map[string]fileCase{
		"above":        {"a.yaml", "# rdstls:ignore RT101 a test fixture\n" + bad, nil},
		"same-line":    {"a.yaml", bad + " # rdstls:ignore RT101 a test fixture", nil},
		"several":      {"a.yaml", "# rdstls:ignore RT102, RT101 a test fixture\n" + bad, nil},
		"other-rule":   {"a.yaml", "# rdstls:ignore RT102 a test fixture\n" + bad, []string{"RT101 error 2"}},
		"no-reason":    {"a.yaml", "# rdstls:ignore RT101\n" + bad, []string{"RT101 error 2"}},
		"two-above":    {"a.yaml", "# rdstls:ignore RT101 a test fixture\n\n" + bad, []string{"RT101 error 3"}},
		"line-of-code": {"a.yaml", "a: b # rdstls:ignore RT101 a test fixture\n" + bad, []string{"RT101 error 2"}},
	})
}

// TestPaths checks which files of a tree are read.
func TestPaths(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	bad := []byte("url: postgres://app:canary@" + endpoint + "/db?sslmode=disable\n")
	for _, name := range []string{
		"a.yaml", "sub/b.env", "Dockerfile.prod", "readme.md", "main.go", "vendor/c.yaml", "node_modules/d.yaml", "testdata/e.yaml", "src/jmh/e.yaml",
		"src/test/java/A.java", "src/integrationTest/a.yaml", "web/__tests__/a.js", "py/test_db.py", "py/conftest.py", "web/a.test.ts", "ATest.java", "tests/util.py", "pg/test/unit/a.js", "my-e2e/a.ts", "env/test/a.tf",
		".github/f.yaml", "package-lock.json", "layer/x.dist-info/g.yaml", "layer/h.yaml", ".git/config.yaml",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "binary.conf"), append([]byte{0}, bad...), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		opts scan.Options
		want []string
	}{
		"default": {scan.Options{}, []string{"Dockerfile.prod", "a.yaml", "env/test/a.tf", "sub/b.env"}},
		"all": {scan.Options{Tests: true, Markdown: true}, []string{
			".github/f.yaml", "ATest.java", "Dockerfile.prod", "a.yaml", "env/test/a.tf", "my-e2e/a.ts", "pg/test/unit/a.js",
			"py/conftest.py", "py/test_db.py", "readme.md", "src/integrationTest/a.yaml", "src/jmh/e.yaml", "src/test/java/A.java", "sub/b.env", "testdata/e.yaml", "tests/util.py", "web/__tests__/a.js", "web/a.test.ts",
		}},
	} {
		result, err := scan.Paths(nil, []string{root, filepath.Join(root, "a.yaml"), filepath.Join(root, "main.go")}, tt.opts)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range result.Findings {
			rel, _ := filepath.Rel(root, f.Path)
			got = append(got, filepath.ToSlash(rel))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: findings in %q, want %q", name, got, tt.want)
		}
	}
	stopped := make(chan struct{})
	close(stopped)
	if _, err := scan.Paths(stopped, []string{filepath.Join(root, "no-such")}, scan.Options{}); err != nil {
		t.Errorf("Paths without files = %v, want no error", err)
	}
}

// FuzzFile checks that no text makes the scanner panic or repeat it, and that
// positions are inside the file.
func FuzzFile(f *testing.F) {
	f.Add("a.yaml", "url: postgres://app:canary@db.prod.net/db?sslmode=disable")
	f.Add("a.tf", "resource \"aws_db_proxy\" \"p\" {}")
	f.Add("a.py", "import psycopg2\nsslmode='require', host='x'")
	f.Add("a.json", "{\"Type\": \"AWS::RDS::DBProxy\",\n \"RequireTLS\": false}")
	f.Fuzz(func(t *testing.T, path, text string) {
		lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
		findings, _ := scan.File(path, []byte(text))
		for _, found := range findings {
			if found.Line < 1 || found.Line > len(lines) || found.Column < 1 || found.Column > len(lines[found.Line-1])+1 {
				t.Errorf("finding at %d:%d of %q", found.Line, found.Column, text)
			}
		}
	})
}
