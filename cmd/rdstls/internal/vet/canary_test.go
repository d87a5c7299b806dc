package vet_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/scan"
)

// leaky are files with a finding or an error each, in which "canary" stands for
// what no output may repeat: passwords, and words of the line around them.
var leaky = map[string]string{
	"url.env":         "CANARY=postgres://canary:canary@" + endpoint + "/canary?sslmode=require&application_name=canary",
	"query.env":       "URL=postgres://app@" + endpoint + "/db?password=canary&sslmode=disable",
	"key.yaml":        "canary: x\nhost: " + endpoint + "\nsslmode: require # canary",
	"mode.env":        "PGHOST=" + endpoint + "\nPGSSLMODE=canary",
	"value.yaml":      "url: mysql://app:canary@" + endpoint + "/db?tls=canary&ssl-mode=REQUIRED",
	"dsn.yaml":        "dsn: canary:canary@tcp(" + endpoint + ")/db?tls=skip-verify",
	"kv.yaml":         "dsn: host=" + endpoint + " password=canary sslmode=require",
	"a.py":            "import psycopg2\npsycopg2.connect('canary', host='" + endpoint + "', password='canary', sslmode='require')",
	"a.properties":    "url=jdbc:mysql://" + endpoint + "/db?user=canary&password=canary&useSSL=false",
	"a.ts":            "import pg from 'pg'\nnew pg.Client({host: '" + endpoint + "', password: 'canary', ssl: {rejectUnauthorized: false}})",
	"a.sh":            "mysql -pcanary --ssl-mode=REQUIRED -h " + endpoint + "\npsql --set=sslmode=require 'password=canary'",
	"a.tf":            "resource \"aws_db_proxy\" \"canary\" {\n  name = \"canary\"\n}",
	"broken.tf":       "password = \"canary\nresource \"aws_db_proxy\" {{{ canary",
	"Dockerfile":      "FROM canary\nRUN apt-get install -y postgresql-client canary",
	"ignored.env":     "# rdstls:ignore RT110 canary\nA=b",
	"go/main.go":      strings.ReplaceAll(fixable, "/db?", "/canary?"),
	"types/main.go":   "package main\n\nimport \"database/sql\"\n\nvar n int = \"postgres://app:canary@db/canary\"\n\nfunc main() {\n\t_, _ = sql.Open(\"mysql\", \"app:canary@tcp(" + endpoint + ")/canary?TLS=canary\")\n\tcanary()\n}\n",
	"syntax/main.go":  "package main\n\nvar s = \"postgres://app:canary@db/canary\n",
	"imports/main.go": "package main\n\nimport _ \"example.com/canary:canary@db\"\n\nfunc main() {}\n",
	"parse/main.go":   "package main\n\nimport \"github.com/go-sql-driver/mysql\"\n\nvar _, _ = mysql.ParseDSN(\"canary:canary@tcp(" + endpoint + ")/canary?sslmode=canary\")\n\nfunc main() {}\n",
}

// TestNoOutputLeaks checks that no output of any format, and no error, repeats a
// part of a connection string or of a source line.
func TestNoOutputLeaks(t *testing.T) {
	t.Parallel()
	dir := newModule(t, "package main\n\nfunc main() {}\n", true)
	for name, text := range leaky {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, path, text+"\n")
	}
	for _, format := range []string{"text", "json", "sarif", "github"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			baseline := filepath.Join(t.TempDir(), "baseline.json")
			for _, args := range [][]string{{"--fail-on=note"}, {"--assume-rds"}, {"--baseline", baseline, "--write-baseline"}} {
				code, stdout, stderr := vetIn(t, dir, append(args, "--format", format)...) // which looks for the canary
				if code == 2 || len(stdout) == 0 {
					t.Errorf("%q: exit code %d, stderr %s", args, code, stderr)
				}
			}
			if text := readFile(t, baseline); strings.Contains(text, "canary") || strings.Contains(text, endpoint) {
				t.Errorf("the baseline repeats a file:\n%s", text)
			}
		})
	}
}

// TestUsageErrorsDoNotLeak checks that arguments and flags that look like
// connection strings are not repeated.
func TestUsageErrorsDoNotLeak(t *testing.T) {
	t.Parallel()
	const secret = "postgres://app:canary@db/x"
	for _, args := range [][]string{
		{secret},
		{"--sinks", secret},
		{"--baseline", secret},
		{"--fail-on", secret},
		{"--format", secret},
		{"--canary=" + secret},
		{"./x", "host=db password=canary"},
		{"canary@tcp(db)/x"},
		{"-o", secret},
	} {
		if code, stdout, stderr := vetIn(t, t.TempDir(), args...); code != 2 {
			t.Errorf("%q: exit code %d, output\n%s%s", args, code, stdout, stderr)
		}
	}
}

// FuzzMessages checks that no finding's message has a word of the file that is not
// one of the rule's own.
func FuzzMessages(f *testing.F) {
	for name, text := range leaky {
		f.Add(filepath.Base(name), text)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		findings, _ := scan.File(name, []byte(text))
		for _, found := range findings {
			if strings.Contains(strings.ToLower(found.Message), "canary") || strings.Contains(found.Message, "amazonaws") {
				t.Errorf("%s: %s", found.Rule, found.Message)
			}
		}
	})
}
