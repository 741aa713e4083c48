package oauth

import (
	"net/http"

	"github.com/apiauth-go/apiauth/auth/outbound"
	"github.com/apiauth-go/apiauth/store"
)

// GrantScopes reads the parameter scope.
var GrantScopes = func(client store.Client, param string) ([]string, error) { return grantScopes(client, param) }

// ReadUserInfo reads an answer of a user-info endpoint.
func ReadUserInfo(status int, contentType string, body []byte, attribute string) (name string, err error) {
	k, err := readUserInfo(&outbound.Answer{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: body}, attribute)
	if err != nil {
		return "", err
	}
	return k.name, nil
}
