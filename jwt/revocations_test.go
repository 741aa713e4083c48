package jwt_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
	"github.com/apiauth-go/apiauth/store"
)

// tokenStore is a store whose parts can be made to fail, and which counts its lookups.
type tokenStore struct {
	store.TokenStore
	mu      sync.Mutex
	read    error
	create  error
	lookups int
	ids     []store.TokenID
}

func (s *tokenStore) TokenByID(ctx context.Context, id store.TokenID) (store.Token, error) {
	s.mu.Lock()
	s.lookups++
	err := s.read
	s.mu.Unlock()
	if err != nil {
		return store.Token{}, err
	}
	return s.TokenStore.TokenByID(ctx, id)
}

func (s *tokenStore) CreateTokens(ctx context.Context, tokens ...store.Token) error {
	s.mu.Lock()
	err := s.create
	for _, t := range tokens {
		s.ids = append(s.ids, t.ID)
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.TokenStore.CreateTokens(ctx, tokens...)
}

// revocable is a world with a list of revocations.
type revocable struct {
	*world
	tokens *tokenStore
	list   *jwt.Revocations
}

func newRevocable(t testing.TB, change func(*jwt.VerifierConfig)) *revocable {
	t.Helper()
	r := &revocable{tokens: &tokenStore{TokenStore: newUsers(t)}}
	r.list = must(jwt.NewRevocations(jwt.RevocationsConfig{Tokens: r.tokens, Issuer: issuerName, MaxLifetime: time.Hour}))
	r.world = newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) {
		cfg.Revocations = r.list
		if change != nil {
			change(cfg)
		}
	})
	return r
}

// withAndWithoutCache runs a test with a verifier that remembers tokens and with one that does not. Time stands still but where a test sleeps.
func withAndWithoutCache(t *testing.T, test func(t *testing.T, cache func(*jwt.VerifierConfig))) {
	for _, n := range []int{0, 100} {
		t.Run(strconv.Itoa(n)+" tokens", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, func(cfg *jwt.VerifierConfig) { cfg.CacheTokens = n }) })
		})
	}
}

func TestARevokedTokenIsRefused(t *testing.T) {
	withAndWithoutCache(t, func(t *testing.T, cache func(*jwt.VerifierConfig)) {
		w := newRevocable(t, cache)
		first, second, third := w.issued(), w.issued(), w.issued()
		w.accepts(first)
		w.accepts(first)
		id, err := w.verifier.Verify(t.Context(), first)
		require.NoError(t, err)
		require.NoError(t, w.list.Revoke(t.Context(), id.Claims.(*jwt.Claims)))
		w.refuses(autherr.InvalidToken, first)
		w.refuses(autherr.InvalidToken, first, "and stays so")
		w.accepts(second)

		var claims jwt.Claims
		id, err = w.verifier.Verify(t.Context(), second)
		require.NoError(t, err)
		claims = *id.Claims.(*jwt.Claims)
		require.NoError(t, w.list.RevokeID(t.Context(), claims.ID))
		w.refuses(autherr.InvalidToken, second)
		w.accepts(third)
		require.NoError(t, w.list.Revoke(t.Context(), &claims), "twice is no error")
		require.NoError(t, w.list.RevokeID(t.Context(), claims.ID))

		time.Sleep(time.Hour)
		w.refuses(autherr.TokenExpired, second)
	})
}

func TestAllTokensOfAUserUpToAnInstantAreRevoked(t *testing.T) {
	withAndWithoutCache(t, func(t *testing.T, cache func(*jwt.VerifierConfig)) {
		w := newRevocable(t, cache)
		other := editor()
		other.ID, other.Name = "2", "reader"
		require.NoError(t, w.users.PutUser(t.Context(), other))
		others := must(w.issuer.Issue(t.Context(), other)).Compact

		before := w.issued()
		time.Sleep(time.Second)
		same := w.issued()
		time.Sleep(time.Second)
		after := w.issued()
		for _, token := range []string{before, same, after, others} {
			w.accepts(token)
		}
		require.NoError(t, w.list.RevokeUser(t.Context(), "1", time.Now().Add(-time.Second)))
		w.refuses(autherr.InvalidToken, before)
		w.refuses(autherr.InvalidToken, same, "iat equals the instant")
		w.accepts(after, "issued a second later")
		w.accepts(others)

		// An instant within a second is the whole second: dates in tokens are no finer.
		require.NoError(t, w.list.RevokeUser(t.Context(), "1", time.Now().Add(-time.Nanosecond)))
		w.accepts(after)
		time.Sleep(time.Second / 2)
		late := w.issued() // with an iat that lies half a second back
		require.NoError(t, w.list.RevokeUser(t.Context(), "1", time.Now().Add(-time.Second/4)))
		w.refuses(autherr.InvalidToken, after)
		w.refuses(autherr.InvalidToken, late)
		time.Sleep(time.Second / 2)
		w.accepts(w.issued(), "from the next second on")

		// An earlier instant takes nothing back.
		require.NoError(t, w.list.RevokeUser(t.Context(), "1", time.Now().Add(-time.Minute)))
		w.refuses(autherr.InvalidToken, late)
	})
}

