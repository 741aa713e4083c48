package auth_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// SECURITY.md names the tests that show its promises. They exist.
func TestTheTestsThatSecurityNamesExist(t *testing.T) {
	top := root(t)
	text, err := os.ReadFile(filepath.Join(top, "SECURITY.md"))
	require.NoError(t, err)
	named := regexp.MustCompile("`([a-z/]+): ((?:Test|Fuzz)\\w+)`").FindAllSubmatch(text, -1)
	require.Greater(t, len(named), 80)
	for _, n := range named {
		files, err := filepath.Glob(filepath.Join(top, filepath.FromSlash(string(n[1])), "*_test.go"))
		require.NoError(t, err)
		require.NotEmpty(t, files, "%s", n[1])
		there := false
		for _, file := range files {
			code, err := os.ReadFile(file)
			require.NoError(t, err)
			there = there || regexp.MustCompile(`(?m)^func `+string(n[2])+`\(`).Match(code)
		}
		require.True(t, there, "%s", n[0])
	}
}

// Each fuzz target is in its table of fuzz targets, so that a parser without one stands out there.
func TestSecurityNamesEveryFuzzTarget(t *testing.T) {
	top := root(t)
	text, err := os.ReadFile(filepath.Join(top, "SECURITY.md"))
	require.NoError(t, err)
	targets := 0
	require.NoError(t, filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if ok, _ := filepath.Match("*_test.go", d.Name()); !ok {
			return nil
		}
		code, err := os.ReadFile(path)
		require.NoError(t, err)
		folder, err := filepath.Rel(top, filepath.Dir(path))
		require.NoError(t, err)
		for _, target := range regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`).FindAllSubmatch(code, -1) {
			targets++
			named := "`" + filepath.ToSlash(folder) + ": " + string(target[1]) + "`"
			require.True(t, bytes.Contains(text, []byte(named)), named)
		}
		return nil
	}))
	require.Greater(t, targets, 30)
}
