package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
)

// The parts of a collection that are used here, see https://schema.postman.com/collection/json/v2.1.0/docs/index.html.
type (
	postmanCollection struct {
		Info postmanInfo     `json:"info"`
		Item []postmanFolder `json:"item"`
	}
	postmanInfo struct {
		ID          string `json:"_postman_id"`
		Name        string `json:"name"`
		Description string `json:"description"`
		Schema      string `json:"schema"`
	}
	postmanFolder struct {
		Name        string        `json:"name"`
		ID          string        `json:"id"`
		Description string        `json:"description"`
		Item        []postmanItem `json:"item"`
	}
	postmanItem struct {
		Name    string         `json:"name"`
		ID      string         `json:"id"`
		Event   []postmanEvent `json:"event"`
		Request postmanRequest `json:"request"`
	}
	postmanEvent struct {
		Listen string        `json:"listen"`
		Script postmanScript `json:"script"`
	}
	postmanScript struct {
		ID   string   `json:"id"`
		Type string   `json:"type"`
		Exec []string `json:"exec"`
	}
	postmanRequest struct {
		Auth        postmanAuth  `json:"auth"`
		Method      string       `json:"method"`
		Header      []pair       `json:"header"`
		Body        *postmanBody `json:"body,omitempty"`
		URL         postmanURL   `json:"url"`
		Description string       `json:"description"`
	}
	postmanAuth struct {
		Type   string         `json:"type"`
		Basic  []postmanField `json:"basic,omitempty"`
		Bearer []postmanField `json:"bearer,omitempty"`
	}
	postmanField struct {
		Key   string `json:"key"`
		Value string `json:"value"`
		Type  string `json:"type"`
	}
	postmanBody struct {
		Mode       string `json:"mode"`
		URLEncoded []pair `json:"urlencoded,omitempty"`
		Raw        string `json:"raw,omitempty"`
	}
	postmanURL struct {
		Raw  string   `json:"raw"`
		Host []string `json:"host"`
		Path []string `json:"path"`
	}
)

// pair is a header field or a member of a form.
type pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// collectionID is that of this collection for ever, so that an import replaces the one before.
const collectionID = "6f0a4e2c-95a1-4c5b-8f43-2d3b1c7e9a10"

// stableID returns a UUID that depends on what it names only.
func stableID(of ...string) string {
	sum := sha256.Sum256([]byte(collectionID + "\x00" + strings.Join(of, "\x00")))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8 of RFC 9562: of the maker's own design
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func marshalCollection(folders []folder) ([]byte, error) {
	c := postmanCollection{Info: postmanInfo{
		ID: collectionID, Name: "apiauth", Schema: "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
		Description: "Every request of REST & JSON API Authentication and of Services Token, and every error of theirs that a request can provoke (profile 2025), against the example server of apiauth. " +
			"Run it from the top to the bottom: later requests use tokens that earlier ones got. The README beside this file says how.",
	}}
	for _, f := range folders {
		out := postmanFolder{Name: f.name, ID: stableID(f.name), Description: f.about}
		for _, r := range f.requests {
			item, err := r.item(f.name)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", f.name, r.name, err)
			}
			out.Item = append(out.Item, item)
		}
		c.Item = append(c.Item, out)
	}
	return marshal(c)
}

// item returns the request as Postman has it.
func (r *request) item(folder string) (postmanItem, error) {
	tests, err := r.want.script()
	if err != nil {
		return postmanItem{}, err
	}
	out := postmanItem{Name: r.name, ID: stableID(folder, r.name), Request: postmanRequest{
		Auth: r.auth.postman(), Method: r.method, Header: []pair{}, Description: r.about,
		URL: postmanURL{Raw: r.server + r.path, Host: []string{r.server}, Path: strings.Split(strings.TrimPrefix(r.path, "/"), "/")},
	}}
	for _, script := range []struct {
		when  string
		lines []string
	}{{"prerequest", r.before}, {"test", tests}} {
		if len(script.lines) > 0 {
			out.Event = append(out.Event, postmanEvent{script.when, postmanScript{stableID(folder, r.name, script.when), "text/javascript", script.lines}})
		}
	}
	if r.app != "" {
		out.Request.Header = append(out.Request.Header, pair{"AUTH-METHOD", r.app})
	}
	out.Request.Header = append(out.Request.Header, r.headers...)
	switch {
	case r.form != nil:
		out.Request.Body = &postmanBody{Mode: "urlencoded", URLEncoded: r.form}
	case r.json != "":
		out.Request.Header = append(out.Request.Header, pair{"Content-Type", "application/json"})
		out.Request.Body = &postmanBody{Mode: "raw", Raw: r.json}
	}
	return out, nil
}

// postman returns the tab "Authorization" of a request.
func (a credentials) postman() postmanAuth {
	text := func(key, value string) postmanField { return postmanField{key, value, "string"} }
	switch {
	case a.bearer != "":
		return postmanAuth{Type: "bearer", Bearer: []postmanField{text("token", a.bearer)}}
	case a != credentials{}:
		return postmanAuth{Type: "basic", Basic: []postmanField{text("username", a.user), text("password", a.password)}}
	}
	return postmanAuth{Type: "noauth"}
}

// marshal prints v as Postman exports it.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	err := e.Encode(v)
	return b.Bytes(), err
}