// The iat of other issuers may have a fraction.
func TestTheBoundaryIsExactForFractions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRevocable(t, nil)
		now := time.Now().Unix()
		iat := func(s string) string {
			return w.forge(w.header(), `{"iss":"`+issuerName+`","aud":"`+audience+`","sub":"1","name":"x","stamp":"s1","jti":"j`+s+`","iat":`+s+`,"exp":`+strconv.FormatInt(now+60, 10)+`}`)
		}
		sec := strconv.FormatInt(now, 10)
		next := strconv.FormatInt(now+1, 10)
		require.NoError(t, w.list.RevokeUser(t.Context(), "1", time.Unix(now, 500)))
		for _, s := range []string{sec, sec + ".0000004", sec + ".9999999", strconv.FormatInt(now-1, 10)} {
			w.refuses(autherr.InvalidToken, iat(s), s)
		}
		for _, s := range []string{next, next + ".0", next + ".5"} {
			w.accepts(iat(s), s)
		}
	})
}

// Days begin at midnight, and a revocation must reach over it in both directions.
func TestRevocationsReachOverMidnight(t *testing.T) {
	for _, offset := range []time.Duration{-time.Second, 0, time.Second} {
		synctest.Test(t, func(t *testing.T) { // starts at midnight
			w := newRevocable(t, nil)
			time.Sleep(24*time.Hour - 30*time.Minute)
			yesterday := w.issued()
			claims := must(w.verifier.Verify(t.Context(), yesterday)).Claims.(*jwt.Claims)
			single := w.issued()
			jti := must(w.verifier.Verify(t.Context(), single)).Claims.(*jwt.Claims).ID
			time.Sleep(30*time.Minute + offset)
			today := w.issued()
			require.NoError(t, w.list.RevokeID(t.Context(), jti))
			w.refuses(autherr.InvalidToken, single)
			w.accepts(yesterday)
			w.accepts(today)
			require.NoError(t, w.list.RevokeUser(t.Context(), "1", time.Now()))
			w.refuses(autherr.InvalidToken, yesterday)
			w.refuses(autherr.InvalidToken, today)
			require.NoError(t, w.list.Revoke(t.Context(), claims))
			time.Sleep(time.Second)
			w.accepts(w.issued())
		})
	}
}

// Marks live as long as the last token that they concern, whatever else is purged, revoked or deleted meanwhile.
func TestAMarkLivesAsLongAsItsTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRevocable(t, func(cfg *jwt.VerifierConfig) { cfg.ExpiryLeeway = jwt.MaxLeeway })
		db := w.tokens.TokenStore.(store.TokenPurger)
		token, single := w.issued(), ""
		time.Sleep(time.Minute)
		single = w.issued()
		claims := must(w.verifier.Verify(t.Context(), single)).Claims.(*jwt.Claims)
		require.NoError(t, w.list.RevokeUser(t.Context(), "1", time.Now().Add(-time.Minute)))
		require.NoError(t, w.list.Revoke(t.Context(), claims))
		require.NoError(t, w.tokens.DeleteTokens(t.Context(), store.TokenMatch{UserID: "1"}), "as when he signs out of everything")
		for range 66 {
			must(db.PurgeTokens(t.Context(), time.Now().Add(time.Hour), 1000))
			_, err := w.verifier.Verify(t.Context(), token)
			require.Error(t, err)
			w.refuses(autherr.InvalidToken, single)
			time.Sleep(time.Minute - time.Second)
		}
		for i := range 3 {
			require.NoError(t, w.list.RevokeUser(t.Context(), "1", time.Now().Add(time.Duration(i)*time.Second)))
		}
		time.Sleep(27 * time.Hour)
		n := must(db.PurgeTokens(t.Context(), time.Now(), 1000))
		require.Positive(t, n, "afterwards they go")
		_, err := w.tokens.TokenByID(t.Context(), w.tokens.ids[0])
		require.ErrorIs(t, err, store.ErrNotFound)
	})
}

