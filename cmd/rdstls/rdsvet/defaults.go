package rdsvet

import (
	"go/ast"
	"go/constant"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// checkDefaults is RT010 and RT012.
func checkDefaults(c *checker) {
	for cursor := range c.index.root.Preorder((*ast.CallExpr)(nil), (*ast.Field)(nil)) {
		switch n := cursor.Node().(type) {
		case *ast.CallExpr:
			if !c.index.dialsWithTLS(cursor) {
				c.checkDefaultCall(n)
			}
		case *ast.Field:
			if n.Tag != nil {
				c.checkDefaultTag(n)
			}
		}
	}
	checkUnusedKeys(c)
}

var (
	modeKey       = regexp.MustCompile(`(?i)ssl[_.-]?mode`)
	insecureModes = regexp.MustCompile(`^(?i:disable|allow|prefer|require)$`)
)

// checkDefaultCall finds getEnv("DB_SSL_MODE", "disable") and its like: viper's
// SetDefault, the flag package, a url.Values.
func (c *checker) checkDefaultCall(call *ast.CallExpr) {
	key := ""
	for _, argument := range call.Args {
		value := c.pass.TypesInfo.Types[argument].Value
		if value == nil || value.Kind() != constant.String {
			continue
		}
		switch text := constant.StringVal(value); {
		case key == "" && modeKey.MatchString(text) && !strings.ContainsAny(text, " =%/"):
			key = text
		case key != "" && insecureModes.MatchString(text):
			c.reportDefault(call, text)
			return
		}
	}
}

func (c *checker) reportDefault(n ast.Node, mode string) {
	c.report(Finding{
		Rule: "RT010", Level: Note, Host: connstr.UnknownHost.String(),
		Message: "the mode defaults to " + strings.ToLower(mode) + ", which does not verify the server; let the default be verify-full, or use rdspgx, which needs no mode",
	}, n)
}

// checkDefaultTag finds `env:"DB_SSL_MODE" envDefault:"disable"`.
func (c *checker) checkDefaultTag(n *ast.Field) {
	text, err := strconv.Unquote(n.Tag.Value)
	if err != nil {
		return
	}
	named := modeKey.MatchString(text)
	for _, name := range n.Names {
		named = named || modeKey.MatchString(name.Name)
	}
	tag := reflect.StructTag(text)
	for _, key := range [...]string{"default", "envDefault", "env-default"} {
		if value, ok := tag.Lookup(key); ok && named && insecureModes.MatchString(value) {
			c.reportDefault(n, value)
		}
	}
}
