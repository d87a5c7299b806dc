package boundaries

import (
	"strings"
	"testing"
)

// The check of the documents' code finds what it must, where it is, and nothing
// else.
func TestDocumentsCodeControl(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       string // in the error; empty if there must be none
	}{
		{"statements", "db, err := rdspgx.OpenDB(connString, nil)\nif err != nil {\n\treturn err\n}", ""},
		{"two results", "pool, err := rdspgx.NewPool(ctx, dsn, nil)\nreturn pool, err", ""},
		{"declarations", "var roots = bundle.AmazonTrust()\n\nfunc f() string { return host }", ""},
		{"file", "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println() }", ""},
		{"own import", "import m \"github.com/go-sql-driver/mysql\"\n\nvar cfg m.Config\n_ = rdsmysql.Check(&cfg)", ""},
		{"variable with the name of a package", "config, err := pgx.ParseConfig(connString)\nconfig.Config.Host = host", ""},
		{"package of the integrations", "db := sqlx.NewDb(nil, \"pgx\")", ""},
		{"own dsn", "dsn := 1\ndsn++", ""},

		{"undefined variable", "f := 1\n_ = pool", "doc.md:11: undefined: pool"},
		{"undefined function", "_ = rdspgx.Dial", "doc.md:10: undefined: rdspgx.Dial"},
		{"unknown package", "_ = other.Name", "doc.md:10: undefined: other"},
		{"missing argument", "\n\ndb, err := rdspgx.OpenDB(connString)", "doc.md:12: not enough arguments"},
		{"wrong type", "opts := rdstls.Options{}\ndb, err := rdspgx.OpenDB(dsn, opts)", "doc.md:11: cannot use opts"},
		{"variable twice", "a := 1\na := 2", "doc.md:11: no new variables"},
		{"not Go", "db, err = = 1", "doc.md:10: expected operand"},
		{"broken declaration", "func f( {}", "doc.md:10:"},
		{"unused import of a file", "package p\n\nimport \"fmt\"", `doc.md:12: "fmt" imported and not used`},
		{"own import and undefined", "import (\n\t\"fmt\"\n)\n\nfmt.Printl(1)", "doc.md:14: undefined: fmt.Printl"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Repeat("Text.\n", 8) + "```go\n" + tt.text + "\n```\n"
			var errs []error
			for _, b := range goBlocks("doc.md", text) {
				s, err := parseSnippet(b)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				errs = append(errs, checkSnippets(t, []*snippet{s})...)
			}
			switch {
			case tt.want == "" && len(errs) > 0:
				t.Errorf("errors %v, want none", errs)
			case tt.want != "" && (len(errs) == 0 || !strings.Contains(errs[0].Error(), tt.want)):
				t.Errorf("errors %v, want %q", errs, tt.want)
			}
		})
	}
}

// Only what is marked as Go is checked, wherever it is in the document.
func TestDocumentsBlocks(t *testing.T) {
	t.Parallel()
	text := "a\n```\nx\n```\n- b\n\n  ```go\n  y\n  ```\n````md\n```go\nno\n```\n````\n``` go\nz\n```\n"
	got := goBlocks("doc.md", text)
	want := []block{{"doc.md", 8, "  y\n"}, {"doc.md", 16, "z\n"}}
	if len(got) != len(want) {
		t.Fatalf("blocks %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("block %v, want %v", got[i], want[i])
		}
	}
}
