package auth_test

import (
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// otherModules are the packages of other modules that people import.
var otherModules = []string{"store/sqlstore", "store/sqlstore/drupal", "store/redisstore", "examples/otel"}

// documented is a package as pkg.go.dev shows it.
type documented struct {
	*doc.Package
	folder string
	fset   *token.FileSet
	files  []*ast.File // without tests
	names  map[string]bool
}

// documentation returns the packages that people import, by their paths.
func documentation(t testing.TB) map[string]*documented {
	t.Helper()
	all := map[string]*documented{}
	for _, folder := range slices.Concat(slices.Collect(maps.Keys(rooms)), otherModules) {
		if strings.HasPrefix(folder, "internal/") {
			continue
		}
		p := &documented{folder: folder, fset: token.NewFileSet(), names: map[string]bool{}}
		files, err := filepath.Glob(filepath.Join(root(t), folder, "*.go"))
		require.NoError(t, err)
		var parsed []*ast.File
		for _, name := range files {
			src, err := os.ReadFile(name)
			require.NoError(t, err)
			file, err := parser.ParseFile(p.fset, name, src, parser.ParseComments)
			require.NoError(t, err)
			parsed = append(parsed, file)
			if !strings.HasSuffix(name, "_test.go") {
				p.files = append(p.files, file)
			}
		}
		p.Package, err = doc.NewFromFiles(p.fset, parsed, module+"/"+folder, doc.PreserveAST)
		require.NoError(t, err, folder)
		p.collect()
		all[p.ImportPath] = p
	}
	return all
}

// collect notes the exported names, those of methods and of fields with their type.
func (p *documented) collect() {
	for _, v := range slices.Concat(p.Consts, p.Vars) {
		p.addValue(v)
	}
	for _, f := range p.Funcs {
		p.names[f.Name] = true
	}
	for _, t := range p.Types {
		p.names[t.Name] = true
		for _, v := range slices.Concat(t.Consts, t.Vars) {
			p.addValue(v)
		}
		for _, f := range t.Funcs {
			p.names[f.Name] = true
		}
		for _, m := range t.Methods {
			p.names[t.Name+"."+m.Name] = true
		}
		for field := range members(t) {
			for _, id := range field.Names {
				p.names[t.Name+"."+id.Name] = true
			}
		}
	}
}

func (p *documented) addValue(v *doc.Value) {
	for _, name := range v.Names {
		p.names[name] = true
	}
}

// members yields the exported fields of a struct and the methods of an interface, and whether each has a comment. A comment holds for all that
// follow it without an empty line.
func members(t *doc.Type) map[*ast.Field]string {
	all := map[*ast.Field]string{}
	for _, spec := range t.Decl.Specs {
		var list *ast.FieldList
		switch typ := spec.(*ast.TypeSpec).Type.(type) {
		case *ast.StructType:
			list = typ.Fields
		case *ast.InterfaceType:
			list = typ.Methods
		default:
			continue
		}
		for _, field := range list.List {
			all[field] = field.Doc.Text() + field.Comment.Text()
		}
	}
	return all
}

// TestEveryExportedNameIsDocumented, with the fields of structs and the methods of interfaces.
func TestEveryExportedNameIsDocumented(t *testing.T) {
	for _, p := range documentation(t) {
		assert.NotEmpty(t, p.Doc, "%s has no package comment", p.folder)
		assert.True(t, strings.HasPrefix(p.Doc, "Package "+p.Name+" "), p.folder)
		check := func(text, name string) { assert.NotEmpty(t, text, "%s: %s", p.folder, name) }
		value := func(v *doc.Value) {
			for _, spec := range v.Decl.Specs {
				spec := spec.(*ast.ValueSpec)
				check(v.Doc+spec.Doc.Text()+spec.Comment.Text(), spec.Names[0].Name)
			}
		}
		for _, v := range slices.Concat(p.Consts, p.Vars) {
			value(v)
		}
		for _, f := range p.Funcs {
			check(f.Doc, f.Name)
		}
		for _, typ := range p.Types {
			check(typ.Doc, typ.Name)
			for _, v := range slices.Concat(typ.Consts, typ.Vars) {
				value(v)
			}
			for _, f := range slices.Concat(typ.Funcs, typ.Methods) {
				check(f.Doc, typ.Name+"."+f.Name)
			}
			p.checkMembers(t, typ)
		}
	}
}

// checkMembers fails for a member without a comment. One comment holds for all that follow it without an empty line.
func (p *documented) checkMembers(t *testing.T, typ *doc.Type) {
	t.Helper()
	texts := members(typ)
	fields := slices.SortedFunc(maps.Keys(texts), func(a, b *ast.Field) int { return int(a.Pos() - b.Pos()) })
	covered, last := false, 0
	for _, field := range fields {
		first := p.fset.Position(field.Pos()).Line
		covered = texts[field] != "" || covered && first == last+1
		last = p.fset.Position(field.End()).Line
		for _, id := range field.Names {
			assert.True(t, covered || !id.IsExported(), "%s: %s.%s", p.folder, typ.Name, id.Name)
		}
	}
}

// asLink finds what was meant to be a link to a name: [Name], [Type.Member], [pkg.Name], [*Name] or one with the path of a package.
var asLink = regexp.MustCompile(`\[\*?(?:[A-Za-z][\w./-]*[./])?[A-Z]\w*(?:\.[A-Z]\w*)?\]`)

// TestEveryLinkOfTheDocumentationLeadsSomewhere: a bracket that go doc does not know stays a bracket, and one that names what is not there becomes
// a dead link.
func TestEveryLinkOfTheDocumentationLeadsSomewhere(t *testing.T) {
	all := documentation(t)
	links := 0
	for _, p := range all {
		parser := p.Parser()
		for _, file := range p.files {
			for _, group := range file.Comments {
				if !p.documents(file, group) {
					continue
				}
				where := p.fset.Position(group.Pos())
				walk(parser.Parse(group.Text()).Content, func(text comment.Text) {
					switch text := text.(type) {
					case comment.Plain:
						assert.Empty(t, asLink.FindString(string(text)), "%s", where)
						for _, other := range all {
							assert.NotContains(t, string(text), "["+other.Name+"]", "%s", where)
						}
					case *comment.Link:
						address, ours := strings.CutPrefix(text.URL, "https://pkg.go.dev/")
						if !ours {
							return
						}
						pkg, name, _ := strings.Cut(address, "#")
						require.NotNil(t, all[pkg], "%s: no package %s", where, pkg)
						assert.True(t, name == "" || all[pkg].names[name], "%s: %s has no %s", where, pkg, name)
					case *comment.DocLink:
						links++
						target, ours := all[text.ImportPath]
						if text.ImportPath == "" {
							target, ours = p, true
						}
						if !ours {
							assert.NotContains(t, text.ImportPath, module, "%s: no such package", where)
							return
						}
						name := text.Name
						if text.Recv != "" {
							name = text.Recv + "." + name
						}
						assert.True(t, name == "" || target.names[name], "%s: %s has no %s", where, target.folder, name)
					}
				})
			}
		}
	}
	require.Greater(t, links, 100)
}

// documents reports whether a comment is shown to readers of the documentation: it is not inside a function, and not about what is not exported.
func (p *documented) documents(file *ast.File, group *ast.CommentGroup) bool {
	if group == file.Doc {
		return true
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Doc == group {
				return d.Name.IsExported()
			}
			if d.Pos() <= group.Pos() && group.End() <= d.End() {
				return false
			}
		case *ast.GenDecl:
			if d.Doc == group || d.Pos() <= group.Pos() && group.End() <= d.End() {
				return slices.ContainsFunc(d.Specs, exportedSpec)
			}
		}
	}
	return false
}

