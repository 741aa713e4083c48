package errors_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// sink is a ResponseWriter that keeps nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}

func refuseInto(s *sink, r *http.Request, rd autherr.Renderer, err error, list []autherr.Challenge) {
	clear(s.header)
	autherr.Respond(s, r, rd, err, list...)
}

// costlyRefusals are documented answers that cost the most: challenges, parameters, names.
var costlyRefusals = map[string]*autherr.Error{
	"401":       autherr.New(autherr.MethodBasic, autherr.InvalidCredentials, io.EOF),
	"401bearer": autherr.New(autherr.MethodOAuth, autherr.TokenExpired, io.EOF),
	"403scope":  {Code: autherr.AccessDenied, Method: autherr.MethodOAuth, Scope: "read write"},
	"403user":   {Code: autherr.UserBlocked, Method: autherr.MethodBasic, User: "my_username"},
	"405":       autherr.New(autherr.MethodOAuth, autherr.InvalidHTTPMethod, nil),
	"503":       autherr.Unavailable(autherr.MethodOAuth, io.EOF),
}

func TestADocumentedRefusalTakesFewAllocations(t *testing.T) {
	list := allChallenges(t)
	r := httptest.NewRequest("GET", "/", nil)
	s := &sink{make(http.Header)}
	for profile, rd := range profiles() {
		for name, err := range costlyRefusals {
			refuseInto(s, r, rd, err, list) // makes the table
			allocs := testing.AllocsPerRun(100, func() { refuseInto(s, r, rd, err, list) })
			require.LessOrEqual(t, allocs, 8.0, "%s/%s", profile, name)
		}
	}
	withDefault := testing.AllocsPerRun(100, func() { refuseInto(s, r, nil, costlyRefusals["401"], list) })
	require.LessOrEqual(t, withDefault, 8.0)
}

func BenchmarkRender(b *testing.B) {
	for _, profile := range []string{"2025", "legacy", "rfc", "services"} {
		rd := profiles()[profile]
		for _, name := range []string{"401", "403user"} {
			b.Run(profile+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					rd.Render(costlyRefusals[name])
				}
			})
		}
	}
}

func BenchmarkRespond(b *testing.B) {
	var list []autherr.Challenge
	for _, make := range []func(string) (autherr.Challenge, error){autherr.BasicChallenge, autherr.BearerChallenge} {
		c, err := make("Example API")
		if err != nil {
			b.Fatal(err)
		}
		list = append(list, c)
	}
	r := httptest.NewRequest("GET", "/", nil)
	s := &sink{make(http.Header)}
	for _, profile := range []string{"2025", "rfc"} {
		rd := profiles()[profile]
		for _, name := range []string{"401", "401bearer", "503"} {
			b.Run(profile+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					refuseInto(s, r, rd, costlyRefusals[name], list)
				}
			})
		}
	}
}
