package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/storage"
)

// defaultBcryptCost is the cost with which fosite hashes client secrets unless told otherwise.
const defaultBcryptCost = fosite.DefaultBCryptWorkFactor

// serveFosite hashes client secrets with SHA-256, as the others do here.
func serveFosite(m *authMaterial) (*authServer, error) {
	digest := sha256.Sum256([]byte(m.secret))
	return serveFositeWith(digest[:], &fosite.Config{ClientSecretsHasher: sha256Hasher{}})
}

// serveFositeWithBcrypt is fosite as it comes.
func serveFositeWithBcrypt(m *authMaterial) (*authServer, error) {
	return serveFositeWith(m.bcrypt, &fosite.Config{})
}

// serveFositeWith enables what is needed and nothing else: with more, each request takes longer.
func serveFositeWith(secretHash []byte, cfg *fosite.Config) (*authServer, error) {
	cfg.GlobalSecret = make([]byte, 32)
	rand.Read(cfg.GlobalSecret)
	cfg.AccessTokenLifespan = issuedLifetime
	client := &fosite.DefaultClient{ID: clientID, Secret: secretHash, GrantTypes: []string{"client_credentials"}}
	db := storage.NewMemoryStore()
	db.Clients[clientID] = client
	strategy := compose.NewOAuth2HMACStrategy(cfg)
	provider := compose.Compose(cfg, db, strategy, compose.OAuth2ClientCredentialsGrantFactory, compose.OAuth2TokenIntrospectionFactory)
	return &authServer{
		endpoint: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx := r.Context()
			request, err := provider.NewAccessRequest(ctx, r, &fosite.DefaultSession{})
			if err != nil {
				provider.WriteAccessError(ctx, w, request, err)
				return
			}
			response, err := provider.NewAccessResponse(ctx, request)
			if err != nil {
				provider.WriteAccessError(ctx, w, request, err)
				return
			}
			provider.WriteAccessResponse(ctx, w, request, response)
		}),
		give: func(user int, expires time.Time) (string, error) {
			ctx := context.Background()
			session := &fosite.DefaultSession{Subject: userID(user)}
			session.SetExpiresAt(fosite.AccessToken, expires.UTC())
			request := fosite.NewAccessRequest(session)
			request.Client = client
			token, signature, err := strategy.GenerateAccessToken(ctx, request)
			if err != nil {
				return "", err
			}
			return token, db.CreateAccessTokenSession(ctx, signature, request.Sanitize(nil))
		},
		protect: guard(func(r *http.Request) (any, error) {
			_, request, err := provider.IntrospectToken(r.Context(), fosite.AccessTokenFromRequest(r), fosite.AccessToken, &fosite.DefaultSession{})
			return request, err
		}),
		who: func(r *http.Request) string {
			request, ok := r.Context().Value(claimsKey{}).(fosite.AccessRequester)
			if !ok {
				return ""
			}
			return request.GetSession().GetSubject()
		},
	}, nil
}

// sha256Hasher is a fosite.Hasher for secrets that nobody can guess.
type sha256Hasher struct{}

var errOtherSecret = errors.New("another secret")

func (sha256Hasher) Compare(_ context.Context, hash, secret []byte) error {
	digest := sha256.Sum256(secret)
	if subtle.ConstantTimeCompare(digest[:], hash) != 1 {
		return errOtherSecret
	}
	return nil
}

func (sha256Hasher) Hash(_ context.Context, secret []byte) ([]byte, error) {
	digest := sha256.Sum256(secret)
	return digest[:], nil
}
