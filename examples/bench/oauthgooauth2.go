package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"sync"
	"time"

	"github.com/go-oauth2/oauth2/v4"
	"github.com/go-oauth2/oauth2/v4/generates"
	"github.com/go-oauth2/oauth2/v4/manage"
	"github.com/go-oauth2/oauth2/v4/models"
	"github.com/go-oauth2/oauth2/v4/server"
	oauth2store "github.com/go-oauth2/oauth2/v4/store"
)

// serveGoOAuth2 keeps tokens in the memory store that comes with the library.
func serveGoOAuth2(m *authMaterial) (*authServer, error) {
	tokens, err := oauth2store.NewMemoryTokenStore()
	if err != nil {
		return nil, err
	}
	return serveGoOAuth2From(m, tokens)
}

// serveGoOAuth2FromMap shows what the library takes with a store that costs next to nothing.
func serveGoOAuth2FromMap(m *authMaterial) (*authServer, error) {
	return serveGoOAuth2From(m, &mapTokenStore{})
}

func serveGoOAuth2From(m *authMaterial, tokens oauth2.TokenStore) (*authServer, error) {
	client := &hashedClient{Client: models.Client{ID: clientID}, digest: sha256.Sum256([]byte(m.secret))}
	clients := oauth2store.NewClientStore()
	if err := clients.Set(clientID, client); err != nil {
		return nil, err
	}
	manager := manage.NewDefaultManager()
	manager.MapClientStorage(clients)
	manager.MapTokenStorage(tokens)
	manager.SetClientTokenCfg(&manage.Config{AccessTokenExp: issuedLifetime})
	srv := server.NewDefaultServer(manager)
	srv.SetClientInfoHandler(server.ClientFormHandler)
	return &authServer{
		endpoint: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := srv.HandleTokenRequest(w, r); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		}),
		give: func(user int, expires time.Time) (string, error) {
			const lifetime = 24 * time.Hour
			info := models.NewToken()
			info.SetClientID(clientID)
			info.SetUserID(userID(user))
			info.SetAccessCreateAt(expires.Add(-lifetime))
			info.SetAccessExpiresIn(lifetime)
			token, _, err := generates.NewAccessGenerate().Token(context.Background(), &oauth2.GenerateBasic{
				Client: client, UserID: userID(user), CreateAt: time.Now(), TokenInfo: info,
			}, false)
			if err != nil {
				return "", err
			}
			info.SetAccess(token)
			return token, tokens.Create(context.Background(), info)
		},
		protect: guard(func(r *http.Request) (any, error) { return srv.ValidationBearerToken(r) }),
		who: func(r *http.Request) string {
			info, ok := r.Context().Value(claimsKey{}).(oauth2.TokenInfo)
			if !ok {
				return ""
			}
			return info.GetUserID()
		},
	}, nil
}

// hashedClient keeps a hash in place of the secret, as everybody does here.
type hashedClient struct {
	models.Client
	digest [sha256.Size]byte
}

// VerifyPassword implements oauth2.ClientPasswordVerifier.
func (c *hashedClient) VerifyPassword(secret string) bool {
	digest := sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(digest[:], c.digest[:]) == 1
}

// mapTokenStore is the least that is a store of access tokens: it copies nothing and forgets nothing.
type mapTokenStore struct {
	oauth2.TokenStore // nothing else is called

	access sync.Map // oauth2.TokenInfo by access token
}

func (s *mapTokenStore) Create(_ context.Context, info oauth2.TokenInfo) error {
	s.access.Store(info.GetAccess(), info)
	return nil
}

func (s *mapTokenStore) GetByAccess(_ context.Context, access string) (oauth2.TokenInfo, error) {
	info, ok := s.access.Load(access)
	if !ok {
		return nil, nil
	}
	return info.(oauth2.TokenInfo), nil
}
