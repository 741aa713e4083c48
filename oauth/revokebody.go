package oauth

import (
	"encoding/json"
	"net/http"

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

// parseRevokeJSON reads the members of a JSON object. Unknown members are ignored; known ones must be strings, or null for absent.
func parseRevokeJSON(body []byte) (form, error) {
	const method = autherr.MethodRevoke
	object, err := readObject(body, nil)
	if err != nil {
		return nil, autherr.New(method, autherr.InvalidRequest, err)
	}
	f := make(form, len(revokeParams))
	for _, name := range revokeParams {
		value, ok := object[name]
		if !ok {
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
