package scan

import (
	"bytes"
	"path/filepath"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
	"github.com/rdstls/go/cmd/rdstls/internal/suppress"
)

// maxLine is the longest line that is judged. Longer ones are minified or data.
const maxLine = 4000

// A file is one that is being judged.
type file struct {
	path     string
	language language
	lines    []string
	lower    string // the whole text in lower case
	comments []bool // the lines that are nothing but comments

	hasRDSHost  bool
	mintsToken  bool // it makes an IAM token
	hasDBClient bool // it uses a client library of a database

	findings []Finding
}

// File judges one file.
func File(path string, data []byte) ([]Finding, []suppress.Comment) {
	lower := string(bytes.ToLower(data))
	if !containsAny(lower, fileKeywords) {
		return nil, nil
	}
	f := &file{path: path, language: languageOf(path), lower: lower}
	f.lines = strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	f.findComments()
	f.hasRDSHost = containsAny(lower, []string{".rds.amazonaws.com", ".rds.cn-", ".docdb.amazonaws.com"})
	f.mintsToken = containsAny(lower, tokenWords)
	f.hasDBClient = containsAny(lower, clientWords)
	for _, rule := range lineRules {
		if containsAny(lower, rule.keywords) {
			f.apply(rule)
		}
	}
	f.judgeKeys()
	f.judgeInfrastructure()
	return f.finish()
}

// tokenWords are in files that make IAM tokens: the AWS command line and SDKs.
var tokenWords = []string{"generate-db-auth-token", "generate_db_auth_token", "generatedbauthtoken", "generateauthenticationtoken", "generateauthtoken", "build_auth_token", "rds.signer", "rds-signer"}

// clientWords are in files that use a database client of another language.
var clientWords = []string{
	"psycopg", "asyncpg", "pg8000", "sqlalchemy", "pymysql", "mysqlclient", "mysql.connector", "aiomysql", "peewee", "django.db", "dj_database_url",
	"mysql2", "require('pg')", `require("pg")`, "from 'pg'", `from "pg"`, "sequelize", "typeorm", "knex", "prisma", "drizzle", "mikro-orm", "slonik", "postgres(",
	"jdbc:", "r2dbc:", "activerecord", "activerecord::", "pdo(", "mysqli", "postgrex", "npgsql", "mysqldb", "sqlx::", "tokio_postgres",
}

func containsAny(text string, words []string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// apply judges the lines that hold one of the rule's keywords.
func (f *file) apply(rule lineRule) {
	if rule.extensions != nil && !hasExtension(f.path, rule.extensions) {
		return
	}
	for i, line := range f.lines {
		if len(line) > maxLine || !containsAny(strings.ToLower(line), rule.keywords) || f.comments[i] {
			continue
		}
		rule.judge(f, i, line)
	}
}

func hasExtension(path string, extensions []string) bool {
	name := strings.ToLower(filepath.Base(path))
	for _, ext := range extensions {
		if strings.HasSuffix(name, ext) {
			return true
		}
	}
	return false
}

// report adds a finding at a column of line i, both from 0.
func (f *file) report(rule string, level Level, i, column int, host connstr.HostClass, message string) {
	if level != Silent {
		f.findings = append(f.findings, Finding{rule, level, f.path, i + 1, column + 1, host, message, hostsIn(f.lines[i])})
	}
}

// levelOf grades a client by its host. An unknown one counts more in a file that
// is about RDS.
func (f *file) levelOf(host connstr.HostClass) Level {
	switch host {
	case connstr.RDSHost:
		return Error
	case connstr.RemoteHost:
		return Warning
	case connstr.UnknownHost:
		if f.hasRDSHost || f.mintsToken {
			return Warning
		}
		return Note
	}
	return Silent
}

// finish drops what is suppressed or was found twice.
func (f *file) finish() ([]Finding, []suppress.Comment) {
	var suppressions []suppress.Comment
	if strings.Contains(f.lower, "rdstls:ignore") {
		for i, line := range f.lines {
			if s, ok := suppress.Parse(line); ok {
				s.Path, s.Line = f.path, i+1
				suppressions = append(suppressions, s)
			}
		}
	}
	type place struct {
		rule string
		line int
	}
	seen := map[place]int{}
	kept := f.findings[:0]
	for _, found := range f.findings {
		p := place{found.Rule, found.Line}
		if at, ok := seen[p]; ok { // the worst one of a line counts
			if kept[at].Level < found.Level {
				kept[at] = found
			}
		} else if !suppress.Find(suppressions, f.path, found.Rule, found.Line) {
			seen[p] = len(kept)
			kept = append(kept, found)
		}
	}
	return kept, suppressions
}
