package scan

import (
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// judgeTerraform is RT120 to RT122 for Terraform. That an attribute is absent only a
// parser can tell.
func (f *file) judgeTerraform() {
	text := []byte(strings.Join(f.lines, "\n"))
	if isTooDeep(text, f.path) {
		return
	}
	parsed, _ := hclsyntax.ParseConfig(text, f.path, hcl.InitialPos)
	if parsed == nil {
		return
	}
	body, ok := parsed.Body.(*hclsyntax.Body)
	if !ok {
		return
	}
	for _, block := range body.Blocks {
		if block.Type == "resource" && len(block.Labels) > 0 && block.Labels[0] == "aws_db_proxy" {
			f.judgeProxyResource(block)
		}
		if block.Type == "variable" && len(block.Labels) == 1 && strings.Contains(block.Labels[0], "ca_cert") {
			f.judgeCA(block.Body.Attributes["default"])
		}
		if block.Type == "variable" && len(block.Labels) == 1 {
			f.judgeModeVariable(block.Labels[0], block.Body.Attributes["default"])
		}
		if value, ok := block.Body.Attributes["require_tls"]; ok && block.Type == "module" {
			if text, known := literal(value.Expr); known && text == "false" {
				f.reportAt("RT120", value.SrcRange, proxyMessage)
			}
		}
		f.judgeBody(block.Body)
	}
	// A .tfvars file, or a module's values.
	f.judgeCA(body.Attributes["ca_cert_identifier"])
	for _, attribute := range body.Attributes {
		f.judgeExpression(attribute.Expr)
	}
}

var modeVariable = regexp.MustCompile(`(?i)ssl_?mode$`)

// judgeModeVariable is RT110 for the default of a variable.
func (f *file) judgeModeVariable(name string, attribute *hclsyntax.Attribute) {
	if attribute == nil || !modeVariable.MatchString(name) || notClientModes.MatchString(name) || systemIn(name) == otherSystem {
		return
	}
	mode, known := literal(attribute.Expr)
	if verdict := keyVerdict(mode); known && verdict != connstr.Verified && !strings.EqualFold(mode, "none") {
		f.reportAs("RT110", Note, connstr.UnknownHost, attribute.SrcRange, modeText("sslmode", mode)+" "+consequence[verdict])
	}
}

// judgeCA is RT122.
func (f *file) judgeCA(attribute *hclsyntax.Attribute) {
	if attribute == nil {
		return
	}
	if value, known := literal(attribute.Expr); known && (value == "rds-ca-2019" || value == "rds-ca-2015") {
		f.reportAt("RT122", attribute.SrcRange, oldCAMessage)
	}
}

func (f *file) judgeProxyResource(block *hclsyntax.Block) {
	at := block.DefRange()
	if attribute, ok := block.Body.Attributes["require_tls"]; ok {
		value, known := literal(attribute.Expr)
		if !known || value == "true" {
			return
		}
		at = attribute.SrcRange
	}
	f.reportAt("RT120", at, proxyMessage)
}

// judgeBody looks at a block and those inside it.
func (f *file) judgeBody(body *hclsyntax.Body) {
	f.judgeCA(body.Attributes["ca_cert_identifier"])
	if name, ok := body.Attributes["name"]; ok {
		if value, ok := body.Attributes["value"]; ok {
			f.judgeParameter(name.Expr, value.Expr, value.SrcRange)
		}
	}
	for _, attribute := range body.Attributes {
		f.judgeExpression(attribute.Expr)
	}
	for _, block := range body.Blocks {
		f.judgeBody(block.Body)
	}
}

// judgeExpression finds parameters in lists of objects, as modules take them.
func (f *file) judgeExpression(expr hclsyntax.Expression) {
	switch expr := expr.(type) {
	case *hclsyntax.TupleConsExpr:
		for _, element := range expr.Exprs {
			f.judgeExpression(element)
		}
	case *hclsyntax.ObjectConsExpr:
		items := map[string]hclsyntax.Expression{}
		for _, item := range expr.Items {
			if key, ok := literal(item.KeyExpr); ok {
				items[key] = item.ValueExpr
				f.judgeSetting(key, item.ValueExpr)
			}
			f.judgeExpression(item.ValueExpr)
		}
		if items["name"] != nil && items["value"] != nil {
			f.judgeParameter(items["name"], items["value"], items["value"].Range())
		}
	}
}

// judgeSetting is for a map of parameters: { "rds.force_ssl" = "0" }.
func (f *file) judgeSetting(key string, value hclsyntax.Expression) {
	if text, known := literal(value); known && isEnforcement(key) && isOff(text) {
		f.reportAt("RT121", value.Range(), offMessage)
	}
}

func (f *file) judgeParameter(name, value hclsyntax.Expression, at hcl.Range) {
	key, known := literal(name)
	if !known || !isEnforcement(key) {
		return
	}
	if text, known := literal(value); known && isOff(text) {
		f.reportAt("RT121", at, offMessage)
	}
}

func isEnforcement(name string) bool {
	return name == "rds.force_ssl" || name == "require_secure_transport"
}

func isOff(value string) bool {
	switch strings.ToLower(value) {
	case "0", "off", "false":
		return true
	}
	return false
}

// literal returns the value of an expression that refers to nothing.
func literal(expr hclsyntax.Expression) (string, bool) {
	value, diagnostics := expr.Value(nil)
	if diagnostics.HasErrors() || !value.IsKnown() || value.IsNull() {
		return "", false
	}
	switch value.Type() {
	case cty.String:
		return value.AsString(), true
	case cty.Bool:
		if value.True() {
			return "true", true
		}
		return "false", true
	case cty.Number:
		return value.AsBigFloat().Text('f', 0), true
	}
	return "", false
}

// reportAt counts the column in bytes, as the other rules do; hcl counts characters.
func (f *file) reportAt(rule string, at hcl.Range, message string) {
	f.reportAs(rule, Warning, connstr.RDSHost, at, message)
}

func (f *file) reportAs(rule string, level Level, host connstr.HostClass, at hcl.Range, message string) {
	begin := 0
	for _, line := range f.lines[:at.Start.Line-1] {
		begin += len(line) + 1
	}
	f.report(rule, level, at.Start.Line-1, at.Start.Byte-begin, host, message)
}
