package drupal_test

import (
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestThePackageImportsTheStandardLibraryAndStore: a program that uses it links no driver that it does not want.
func TestThePackageImportsTheStandardLibraryAndStore(t *testing.T) {
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	seen := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			seen++
			if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
				require.Equal(t, "github.com/apiauth-go/apiauth/store", path, f.Name())
			}
		}
	}
	require.Greater(t, seen, 10)
}