func exportedSpec(spec ast.Spec) bool {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return spec.Name.IsExported()
	case *ast.ValueSpec:
		return slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported)
	}
	return false
}

// walk calls f with every piece of text in the blocks.
func walk(blocks []comment.Block, f func(comment.Text)) {
	for _, b := range blocks {
		var text []comment.Text
		switch b := b.(type) {
		case *comment.Paragraph:
			text = b.Text
		case *comment.Heading:
			text = b.Text
		case *comment.List:
			for _, item := range b.Items {
				walk(item.Content, f)
			}
		}
		for _, piece := range text {
			f(piece)
		}
	}
}

// examples are the names that every package shows in use, with output that is checked. "" is an Example of the whole package.
var examples = map[string][]string{
	"errors": {"Code", "Respond", "Renderer", "Error", "From"},
	"auth": {
		"Require", "Chain", "ByHeader", "RequirePermission", "RequireRole", "RequireScope", "RequireTLS", "NewLogin", "NewAPIKeyAuthenticator", "NewSlogSink",
		"NewAuditSink", "NewBufferedSink", "NewAddressFilter", "NewPathRoles", "LimitForged", "Authenticator", "EventSink", "FromContext",
	},
	"auth/authtest":         {"Request", "As", "Users", "Context"},
	"auth/outbound":         {"New"},
	"auth/password":         {"", "Config"},
	"jwt":                   {"", "NewIssuer", "NewVerifier", "NewRemoteKeySet", "ByIssuer", "Issuer_IssueAccessToken", "Issuer_Rotate", "Revocations", "ParseSigningKey"},
	"jwt/jwttest":           {"NewIssuer", "Issuer_FlawedToken"},
	"oauth":                 {"", "NewVerifier", "NewClient", "NewIntrospectionVerifier", "NewUserInfoVerifier", "Admin", "Server_IntrospectionEndpoint", "Server_MetadataHandler"},
	"oauth/oauthtest":       {"AccessToken"},
	"servicetoken":          {"", "Service_GenerateEndpoint", "Config", "DrupalKey"},
	"store":                 {"UserStore"},
	"store/memstore":        {""},
	"store/sqlstore":        {""},
	"store/sqlstore/drupal": {""},
}

// shown are packages whose examples need what the tests' machine may lack, or a *testing.T: they are compiled and have no output.
var shown = []string{"store/storetest", "store/redisstore", "examples/otel"}

func TestEveryPackageHasExamples(t *testing.T) {
	for _, p := range documentation(t) {
		outputs := map[string]bool{}
		add := func(name string, list []*doc.Example) {
			for _, e := range list {
				outputs[name] = outputs[name] || e.Output != "" || e.EmptyOutput
			}
		}
		add("", p.Examples)
		for _, f := range p.Funcs {
			add(f.Name, f.Examples)
		}
		for _, typ := range p.Types {
			add(typ.Name, typ.Examples)
			for _, f := range typ.Funcs {
				add(f.Name, f.Examples)
			}
			for _, m := range typ.Methods {
				add(typ.Name+"_"+m.Name, m.Examples)
			}
		}
		if slices.Contains(shown, p.folder) {
			assert.NotEmpty(t, outputs, "%s has no example", p.folder)
			continue
		}
		assert.NotEmpty(t, examples[p.folder], "%s is in neither table", p.folder)
		for _, name := range examples[p.folder] {
			assert.True(t, outputs[name], "%s has no example of %q with output", p.folder, name)
		}
	}
}
