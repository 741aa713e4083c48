package oauth

import (
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth/outbound"
)

// Knowledge is what an answer says.
type Knowledge struct {
	Name               string
	Scopes             []string
	NotBefore, Expires time.Time
}

// ReadIntrospection reads an answer with status 200 for an audience and a scope.
func ReadIntrospection(body []byte, audience, scope string) (*Knowledge, error) {
	k, err := (&introspection{audience: []string{audience}, scopes: []string{scope}, username: "username"}).read(&outbound.Answer{
		Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: body,
	})
	if err != nil {
		return nil, err
	}
	return &Knowledge{k.name, k.scopes, k.notBefore, k.expires}, nil
}

// ReadObject returns the members of a JSON object as texts.
func ReadObject(body []byte) (map[string]string, error) {
	m, err := readObject(body, nil)
	if err != nil {
		return nil, err
	}
	texts := make(map[string]string)
	for name, value := range m {
		texts[name] = string(value)
	}
	return texts, nil
}

// Remembered returns how many answers are in the cache.
func (v *IntrospectionVerifier) Remembered() (n int) {
	for i := range v.external.cache.places {
		if v.external.cache.places[i].Load() != nil {
			n++
		}
	}
	return n
}
