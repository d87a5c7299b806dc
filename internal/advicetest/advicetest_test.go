package advicetest

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rdstls/go/rdstls"
)

// declared returns the names and values of the constants of the type Reason.
func declared(t *testing.T) map[string]rdstls.Reason {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../rdstls/diagnose.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]rdstls.Reason{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Reason" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			reasons[spec.Names[0].Name] = rdstls.Reason(value)
		}
		return true
	})
	return reasons
}

func TestReasons(t *testing.T) {
	t.Parallel()
	found := declared(t)
	for name, reason := range found {
		if !slices.Contains(Reasons, reason) {
			t.Errorf("Reasons lacks %s", name)
		}
	}
	if len(found) != len(Reasons) {
		t.Errorf("diagnose.go declares %d reasons, want %d", len(found), len(Reasons))
	}
}

// Whoever finds a reason in a log or a metric looks it up there.
func TestReasonsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, reason := range declared(t) {
		if heading := "\n## " + string(reason) + "\n"; !strings.Contains(string(text), heading) || !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/troubleshooting.md lacks a section %q with the name %s", strings.TrimSpace(heading), name)
		}
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	err := errors.New("the error of another server")
	if got := Problems(err, rdstls.Diagnosis{Reason: rdstls.ReasonName, Advice: "Look at DNS."}, "secret"); got != nil {
		t.Errorf("Problems of a good diagnosis = %q, want none", got)
	}
	for _, d := range []rdstls.Diagnosis{
		{Reason: "other", Advice: "Look at DNS."},
		{Reason: rdstls.ReasonName, Advice: ""},
		{Reason: rdstls.ReasonName, Advice: strings.Repeat("Look at DNS. ", 100)},
		{Reason: rdstls.ReasonName, Advice: "It says: " + err.Error()},
		{Reason: rdstls.ReasonName, Advice: "Try InsecureSkipVerify."},
		{Reason: rdstls.ReasonName, Advice: "Log in with secret."},
	} {
		if len(Problems(err, d, "secret")) != 1 {
			t.Errorf("Problems(%+v) = %q, want one", d, Problems(err, d, "secret"))
		}
	}
}
