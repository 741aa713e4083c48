package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheFilesAreWhatTheProgramWrites(t *testing.T) {
	collection, err := marshalCollection(folders())
	require.NoError(t, err)
	environment, err := marshalEnvironment()
	require.NoError(t, err)
	for name, want := range map[string][]byte{collectionFile: collection, environmentFile: environment} {
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "run the program in this folder: go run .")
	}
}

// TestTheWholeCollectionPasses runs it in one go, twice: what is left of the first run must not be in the way of the second.
func TestTheWholeCollectionPasses(t *testing.T) {
	needNode(t)
	variables := servers(t)
	for range 2 {
		r, ok := run(t, variables)
		require.Empty(t, r.failures())
		require.True(t, ok)
		var want []string
		for _, f := range folders() {
			for _, request := range f.requests {
				want = append(want, request.name)
			}
		}
		require.Equal(t, want, r.sent())
		require.Greater(t, r.Run.Stats.Assertions.Total, 4*len(want))
		require.Zero(t, r.Run.Stats.Assertions.Failed)
		t.Logf("%d requests, %d assertions", r.Run.Stats.Requests.Total, r.Run.Stats.Assertions.Total)
	}
}

// TestOptionalRequestsAreLeftOut is how most people run it: without another issuer and without an identity provider.
func TestOptionalRequestsAreLeftOut(t *testing.T) {
	needNode(t)
	variables := servers(t)
	for _, name := range []string{"foreignJwt", "foreignJwtOfNobody", "externalToken"} {
		delete(variables, name)
	}
	r, ok := run(t, variables, "--folder", "JWT Authentication", "--folder", "External Identity Provider")
	require.Empty(t, r.failures())
	require.True(t, ok)
	for _, f := range folders() {
		for _, request := range f.requests {
			switch f.name {
			case "JWT Authentication":
				optional := strings.Contains(request.auth.bearer, "foreign")
				require.Equal(t, !optional, slices.Contains(r.sent(), request.name), request.name)
			case "External Identity Provider":
				require.Len(t, request.before, 1)
			}
		}
	}
	require.Equal(t, len(jwtFolder().requests)-2, len(r.sent()))
}

// TestAnotherProfileFails: the tests of the collection look at the bodies.
func TestAnotherProfileFails(t *testing.T) {
	needNode(t)
	for _, profile := range []string{"legacy", "rfc"} {
		r, ok := run(t, servers(t, "-profile", profile), "--folder", "Basic Authentication")
		require.False(t, ok)
		require.Contains(t, r.failures(), "INVALID_CREDENTIALS: The body is the documented one")
		require.NotContains(t, r.failures(), "Get user")
	}
}

// notProvoked are the documented errors that no request of the collection provokes, with the reason.
var notProvoked = map[string]string{
	"jwt INVALID_CREDENTIALS": "rest_api/id_token says it, in the words of id-token, which are the same",
	"jwt INVALID_HTTP_METHOD": "rest_api/id_token says it, in the words of id-token, which are the same",
	"any INVALID_HTTP_METHOD": "every endpoint says it in the words of its method, which are the same",
	"* SERVICE_UNAVAILABLE":   "something must be out of order",
	"* INTERNAL_ERROR":        "something must be wrong in the program",
}

// TestEveryDocumentedErrorIsProvoked compares the tables of package errors with the collection.
func TestEveryDocumentedErrorIsProvoked(t *testing.T) {
	want := append(documentedErrors(t), commonErrors(t)...)
	require.Greater(t, len(want), 55)
	provoked := map[string]bool{}
	for _, f := range folders() {
		for _, r := range f.requests {
			if r.want.code != "" {
				provoked[r.want.method+" "+r.want.code] = true
				provoked["* "+r.want.code] = true
			}
		}
	}
	for _, name := range want {
		_, excused := notProvoked[name]
		require.NotEqual(t, provoked[name], excused, "%s: a request provokes it, or notProvoked says why not", name)
	}
	for name := range notProvoked {
		require.Contains(t, want, name, "there is such an error")
	}
}

// documentedErrors are the rows of the table "documented", each as method and code.
func documentedErrors(t *testing.T) []string {
	codes, methods := constants(t, "Code"), constants(t, "Method")
	var list []string
	for _, e := range table(t, "documented.go", "documented").Elts {
		row := e.(*ast.CompositeLit).Elts
		method, code := methods[row[0].(*ast.Ident).Name], codes[row[1].(*ast.Ident).Name]
		if method == "" {
			method = "any"
		}
		list = append(list, method+" "+code)
	}
	return list
}

// commonErrors are the codes of the table "common" that the manuals lack, which every method tells alike.
func commonErrors(t *testing.T) []string {
	codes := constants(t, "Code")
	inManuals := documentedErrors(t)
	var list []string
	for _, e := range table(t, "common.go", "common").Elts {
		code := codes[e.(*ast.KeyValueExpr).Key.(*ast.Ident).Name]
		if !slices.ContainsFunc(inManuals, func(name string) bool { return strings.HasSuffix(name, " "+code) }) {
			list = append(list, "* "+code)
		}
	}
	return list
}

// table returns the literal of a variable of package errors.
func table(t *testing.T, file, variable string) (literal *ast.CompositeLit) {
	t.Helper()
	for _, d := range parse(t, file).Decls {
		if g, ok := d.(*ast.GenDecl); ok {
			for _, s := range g.Specs {
				if v, ok := s.(*ast.ValueSpec); ok && v.Names[0].Name == variable {
					literal = v.Values[0].(*ast.CompositeLit)
				}
			}
		}
	}
	require.NotNil(t, literal, variable)
	return literal
}

// constants returns the values of the constants of a type of package errors, by name.
func constants(t *testing.T, typ string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, d := range parse(t, "codes.go").Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if name, ok := v.Type.(*ast.Ident); ok && name.Name == typ {
				value, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)
				found[v.Names[0].Name] = value
			}
		}
	}
	require.NotEmpty(t, found)
	return found
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "errors", file), nil, 0)
	require.NoError(t, err)
	return f
}

func TestEveryRequestIsDescribedAndTested(t *testing.T) {
	ids := map[string]bool{}
	variable := regexp.MustCompile(`\{\{(\w+)\}\}`)
	known := map[string]bool{"apiKeyPair": true, "stranger": true} // of the scripts
	for _, s := range settings {
		known[s.Key] = true
	}
	for _, f := range folders() {
		require.NotEmpty(t, f.about, f.name)
		for _, r := range f.requests {
			item, err := r.item(f.name)
			require.NoError(t, err, r.name)
			require.NotEmpty(t, r.about, r.name)
			require.False(t, ids[item.ID], "%s: %s is there twice", f.name, r.name)
			ids[item.ID] = true
			text, err := marshal(item)
			require.NoError(t, err)
			for _, m := range variable.FindAllStringSubmatch(string(text), -1) {
				require.True(t, known[m[1]], "%s: %s", r.name, m[0])
			}
			require.NotRegexp(t, `\d+\.\d+\.\d+\.\d+`, string(text), "%s names no machine", r.name)
		}
	}
}
