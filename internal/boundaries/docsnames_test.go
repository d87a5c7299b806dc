package boundaries

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// integrations is the module of the examples that need more than the library does.
const integrations = "examples/integrations"

// knownImports are the packages that a block may use without importing them, by
// the names that the documents give them.
var knownImports = map[string]string{
	"bundle": module + "/bundle", "rdsiam": module + "/rdsiam", "rdsmysql": module + "/mysql",
	"rdspgx": module + "/pgx", "rdstls": module + "/rdstls",

	"auth":    "github.com/aws/aws-sdk-go-v2/feature/rds/auth",
	"aws":     "github.com/aws/aws-sdk-go-v2/aws",
	"mysql":   "github.com/go-sql-driver/mysql",
	"pgconn":  "github.com/jackc/pgx/v5/pgconn",
	"pgx":     "github.com/jackc/pgx/v5",
	"pgxpool": "github.com/jackc/pgx/v5/pgxpool",
	"stdlib":  "github.com/jackc/pgx/v5/stdlib",

	"context": "context", "embed": "embed", "errors": "errors", "fmt": "fmt", "http": "net/http", "io": "io",
	"log": "log", "net": "net", "os": "os", "slog": "log/slog", "sql": "database/sql", "strings": "strings", "url": "net/url",
	"sync": "sync", "testing": "testing", "time": "time", "tls": "crypto/tls", "x509": "crypto/x509",

	"bun":          "github.com/uptrace/bun",
	"config":       "github.com/aws/aws-sdk-go-v2/config",
	"goose":        "github.com/pressly/goose/v3",
	"gorm":         "gorm.io/gorm",
	"gormmysql":    "gorm.io/driver/mysql",
	"lambda":       "github.com/aws/aws-lambda-go/lambda",
	"migrate":      "github.com/golang-migrate/migrate/v4",
	"mongo":        "go.mongodb.org/mongo-driver/v2/mongo",
	"msdsn":        "github.com/microsoft/go-mssqldb/msdsn",
	"mssql":        "github.com/microsoft/go-mssqldb",
	"mysqldialect": "github.com/uptrace/bun/dialect/mysqldialect",
	"options":      "go.mongodb.org/mongo-driver/v2/mongo/options",
	"pgdialect":    "github.com/uptrace/bun/dialect/pgdialect",
	"postgres":     "gorm.io/driver/postgres",
	"pq":           "github.com/lib/pq",
	"sqlx":         "github.com/jmoiron/sqlx",
}

// ofTheLibrary are the modules that the library's own go.mod has.
var ofTheLibrary = regexp.MustCompile(`^(github\.com/(rdstls/go|jackc/pgx/v5|go-sql-driver/mysql)(/|$)|` +
	`github\.com/aws/aws-sdk-go-v2/(aws|feature/rds/auth)(/|$)|[^.]+$)`)

// module returns the module that has what s imports.
func (s *snippet) module() string {
	for _, path := range s.paths() {
		first, _, _ := strings.Cut(path, "/")
		if strings.Contains(first, ".") && !ofTheLibrary.MatchString(path) {
			return integrations
		}
	}
	return "."
}

// missingImports returns import declarations of the known packages that file uses,
// and that neither file nor the declarations in written have under that name.
func missingImports(file *ast.File, written string) string {
	used, own := map[string]bool{}, map[string]bool{}
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && n.Sel.IsExported() {
				used[x.Name] = true
			}
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if x, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
					own[x.Name] = true
				}
			}
		case *ast.ValueSpec:
			for _, x := range n.Names {
				own[x.Name] = true
			}
		case *ast.Field:
			for _, x := range n.Names {
				own[x.Name] = true
			}
		}
		return true
	})
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(knownImports)) {
		path := knownImports[name]
		if used[name] && !own[name] && !strings.Contains(written, `"`+path+`"`) && !strings.Contains(written, name+` "`) {
			fmt.Fprintf(&b, "import %s %q;", name, path)
		}
	}
	return b.String()
}

// predeclared returns a file with the variables that every block may use, except
// those that it declares itself.
func predeclared(file *ast.File) string {
	own := map[string]bool{}
	for _, decl := range file.Decls {
		if d, ok := decl.(*ast.GenDecl); ok && d.Tok != token.IMPORT {
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok {
					for _, name := range v.Names {
						own[name.Name] = true
					}
				}
			}
		}
	}
	text := "package p\nimport \"context\"\nvar _ context.Context\n"
	for name, typ := range map[string]string{
		"ctx": "context.Context", "dsn": "string", "connString": "string", "host": "string",
	} {
		if !own[name] {
			text += "var " + name + " " + typ + "\n"
		}
	}
	return text
}
