package auth_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// comparesSecrets are the functions in which something secret is compared with what somebody has sent. Access tokens, refresh tokens and API keys have none: a store finds
// them by their SHA-256.
var comparesSecrets = []struct{ file, function, by string }{
	{"auth/password/argon2id.go", "matches", "subtle.ConstantTimeCompare"},
	{"auth/password/iterated.go", "matches", "subtle.ConstantTimeCompare"},
	{"jwt/check.go", "check", "hmac.Equal"}, // of macs; the other functions of this name check signatures
	{"oauth/secret.go", "matchesSecret", "subtle.ConstantTimeCompare"},
	{"servicetoken/signer.go", "matches", "subtle.ConstantTimeCompare"},
}

// How long a comparison takes cannot be tested on a machine that does other things as well. How it is written can.
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	top := root(t)
	for _, tt := range comparesSecrets {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(top, tt.file), nil, 0)
		require.NoError(t, err)
		var calls, others []string
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Name.Name != tt.function {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					calls = append(calls, called(n))
				case *ast.BinaryExpr:
					if (n.Op == token.EQL || n.Op == token.NEQ) && !isPlain(n.X) && !isPlain(n.Y) {
						others = append(others, "==")
					}
				}
				return true
			})
		}
		require.Contains(t, calls, tt.by, "%s: %s", tt.file, tt.function)
		for _, forbidden := range []string{"bytes.Equal", "bytes.Compare", "slices.Equal", "strings.EqualFold", "reflect.DeepEqual", "strings.Compare"} {
			if slices.Contains(calls, forbidden) {
				others = append(others, forbidden)
			}
		}
		require.Empty(t, others, "%s: %s compares in another way too", tt.file, tt.function)
	}
}

// called returns the name of a function that is called, if it is one of a package.
func called(c *ast.CallExpr) string {
	if s, ok := c.Fun.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok {
			return x.Name + "." + s.Sel.Name
		}
	}
	return ""
}

// isPlain reports whether an operand holds nothing secret: a constant, nil or a length.
func isPlain(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return e.Name == "nil"
	case *ast.SelectorExpr: // ed25519.SignatureSize
		x, ok := e.X.(*ast.Ident)
		return ok && ast.IsExported(e.Sel.Name) && x.Obj == nil
	case *ast.CallExpr:
		f, ok := e.Fun.(*ast.Ident)
		return ok && f.Name == "len"
	}
	return false
}
