package auth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/authtest"
	"github.com/apiauth-go/apiauth/store"
)

func TestNamesAreCutInEventsSoThatNoAuditRecordIsTooLongToBeKept(t *testing.T) {
	long := strings.Repeat("é", 1000)
	var got auth.Event
	sink := auth.EventFunc(func(_ context.Context, e auth.Event) error { got = e; return nil })
	everybody := authtest.As(t, auth.Identity{UserID: long, Name: long, ClientID: long, Application: long})
	endpoint := auth.NewEndpoint(auth.EndpointConfig{Events: sink, Application: long}, func(r *http.Request) (*auth.Reply, error) {
		auth.NoteUser(r.Context(), store.User{ID: long, Name: long})
		auth.NoteClient(r.Context(), long)
		return &auth.Reply{Status: 200}, nil
	})
	for way, h := range map[string]http.Handler{"route": auth.Require(everybody, &auth.Options{Events: sink})(nothing), "endpoint": endpoint} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/", nil))
		require.Equal(t, 200, w.Code)
		for name, text := range map[string]string{"user": got.User, "user id": got.UserID, "client": got.ClientID, "application": got.Application} {
			require.Equal(t, long[:1024], text, "%s, %s", way, name)
		}
	}
}
