package main

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// printer is a service that knows nothing of authentication: it prints the request, with the fields that could say who is calling.
func printer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=60")
	fmt.Fprintln(w, r.Method, r.URL)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if isStripped(name) && !strings.HasPrefix(name, "X-Forwarded-") {
			fmt.Fprintf(w, "%s: %s\n", name, strings.Join(r.Header[name], " | "))
		}
	}
}

// encode returns the name and the API key as they are sent in the API-KEY field.
func encode(name, key string) string {
	return base64.StdEncoding.EncodeToString([]byte(name + ":" + key))
}
