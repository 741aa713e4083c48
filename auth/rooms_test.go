package auth_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/apiauth-go/apiauth"

// rooms says which of our packages each package may import, and which third-party modules, outside of tests. A package
// that is not named here has no place yet.
var rooms = map[string]struct{ ours, others []string }{
	"errors":          {},
	"auth/outbound":   {},
	"store":           {},
	"store/memstore":  {ours: []string{"store"}},
	"store/storetest": {ours: []string{"store"}, others: []string{"github.com/stretchr/testify"}},
	"auth":            {ours: []string{"errors", "store", "auth/password"}},
	"auth/password":   {others: []string{"golang.org/x/crypto"}},
	"jwt":             {ours: []string{"auth", "errors", "auth/outbound", "store"}, others: []string{"github.com/lestrrat-go/jwx/v2"}},
	"oauth":           {ours: []string{"auth", "errors", "auth/outbound", "store"}},
	"servicetoken":    {ours: []string{"auth", "errors", "store"}},

	"auth/authtest":   {ours: []string{"auth", "auth/password", "errors", "store", "store/memstore"}},
	"jwt/jwttest":     {ours: []string{"auth/authtest", "jwt", "store"}},
	"oauth/oauthtest": {ours: []string{"auth", "auth/authtest", "oauth", "store", "store/memstore"}},
}

// forTests are the rooms that only tests of our users enter. No other room imports them.
var forTests = []string{"store/storetest", "auth/authtest", "jwt/jwttest", "oauth/oauthtest"}

// linked are the modules that end up in a program by importing each package, besides our own.
var (
	linkedByAll = []string{"golang.org/x/crypto", "golang.org/x/sys"} // x/sys: x/crypto asks it for the processor's features
	linkedByJWT = []string{
		"github.com/lestrrat-go/jwx/v2", "github.com/lestrrat-go/blackmagic", "github.com/lestrrat-go/httpcc", "github.com/lestrrat-go/httprc",
		"github.com/lestrrat-go/iter", "github.com/lestrrat-go/option", "github.com/decred/dcrd/dcrec/secp256k1/v4",
		"github.com/goccy/go-json", "github.com/segmentio/asm",
	}
)

// root returns the folder of the module.
func root(t testing.TB) string {
	t.Helper()
	out, err := goCommand(".", "env", "GOMOD")
	if err != nil {
		t.Fatalf("this test asks the go command: %v", err)
	}
	mod := strings.TrimSpace(string(out))
	if mod == "" || mod == os.DevNull {
		t.Fatal("the tests are not run from the module")
	}
	return filepath.Dir(mod)
}

func goCommand(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off") // as users of the module see it
	return cmd.Output()
}

// listed is what go list says of a package.
type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Module     *struct {
		Path     string
		Main     bool
		Indirect bool
	}
}

func list(t testing.TB, args ...string) []listed {
	t.Helper()
	out, err := goCommand(root(t), append([]string{"list", "-json=ImportPath,Standard,Imports,Module"}, args...)...)
	require.NoError(t, err)
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p listed
		require.NoError(t, d.Decode(&p))
		all = append(all, p)
	}
	require.NotEmpty(t, all)
	return all
}

func TestWhoMayImportWhom(t *testing.T) {
	moduleOf := map[string]string{}
	for _, p := range list(t, "-deps", "./...") {
		if p.Module != nil && !p.Standard {
			moduleOf[p.ImportPath] = p.Module.Path
		}
	}
	for _, p := range list(t, "./...") {
		name, ours := strings.CutPrefix(p.ImportPath, module+"/")
		require.True(t, ours, "%s: the module has no package at its root", p.ImportPath)
		room, ok := rooms[name]
		require.True(t, ok, "%s has no place in the table", name)
		for _, imported := range p.Imports {
			mod, known := moduleOf[imported]
			switch {
			case !known: // standard library
			case mod == module:
				require.Contains(t, room.ours, strings.TrimPrefix(imported, module+"/"), "imported by %s", name)
			default:
				require.Contains(t, room.others, mod, "%s, imported by %s", imported, name)
			}
		}
	}
}

func TestWhatIsLinked(t *testing.T) {
	for name := range rooms {
		if slices.Contains(forTests, name) {
			continue
		}
		allowed := []string{module}
		switch name {
		case "errors", "auth/outbound", "store", "store/memstore":
		case "jwt":
			allowed = slices.Concat(allowed, linkedByAll, linkedByJWT)
		default:
			allowed = append(allowed, linkedByAll...)
		}
		for _, p := range list(t, "-deps", "./"+name) {
			if p.Module != nil {
				require.Contains(t, allowed, p.Module.Path, "%s, linked by %s", p.ImportPath, name)
			}
		}
	}
}

