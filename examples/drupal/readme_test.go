package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// link is [`text`](file).
type link struct{ text, file string }

var linkPattern = regexp.MustCompile("\\[`([^`]+)`\\]\\(([^)]+)\\)")

func links(cell string) (list []link) {
	for _, m := range linkPattern.FindAllStringSubmatch(cell, -1) {
		list = append(list, link{m[1], filepath.FromSlash(m[2])})
	}
	return list
}

// table returns the cells of all lines of the tables with that head.
func table(t *testing.T, head string) (lines [][]string) {
	t.Helper()
	columns := len(cells(head))
	inside := false
	for line := range strings.Lines(readme(t)) {
		line = strings.TrimSpace(line)
		switch {
		case line == head:
			inside = true
		case !strings.HasPrefix(line, "|"):
			inside = false
		case inside && !strings.HasPrefix(line, "|--"):
			require.Len(t, cells(line), columns, line)
			lines = append(lines, cells(line))
		}
	}
	return lines
}

func cells(line string) []string {
	list := strings.Split(strings.Trim(line, "|"), " | ")
	for i, cell := range list {
		list[i] = strings.TrimSpace(cell)
	}
	return list
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	return string(text)
}

// TestEverySettingHasItsFieldAndItsTest: no setting is missing, the names in the tables exist, in the files to which they link, each name in the column
// "Here" is used by a test of its line, and each test of the line uses one of them.
func TestEverySettingHasItsFieldAndItsTest(t *testing.T) {
	source := newSource(t)
	var names []string
	for _, line := range table(t, "| Setting | Here | What differs | Shown by |") {
		setting, here, shown := line[0], links(line[1]), links(line[3])
		names = append(names, setting)
		assert.NotEmpty(t, here, setting)
		assert.NotEmpty(t, shown, setting)
		used := map[string]bool{} // by some test
		for _, test := range shown {
			byTest := source.usedBy(test)
			maps.Copy(used, byTest)
			assert.True(t, slices.ContainsFunc(here, func(name link) bool { return byTest[source.declaration(name)] }), "%s: %s uses nothing of this line", setting, test.text)
		}
		for _, name := range here {
			assert.True(t, used[source.declaration(name)], "%s: no test of this line uses %s", setting, name.text)
		}
	}
	require.ElementsMatch(t, settings, names)

	names = nil
	for _, line := range table(t, "| Setting | Why there is none |") {
		names = append(names, line[0])
		assert.NotEmpty(t, line[1], line[0])
	}
	require.ElementsMatch(t, settingsWithoutEquivalent, names)
}

// TestAUseIsOfThatVeryName: what another type calls the same is none, nor what another test of the file uses.
func TestAUseIsOfThatVeryName(t *testing.T) {
	source := newSource(t)
	used := source.usedBy(link{"TestApplications", "settings_test.go"})
	for _, c := range []struct {
		file, name string
		want       bool
	}{
		{"auth/dispatch.go", "auth.Application.ID", true},
		{"auth/dispatch.go", "auth.ByHeader", true},
		{"auth/basic.go", "auth.BasicConfig.Header", true}, // in a helper
		{"store/client.go", "store.Client.ID", false},
		{"oauth/verifier.go", "oauth.VerifierConfig.Header", false},
		{"auth/pathroles.go", "auth.NewPathRoles", false},
		{"store/sqlstore/user.go", "sqlstore.Store.UserByID", false},
	} {
		require.Equal(t, c.want, used[source.declaration(link{c.name, filepath.FromSlash("../../" + c.file)})], c.name)
	}
}

// TestTheLinksOfTheReadmeLead somewhere.
func TestTheLinksOfTheReadmeLead(t *testing.T) {
	text := readme(t)
	for _, m := range regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`).FindAllStringSubmatch(text, -1) {
		_, err := os.Stat(filepath.FromSlash(m[1]))
		require.NoError(t, err)
	}
	named := regexp.MustCompile("`(-[a-z-]+)[` ]").FindAllStringSubmatch(text, -1)
	require.NotEmpty(t, named)
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	for _, m := range named {
		flag := strings.TrimPrefix(m[1], "-")
		require.Contains(t, string(source), `"`+flag+`"`, "the program has the flag -%s", flag)
	}
}

// TestTheProgramsOfTheReadmeAreThoseOfTheTests: pieces of Go in the README are, line by line, in the tests. Readers paste them, so none may switch a
// protection off.
func TestTheProgramsOfTheReadmeAreThoseOfTheTests(t *testing.T) {
	tested := map[string]bool{}
	for _, file := range []string{"service_test.go", "move_test.go"} {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range strings.Lines(string(source)) {
			tested[strings.TrimSpace(line)] = true
		}
	}
	pieces := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readme(t), -1)
	require.NotEmpty(t, pieces)
	for _, piece := range pieces {
		require.NotRegexp(t, "Skip|Insecure", piece[1])
		for line := range strings.Lines(piece[1]) {
			require.True(t, tested[strings.TrimSpace(line)], line)
		}
	}
}

// TestTheStatementOfTheReadmeCountsOldFormats, whichever they are, and nobody else.
func TestTheStatementOfTheReadmeCountsOldFormats(t *testing.T) {
	statements := regexp.MustCompile("`(SELECT [^`]+)`").FindAllStringSubmatch(readme(t), -1)
	require.Len(t, statements, 1)
	hasher, err := password.New(password.Config{})
	require.NoError(t, err)
	current, err := hasher.Hash("topsecret")
	require.NoError(t, err)
	for _, b := range backends {
		t.Run(b.dialect.String(), func(t *testing.T) {
			to := newTarget(t, b)
			require.NoError(t, to.Migrate(t.Context()))
			for id, hash := range map[string]string{"1": drupal7Hash, "2": bcryptHash, "3": current, "4": ""} {
				require.NoError(t, to.PutUser(t.Context(), store.User{ID: id, Name: "user " + id, PasswordHash: hash, Active: true}))
			}
			var count int
			statement := strings.Replace(statements[0][1], " "+sqlstore.DefaultTablePrefix, " "+to.prefix, 1)
			require.NoError(t, to.db.QueryRowContext(t.Context(), statement).Scan(&count), statement)
			require.Equal(t, 2, count)
		})
	}
}
