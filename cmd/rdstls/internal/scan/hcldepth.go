package scan

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const (
	maxDepth        = 200    // brackets and templates inside each other
	maxUnary        = 200    // operators in a row
	maxConditionals = 10_000 // in one file: the parser calls itself for each in a chain
)

// isTooDeep reports whether a file is nested more deeply than anybody writes. The
// parser of HCL calls itself for each level, and an overflow of the stack ends the
// process.
func isTooDeep(text []byte, path string) bool {
	tokens, _ := hclsyntax.LexConfig(text, path, hcl.InitialPos)
	depth, unary, conditionals := 0, 0, 0
	for _, token := range tokens {
		switch token.Type {
		case hclsyntax.TokenNewline, hclsyntax.TokenComment:
			continue // inside brackets they separate nothing
		case hclsyntax.TokenMinus, hclsyntax.TokenBang:
			if unary++; unary > maxUnary {
				return true
			}
			continue
		case hclsyntax.TokenQuestion:
			if conditionals++; conditionals > maxConditionals {
				return true
			}
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			if depth++; depth > maxDepth {
				return true
			}
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			depth--
		}
		unary = 0
	}
	return false
}
