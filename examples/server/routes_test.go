package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPageIsJSON(t *testing.T) {
	s := startServer(t)
	for media, status := range map[string]int{
		"application/json": 201, "application/json; charset=utf-8": 201, "Application/JSON": 201,
		"": 415, "text/plain": 415, "application/x-www-form-urlencoded": 415, "application/json, text/plain": 415, "application/jsonx": 415,
	} {
		r, err := http.NewRequest(http.MethodPost, s.base+"/node", strings.NewReader(`{"title":"Hello"}`))
		require.NoError(t, err)
		r.SetBasicAuth("my_username", "topsecret")
		if media != "" {
			r.Header.Set("Content-Type", media)
		}
		resp, err := s.http.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		resp.Body.Close()
		require.Equal(t, status, resp.StatusCode, "%q: %s", media, body)
	}
}

func TestEveryIDIsWrittenAsJSON(t *testing.T) {
	for id, want := range map[string]any{
		"1": 1.0, "0": 0.0, "01": "01", "-1": "-1", "": "", "99999999999999999999": "99999999999999999999",
		"a\x00b\x7f": "a\x00b\x7f", "\x1b[31m": "\x1b[31m", "\u2028\U000e0001": "\u2028\U000e0001", `"\`: `"\`,
	} {
		var got any
		require.NoError(t, json.Unmarshal(uid(id), &got), "%q", id)
		require.Equal(t, want, got, "%q", id)
	}
}