// TestHelpersForTestsTakeTheTest: what would let everybody in must not be had without one. (auth/authtest shows that a program that makes one up gets
// nothing either.)
func TestHelpersForTestsTakeTheTest(t *testing.T) {
	all, found := parsePackages(t), 0
	for _, folder := range []string{"auth/authtest", "jwt/jwttest", "oauth/oauthtest"} {
		for _, f := range all[folder].files {
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Recv != nil || !fn.Name.IsExported() || fn.Type.Params.NumFields() == 0 {
					continue
				}
				first, _ := fn.Type.Params.List[0].Type.(*ast.SelectorExpr)
				require.True(t, first != nil && first.Sel.Name == "TB", "%s.%s", folder, fn.Name)
				found++
			}
		}
	}
	require.GreaterOrEqual(t, found, 14)
}

func TestTheModuleRequiresThreeOthers(t *testing.T) {
	out, err := goCommand(root(t), "mod", "edit", "-json")
	require.NoError(t, err)
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
		Replace, Exclude []any
	}
	require.NoError(t, json.Unmarshal(out, &mod))
	var direct []string
	for _, r := range mod.Require {
		if !r.Indirect {
			direct = append(direct, r.Path)
		}
	}
	require.ElementsMatch(t, []string{"github.com/lestrrat-go/jwx/v2", "golang.org/x/crypto", "github.com/stretchr/testify"}, direct)
	require.Empty(t, mod.Replace, "a replacement does not reach those who import the module")
	require.Empty(t, mod.Exclude)
}

// parsedPackage is a folder of the tree, its non-test files only.
type parsedPackage struct {
	folder, name string
	files        []*ast.File
}

// eachFile calls f with every Go file below the root, nested modules included.
func eachFile(t testing.TB, f func(rel string, src []byte)) {
	t.Helper()
	dir := root(t)
	n := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if base := d.Name(); path != dir && (strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules") {
				return filepath.SkipDir
			}
		case strings.HasSuffix(path, ".go"):
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			n++
			f(filepath.ToSlash(rel), src)
		}
		return nil
	}))
	require.Greater(t, n, 50)
}

func parse(t testing.TB, rel string, src []byte) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), rel, src, parser.ParseComments)
	require.NoError(t, err)
	return file
}

// parsePackages returns the packages of this module without their tests.
func parsePackages(t testing.TB) map[string]*parsedPackage {
	t.Helper()
	all := map[string]*parsedPackage{}
	eachFile(t, func(rel string, src []byte) {
		folder := filepath.ToSlash(filepath.Dir(rel))
		if _, ours := rooms[folder]; !ours || strings.HasSuffix(rel, "_test.go") {
			return
		}
		file := parse(t, rel, src)
		p := all[folder]
		if p == nil {
			p = &parsedPackage{folder: folder, name: file.Name.Name}
			all[folder] = p
		}
		p.files = append(p.files, file)
	})
	require.Len(t, all, len(rooms))
	return all
}

func TestOurErrorsAreAlwaysAutherr(t *testing.T) {
	eachFile(t, func(rel string, src []byte) {
		file := parse(t, rel, src)
		inside := file.Name.Name == "errors"
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			alias := ""
			if spec.Name != nil {
				alias = spec.Name.Name
			}
			switch {
			case path == module+"/errors":
				require.Equal(t, "autherr", alias, rel)
			case path == "errors" && inside:
				require.Equal(t, "stderrors", alias, rel)
			case path == "errors":
				require.Empty(t, alias, rel)
			default:
				require.NotContains(t, []string{"errors", "autherr", "stderrors"}, alias, rel)
			}
		}
	})
}

func TestJWXIsKnownToOneRoom(t *testing.T) {
	var files []string
	eachFile(t, func(rel string, src []byte) {
		if strings.HasSuffix(rel, "_test.go") || strings.HasPrefix(rel, "examples/") { // a module of its own, which compares
			return
		}
		for _, spec := range parse(t, rel, src).Imports {
			if strings.Contains(spec.Path.Value, "lestrrat-go/jwx") {
				files = append(files, rel)
			}
		}
	})
	files = slices.Compact(files)
	require.LessOrEqual(t, len(files), 2, "%v", files)
	for _, f := range files {
		require.True(t, strings.HasPrefix(f, "jwt/"), f)
	}
}

func TestNoFileIsTooLong(t *testing.T) {
	eachFile(t, func(rel string, src []byte) {
		if !strings.HasSuffix(rel, "_test.go") {
			require.LessOrEqual(t, bytes.Count(src, []byte("\n")), 400, rel)
		}
	})
}
