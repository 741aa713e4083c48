package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/examples/internal/readme"
)

func TestTheCommandsOfTheReadmePrintWhatItShows(t *testing.T) {
	s, err := newService(t.Context(), config{})
	require.NoError(t, err)
	readme.Run(t, s.handler, "KEY="+s.key)
}

// ask sends ada's password of the office, to an application if it is not empty, and returns the answer.
func ask(t *testing.T, cfg config, application ...string) (int, string) {
	t.Helper()
	s, err := newService(t.Context(), cfg)
	require.NoError(t, err)
	server := httptest.NewServer(s.handler)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/me", nil)
	require.NoError(t, err)
	r.SetBasicAuth("ada", "topsecret")
	r.Header["Auth-Method"] = application
	resp, err := server.Client().Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}

func TestTheDefaultIsForRequestsWithoutTheHeaderOnly(t *testing.T) {
	status, body := ask(t, config{fallback: office})
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "ada by 0ff1ce01 (basic)\n", body)

	for _, wrong := range [][]string{{"nothing"}, {""}, {office, office}, {office + "," + devices}, {"0FF1CE01"}} {
		status, body := ask(t, config{fallback: office}, wrong...)
		require.Equal(t, http.StatusBadRequest, status, "%q", wrong)
		require.Contains(t, body, "INVALID_APPLICATION_ID")
	}
	_, body = ask(t, config{fallback: shop})
	require.Contains(t, body, "must be the type of Bearer Token", "the default is as strict as any")
}

func TestAnApplicationThatIsSwitchedOffDoesNotExist(t *testing.T) {
	_, off := ask(t, config{off: office}, office)
	_, unknown := ask(t, config{}, "nothing")
	require.Equal(t, unknown, off)

	_, body := ask(t, config{off: office, fallback: office})
	require.Contains(t, body, "MISSING_HEADER", "nor is it the default")

	status, _ := ask(t, config{off: devices}, office)
	require.Equal(t, http.StatusOK, status, "the others go on")
}

func TestAFlagThatNamesNoApplicationEndsTheProgram(t *testing.T) {
	for _, cfg := range []config{{fallback: "nothing"}, {off: "nothing"}} {
		_, err := newService(t.Context(), cfg)
		require.ErrorContains(t, err, "none of the applications")
	}
}

func TestTheLimitsOfOneApplicationAreNotThoseOfAnother(t *testing.T) {
	s, err := newService(t.Context(), config{})
	require.NoError(t, err)
	server := httptest.NewServer(s.handler)
	defer server.Close()
	send := func(method, path, application, password string) int {
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
		require.NoError(t, err)
		r.SetBasicAuth("ada", password)
		r.Header.Set("AUTH-METHOD", application)
		resp, err := server.Client().Do(r)
		require.NoError(t, err)
		resp.Body.Close()
		return resp.StatusCode
	}
	for i := range 3 {
		require.Equal(t, http.StatusUnauthorized, send("GET", "/me", office, "wrong "+strconv.Itoa(i)))
	}
	require.Equal(t, http.StatusTooManyRequests, send("GET", "/me", office, "topsecret"))
	require.Equal(t, http.StatusOK, send("POST", "/rest_api/id_token", shop, "another password"))
}
