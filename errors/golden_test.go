package errors_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// goldenRoot holds testdata/golden/<profile>/<method>/<CODE>.<status>.json: the exact bytes that clients of the documented
// systems compare. The files were made from the published tables and not by this package.
const goldenRoot = "testdata/golden"

// goldenUser is the user on record in golden files whose text names one.
const goldenUser = "my_username"

func profiles() map[string]autherr.Renderer {
	return map[string]autherr.Renderer{
		"2025":              autherr.Profile2025(nil),
		"2025-service-json": autherr.Profile2025(&autherr.ProfileOptions{ServiceTokenJSON: true}),
		"legacy":            autherr.ProfileLegacy(nil),
		"rfc":               autherr.ProfileRFC(),
		"services":          autherr.ProfileServices(),
	}
}

type golden struct {
	profile string
	method  autherr.Method
	code    autherr.Code
	status  int
	body    string
}

func readGolden(t *testing.T) []golden {
	var all []golden
	require.NoError(t, filepath.WalkDir(goldenRoot, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(goldenRoot, path)
		require.NoError(t, err)
		parts := strings.Split(filepath.ToSlash(rel), "/")
		require.Len(t, parts, 3, path)
		name := strings.Split(parts[2], ".")
		require.Len(t, name, 3, path)
		status, err := strconv.Atoi(name[1])
		require.NoError(t, err, path)
		body, err := os.ReadFile(path)
		require.NoError(t, err)
		method := autherr.Method(parts[1])
		if method == "any" {
			method = autherr.MethodAny
		}
		all = append(all, golden{parts[0], method, autherr.Code(name[0]), status, string(body)})
		return nil
	}))
	require.NotEmpty(t, all)
	return all
}

func TestEveryGoldenBodyIsRenderedByteForByte(t *testing.T) {
	renderers := profiles()
	for _, g := range readGolden(t) {
		rd := renderers[g.profile]
		require.NotNil(t, rd, "testdata for an unknown profile %q", g.profile)
		got := rd.Render(&autherr.Error{Code: g.code, Method: g.method, User: goldenUser})
		name := g.profile + "/" + string(g.method) + "/" + string(g.code)
		require.Equal(t, g.status, got.Status, name)
		require.Equal(t, g.body, string(got.Body), name)
	}
}

func TestNoDocumentedRowLacksAGoldenBody(t *testing.T) {
	have := make(map[string]bool)
	for _, g := range readGolden(t) {
		have[g.profile+"/"+string(g.method)+"/"+string(g.code)] = true
	}
	rows := autherr.DocumentedRows()
	require.Greater(t, len(rows), 40)
	for _, r := range rows {
		for _, profile := range []string{"2025", "legacy", "rfc", "services"} {
			if r.Code == autherr.MissingHeader && profile == "legacy" {
				continue // the older system has no such header
			}
			require.True(t, have[profile+"/"+string(r.Method)+"/"+string(r.Code)], "%s lacks %s/%s", profile, r.Method, r.Code)
		}
	}
	for _, code := range ownCodes {
		for _, m := range autherr.AllMethods() {
			for _, profile := range []string{"2025", "legacy"} {
				require.True(t, have[profile+"/"+string(m)+"/"+string(code)], "%s lacks %s/%s", profile, m, code)
			}
		}
		for _, profile := range []string{"rfc", "services"} {
			require.True(t, have[profile+"//"+string(code)], "%s lacks %s", profile, code)
		}
	}
}

// ownCodes are those that the manuals lack.
var ownCodes = []autherr.Code{
	autherr.UnsupportedGrantType, autherr.UnauthorizedClient, autherr.MissingGrantType, autherr.MissingPassword,
	autherr.MissingClientID, autherr.MissingClientSecret, autherr.InvalidRequest, autherr.InvalidScope,
	autherr.InvalidRefreshToken, autherr.InvalidToken, autherr.UnsupportedTokenType, autherr.AccessDenied,
	autherr.TooManyRequests, autherr.ServiceUnavailable, autherr.InsecureTransport, autherr.InternalError,
}