func TestAnOutageOfTheRevocationsIs503AndNeverASuccess(t *testing.T) {
	down := errors.New("dial tcp 10.0.0.1:5432: connection refused")
	withAndWithoutCache(t, func(t *testing.T, cache func(*jwt.VerifierConfig)) {
		w := newRevocable(t, cache)
		token := w.issued()
		claims := must(w.verifier.Verify(t.Context(), token)).Claims.(*jwt.Claims)
		revoke := map[string]func() error{
			"Revoke":     func() error { return w.list.Revoke(t.Context(), claims) },
			"RevokeID":   func() error { return w.list.RevokeID(t.Context(), claims.ID) },
			"RevokeUser": func() error { return w.list.RevokeUser(t.Context(), "1", time.Now()) },
			"RevokeOwn":  func() error { return w.verifier.RevokeOwn(t.Context(), "1", token) },
		}
		for name, call := range revoke {
			for _, fault := range []error{down, store.ErrFull, store.ErrInvalid, store.ErrExists} {
				w.tokens.create = fault
				err := call()
				require.ErrorIs(t, err, autherr.ServiceUnavailable, name)
				if fault != store.ErrExists {
					require.ErrorIs(t, err, fault, name)
				}
				w.tokens.create = nil
				w.accepts(token, "it is valid still")

				if fault == store.ErrExists {
					continue
				}
				w.tokens.read = fault
				require.ErrorIs(t, call(), autherr.ServiceUnavailable, name)
				w.refuses(autherr.ServiceUnavailable, token, "whether it is revoked is not known")
				w.tokens.read = nil
				w.accepts(token)
			}
		}
		require.NoError(t, revoke["RevokeOwn"]())
		w.refuses(autherr.InvalidToken, token)
	})
}

// otherRecord answers with a record that was not asked for.
type otherRecord struct{ store.TokenStore }

func (otherRecord) TokenByID(_ context.Context, id store.TokenID) (store.Token, error) {
	return store.Token{ID: id, Kind: store.AccessToken}, nil
}

func TestARecordOfAnotherKindIsNoMark(t *testing.T) {
	list := must(jwt.NewRevocations(jwt.RevocationsConfig{Tokens: otherRecord{newUsers(t)}, Issuer: issuerName, MaxLifetime: time.Hour}))
	w := newWorld(t, jwt.HS256, func(cfg *jwt.VerifierConfig) { cfg.Revocations = list })
	w.refuses(autherr.ServiceUnavailable, w.issued())
	require.ErrorIs(t, list.RevokeID(t.Context(), "x"), autherr.ServiceUnavailable)
}

// However many revoke at once, the latest instant is in force once its call has returned, and every earlier one always.
func TestConcurrentRevocationsLoseNoMark(t *testing.T) {
	w := newRevocable(t, nil)
	start := time.Now().Truncate(time.Second).Add(-time.Hour / 2)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 40 {
				at := start.Add(time.Duration((i*7+worker*13)%300) * time.Second)
				if err := w.list.RevokeUser(context.Background(), "1", at); err != nil {
					t.Error(err)
				}
				token := w.token(map[string]any{"iat": at.Unix(), "nbf": at.Unix(), "jti": "j"})
				if _, err := w.verifier.Verify(context.Background(), token); !errors.Is(err, autherr.InvalidToken) {
					t.Errorf("revoked up to %v, and a token of that second has %v", at, err)
				}
			}
		})
	}
	wg.Wait()
	w.accepts(w.token(map[string]any{"iat": start.Unix() + 300, "nbf": start.Unix()}))
}

// A user who signs out every second of an hour does not make his requests expensive.
func TestManyRevocationsCostFewLookups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRevocable(t, nil)
		for range 3600 {
			require.NoError(t, w.list.RevokeUser(t.Context(), "1", time.Now()))
			time.Sleep(time.Second)
		}
		token := w.issued()
		w.tokens.lookups = 0
		w.accepts(token)
		require.Less(t, w.tokens.lookups, 30)
		require.NoError(t, w.list.RevokeUser(t.Context(), "1", time.Now()))
		w.refuses(autherr.InvalidToken, token)

		other := editor()
		other.ID, other.Name = "2", "reader"
		require.NoError(t, w.users.PutUser(t.Context(), other))
		token = must(w.issuer.Issue(t.Context(), other)).Compact
		w.tokens.lookups = 0
		w.accepts(token)
		require.Equal(t, 2, w.tokens.lookups, "the token and its user")
	})
}

