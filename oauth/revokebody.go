package oauth

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"unicode/utf8"

	autherr "github.com/apiauth-go/apiauth/errors"
)

// readRevokeBody returns the parameters of a revocation, sent as a form or as a JSON object.
func readRevokeBody(r *http.Request) (form, error) {
	media := mediaType(r)
	if media != mediaForm && media != mediaJSON {
		return nil, unsupportedMedia(autherr.MethodRevoke)
	}
	body, err := readBody(r, autherr.MethodRevoke)
	if err != nil {
		return nil, err
	}
	if media == mediaJSON {
		return parseRevokeJSON(body)
	}
	return parseForm(string(body), autherr.MethodRevoke, revokeParams)
}

// parseRevokeJSON reads one JSON object in UTF-8, and nothing after it, whose member names are all different. Names are compared exactly, which
// encoding/json does not do for structs. Unknown members are ignored; known ones must be strings, or null for
// absent.
func parseRevokeJSON(body []byte) (form, error) {
	const method = autherr.MethodRevoke
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, invalid(method, "the body is not one JSON text")
	}
	// From here on the text is known to be well-formed, so no call below fails but for what is checked.
	d := json.NewDecoder(bytes.NewReader(body))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, invalid(method, "the body is not a JSON object")
	}
	f := make(form, len(revokeParams))
	seen := make(map[string]bool, len(revokeParams))
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		var value json.RawMessage
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil || !ok || seen[name] {
			return nil, invalid(method, "a member of the JSON object is repeated")
		}
		seen[name] = true
		if !slices.Contains(revokeParams, name) {
			continue
		}
		var text string
		if json.Unmarshal(value, &text) != nil { // null leaves it empty, which is absent
			return nil, invalid(method, "member "+name+" is not a string")
		}
		if err := f.set(method, revokeParams, name, text); err != nil {
			return nil, err
		}
	}
	return f, nil
}
