package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/examples/internal/readme"
)

func TestTheCommandsOfTheReadmePrintWhatItShows(t *testing.T) {
	h, err := newHandler(&accounts{openFile(t, filepath.Join(t.TempDir(), "accounts.db"))})
	require.NoError(t, err)
	readme.Run(t, h)
}

// get asks for /me with a password and returns the answer.
func get(t *testing.T, base, name, password string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", base+"/me", nil)
	require.NoError(t, err)
	r.SetBasicAuth(name, password)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, resp.Header, string(body)
}

func TestTheOldHashIsReplacedAtTheFirstLogin(t *testing.T) {
	a := &accounts{openFile(t, filepath.Join(t.TempDir(), "accounts.db"))}
	h, err := newHandler(a)
	require.NoError(t, err)
	server := httptest.NewServer(h)
	defer server.Close()

	status, _, _ := get(t, server.URL, "alan", "wrong")
	require.Equal(t, http.StatusUnauthorized, status)
	u, err := a.UserByID(t.Context(), "17")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(u.PasswordHash, "$2y$"), "who does not know the password changes nothing")

	for range 2 { // with the old hash, and with the new one
		status, _, body := get(t, server.URL, "alan", "topsecret")
		require.Equal(t, http.StatusOK, status, body)
		u, err = a.UserByID(t.Context(), "17")
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(u.PasswordHash, "$argon2id$"))
	}
	require.Equal(t, "1", u.Stamp)
}

func TestAnOutageOfTheDatabaseIsNoRefusal(t *testing.T) {
	db := openFile(t, filepath.Join(t.TempDir(), "accounts.db"))
	h, err := newHandler(&accounts{db})
	require.NoError(t, err)
	server := httptest.NewServer(h)
	defer server.Close()
	require.NoError(t, db.Close())

	status, header, body := get(t, server.URL, "alan", "topsecret")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.NotEmpty(t, header.Get("Retry-After"))
	require.Contains(t, body, "SERVICE_UNAVAILABLE")
}

// A browser that knows the password sends it along with whatever form a page of somebody else makes it send.
func TestAPageOfSomebodyElseChangesNoPassword(t *testing.T) {
	h, err := newHandler(&accounts{openFile(t, filepath.Join(t.TempDir(), "accounts.db"))})
	require.NoError(t, err)
	server := httptest.NewServer(h)
	defer server.Close()
	post := func(field, value string) int {
		r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/password", strings.NewReader("new=topsecret"))
		require.NoError(t, err)
		r.SetBasicAuth("alan", "topsecret")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(field, value)
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		resp.Body.Close()
		return resp.StatusCode
	}
	require.Equal(t, http.StatusForbidden, post("Origin", "https://elsewhere.example"))
	require.Equal(t, http.StatusForbidden, post("Sec-Fetch-Site", "cross-site"))
	require.Equal(t, http.StatusForbidden, post("Sec-Fetch-Site", "same-site"))
	require.Equal(t, http.StatusOK, post("Sec-Fetch-Site", "same-origin"))
	require.Equal(t, http.StatusOK, post("Accept", "*/*"), "which is no browser")
}
