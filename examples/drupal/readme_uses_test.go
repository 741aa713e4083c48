package main

import (
	"errors"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// source is the source of this project, as far as the README names it: where names are declared, and what tests use.
//
// go/types says what a name means, so that fields of the same name are told apart. Packages of others, those of the standard library too, are not read:
// that would take long, and what cannot be told without them counts as not used.
type source struct {
	t        *testing.T
	files    *token.FileSet
	packages map[string]*types.Package // by their import paths
	tested   map[string]bool           // folders whose tests have been read
	tests    map[string]*ast.FuncDecl  // the functions and methods of those tests, by the places of their names
	info     *types.Info               // of those tests
}

func newSource(t *testing.T) *source {
	return &source{
		t: t, files: token.NewFileSet(), packages: map[string]*types.Package{}, tested: map[string]bool{}, tests: map[string]*ast.FuncDecl{},
		info: &types.Info{Uses: map[*ast.Ident]types.Object{}},
	}
}

// root is the folder of the module and its path, with what separates both from what is in it.
const (
	root   = "../../"
	module = "github.com/apiauth-go/apiauth/"
)

func importPath(dir string) string { return module + strings.TrimPrefix(filepath.ToSlash(dir), root) }

// place is where a name is declared. Files that are read twice, for a test of the same package and for those of others, have the same.
func (s *source) place(pos token.Pos) string { return s.files.Position(pos).String() }

// declaration returns the place of what is declared in the file.
func (s *source) declaration(name link) string {
	s.t.Helper()
	pkg, err := s.Import(importPath(filepath.Dir(name.file)))
	require.NoError(s.t, err, name.text)
	parts := strings.Split(name.text, ".")
	require.Equal(s.t, parts[0], strings.Replace(pkg.Name(), "errors", "autherr", 1), "%s is in another package", name.text)
	found := pkg.Scope().Lookup(parts[1])
	if len(parts) == 3 && found != nil {
		found, _, _ = types.LookupFieldOrMethod(found.Type(), true, pkg, parts[2])
	}
	require.NotNil(s.t, found, "%s is not declared", name.text)
	require.Equal(s.t, name.file, s.files.Position(found.Pos()).Filename, "%s is in another file", name.text)
	return s.place(found.Pos())
}

// usedBy returns the places of all that the test uses, itself and in the functions of the tests of its package that it calls.
func (s *source) usedBy(test link) map[string]bool {
	s.t.Helper()
	s.readTests(filepath.Dir(test.file))
	used := map[string]bool{}
	var follow func(fn *ast.FuncDecl)
	follow = func(fn *ast.FuncDecl) {
		ast.Inspect(fn, func(n ast.Node) bool {
			id, _ := n.(*ast.Ident)
			if id == nil || s.info.Uses[id] == nil {
				return true
			}
			place := s.place(s.info.Uses[id].Pos())
			if called := s.tests[place]; called != nil && !used[place] {
				used[place] = true
				follow(called)
			}
			used[place] = true
			return true
		})
	}
	for _, fn := range s.tests {
		if fn.Recv == nil && fn.Name.Name == test.text && s.files.Position(fn.Pos()).Filename == test.file {
			follow(fn)
			return used
		}
	}
	require.Fail(s.t, "there is no such test", "%s in %s", test.text, test.file)
	return nil
}

// readTests reads the tests of a folder, those of the package and those beside it.
func (s *source) readTests(dir string) {
	s.t.Helper()
	if s.tested[dir] {
		return
	}
	s.tested[dir] = true
	list, err := build.ImportDir(dir, 0)
	require.NoError(s.t, err)
	s.check(importPath(dir), dir, append(list.GoFiles, list.TestGoFiles...), s.info)
	s.check(importPath(dir)+"_test", dir, list.XTestGoFiles, s.info)
}

var errOfOthers = errors.New("a package of others")

// Import implements types.Importer.
func (s *source) Import(path string) (*types.Package, error) {
	dir, ours := strings.CutPrefix(path, module)
	if !ours {
		return nil, errOfOthers
	}
	if s.packages[path] == nil {
		dir = filepath.FromSlash(root + dir)
		list, err := build.ImportDir(dir, 0)
		require.NoError(s.t, err)
		s.packages[path] = s.check(path, dir, list.GoFiles, nil)
	}
	return s.packages[path], nil
}

// check type-checks a package: without info the declarations alone.
func (s *source) check(path, dir string, names []string, info *types.Info) *types.Package {
	s.t.Helper()
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(s.files, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		require.NoError(s.t, err)
		files = append(files, f)
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && strings.HasSuffix(name, "_test.go") {
				s.tests[s.place(fn.Name.Pos())] = fn
			}
		}
	}
	cfg := types.Config{Importer: s, IgnoreFuncBodies: info == nil, Error: func(error) {}} // errors are what others' packages would have told
	pkg, _ := cfg.Check(path, s.files, files, info)
	return pkg
}
