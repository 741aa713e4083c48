package interop

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

const parallel = 100

// counter counts the requests to the token endpoint, and those with each token to others.
type counter struct {
	mu       sync.Mutex
	requests int
	used     map[string]int
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	if r.URL.Path == tokenPath {
		c.requests++
	} else {
		c.used[r.Header.Get("Authorization")]++
	}
	c.mu.Unlock()
	return http.DefaultTransport.RoundTrip(r)
}

// together calls f in so many goroutines at once.
func together(n int, f func()) {
	gate := make(chan struct{})
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			<-gate
			f()
		})
	}
	close(gate)
	wg.Wait()
}

// goClient returns a client of the example server, a context whose requests are counted, and what a grant gave.
func goClient(t *testing.T, base string) (context.Context, *counter, *oauth2.Config, *oauth2.Token) {
	t.Helper()
	cfg := goConfig(base, oauthJob{ID: clientID, Secret: clientSecret, Auth: "basic"})
	cfg.Scopes = []string{"profile"}
	token, err := cfg.PasswordCredentialsToken(t.Context(), userName, userPass)
	require.NoError(t, err)
	token.Expiry = time.Unix(1, 0)
	c := &counter{used: map[string]int{}}
	return context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: c}), c, cfg, token
}

// Goroutines that share a token source, as those of one program should, make one refresh between them.
func TestGoroutinesThatShareATokenSourceRefreshOnce(t *testing.T) {
	base := startServer(t, buildServer(t), "-profile", "rfc", "-client-id", clientID, "-client-secret", clientSecret)
	ctx, sent, cfg, old := goClient(t, base)
	client := oauth2.NewClient(ctx, oauth2.ReuseTokenSource(old, cfg.TokenSource(ctx, old)))
	together(parallel, func() {
		if _, err := goUse(client, base+"/profile"); err != nil {
			t.Error(err)
		}
	})
	require.Equal(t, 1, sent.requests)
	require.Len(t, sent.used, 1)
	for token, n := range sent.used {
		require.NotEqual(t, "Bearer "+old.AccessToken, token)
		require.Equal(t, parallel, n)
	}
}

// Programs that share a refresh token, as a thief does with its owner, get one token between them, and lose it: what is used twice
// is stolen.
func TestOneOfManyWhoShareARefreshTokenWinsAndAllLose(t *testing.T) {
	base := startServer(t, buildServer(t), "-profile", "rfc", "-client-id", clientID, "-client-secret", clientSecret)
	ctx, sent, cfg, old := goClient(t, base)

	var mu sync.Mutex
	var won []*oauth2.Token
	together(parallel, func() {
		token, err := cfg.TokenSource(ctx, old).Token()
		if err == nil {
			mu.Lock()
			defer mu.Unlock()
			won = append(won, token)
			return
		}
		var refused *oauth2.RetrieveError
		if !errors.As(err, &refused) || refused.ErrorCode != "invalid_grant" || refused.Response.StatusCode != http.StatusBadRequest {
			t.Error(err)
		}
	})
	require.Equal(t, parallel, sent.requests)
	require.Len(t, won, 1)
	res, body := use(t, base+"/profile", won[0].AccessToken)
	require.Equal(t, http.StatusUnauthorized, res.StatusCode, body)
	won[0].Expiry = time.Unix(1, 0)
	_, err := cfg.TokenSource(ctx, won[0]).Token()
	require.ErrorContains(t, err, "invalid_grant")
}