// No token lives longer than the marks about it, and a mark is nobody else's.
func TestRevocationsBindTheVerifier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newRevocable(t, nil)
		long := w.token(map[string]any{"exp": time.Now().Add(48 * time.Hour).Unix()})
		w.accepts(long)
		w.refuses(autherr.InvalidToken, w.token(map[string]any{"iat": nil}))
		time.Sleep(time.Hour)
		w.refuses(autherr.TokenExpired, long)

		// The same jti and user of another issuer, and in another order.
		other := must(jwt.NewRevocations(jwt.RevocationsConfig{Tokens: w.tokens, Issuer: "https://other.example", MaxLifetime: time.Hour}))
		token := w.token(map[string]any{"jti": "1"})
		require.NoError(t, other.RevokeID(t.Context(), "1"))
		require.NoError(t, other.RevokeUser(t.Context(), "1", time.Now()))
		w.accepts(token)
		require.NoError(t, w.list.RevokeUser(t.Context(), "j", time.Now()), "a user by the name of a token")
		w.accepts(w.token(map[string]any{"jti": "j"}))
		require.NoError(t, w.list.RevokeID(t.Context(), "1"), "a token by the name of a user")
		w.refuses(autherr.InvalidToken, token)
		w.accepts(w.issued())
	})
}

func TestRevocationsThatMakeNoSense(t *testing.T) {
	db := newUsers(t)
	for want, cfg := range map[string]jwt.RevocationsConfig{
		"Tokens is missing":      {Issuer: "i", MaxLifetime: time.Hour},
		"Issuer is missing":      {Tokens: db, MaxLifetime: time.Hour},
		"MaxLifetime is missing": {Tokens: db, Issuer: "i"},
		"MaxLifetime is over":    {Tokens: db, Issuer: "i", MaxLifetime: jwt.MaxRevocable + 1},
	} {
		r, err := jwt.NewRevocations(cfg)
		require.ErrorContains(t, err, want)
		require.Nil(t, r)
	}
	w := newRevocable(t, nil)
	require.ErrorContains(t, w.list.Revoke(t.Context(), nil), "no jti")
	require.ErrorContains(t, w.list.Revoke(t.Context(), &jwt.Claims{Issuer: issuerName}), "no jti")
	require.ErrorContains(t, w.list.Revoke(t.Context(), &jwt.Claims{Issuer: "x", ID: "j"}), "another issuer")
	require.ErrorContains(t, w.list.RevokeID(t.Context(), ""), "no jti")
	require.ErrorContains(t, w.list.RevokeUser(t.Context(), "", time.Now()), "no user")
	require.ErrorContains(t, w.list.RevokeUser(t.Context(), "1", time.Now().Add(time.Hour)), "in the future")
	require.NoError(t, w.list.RevokeUser(t.Context(), "1", time.Now().Add(-9*time.Hour)), "no such token lives")
	require.Empty(t, w.tokens.ids)

	token := w.token(map[string]any{"jti": "j"})
	require.NoError(t, w.list.Revoke(t.Context(), &jwt.Claims{Issuer: issuerName, ID: "j"}), "without iat, on whatever day it was issued")
	w.refuses(autherr.InvalidToken, token)

	for _, list := range []*jwt.Revocations{nil, new(jwt.Revocations)} {
		require.ErrorIs(t, list.Revoke(t.Context(), &jwt.Claims{ID: "j"}), autherr.InternalError)
		require.ErrorIs(t, list.RevokeID(t.Context(), "j"), autherr.InternalError)
		require.ErrorIs(t, list.RevokeUser(t.Context(), "1", time.Now()), autherr.InternalError)
	}
}

// A revoked token is answered as one whose claims are not acceptable, as documented for the method.
func TestTheAnswerToARevokedToken(t *testing.T) {
	w := newRevocable(t, nil)
	token := w.issued()
	require.NoError(t, w.verifier.RevokeOwn(t.Context(), "1", token))
	h := auth.Require(w.verifier, nil)(http.NotFoundHandler())
	rec := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	h.ServeHTTP(rec, r)
	require.Equal(t, 401, rec.Code)
	require.Equal(t, `{"status":"error","error":"INVALID_TOKEN","error_description":"Invalid Token."}`, rec.Body.String())
	require.Equal(t, `Bearer realm="Example API", error="invalid_token"`, rec.Header().Get("WWW-Authenticate"))
}
