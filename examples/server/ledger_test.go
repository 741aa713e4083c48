package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// ledger compares what is on record with what the clients of a traffic were given.
type ledger struct {
	t        *testing.T
	s        *example
	records  map[store.TokenID]store.Token
	families map[string][]store.Token // those not yet explained
	known    map[store.TokenID]bool
}

// check looks whether the store holds what the clients were given, and for each request whose answer was lost all that it makes or nothing; and
// whether the clients can go on.
func (f *traffic) check(t *testing.T, s *example, db records) {
	t.Helper()
	l := &ledger{t, s, make(map[store.TokenID]store.Token), make(map[string][]store.Token), make(map[store.TokenID]bool)}
	l.read(db)
	var lostLogins, lostIssues, refreshed int
	for _, c := range f.clients {
		lostLogins += c.lostLogins
		if !c.jwts { // whose tokens are not on record
			lostIssues += c.lostIssues
			for _, token := range c.loose {
				require.Empty(t, l.find(c, token, store.AccessToken).Family)
			}
		}
		for _, fam := range c.families {
			if l.family(c, fam) {
				refreshed++
			}
		}
	}
	logins := len(l.families)
	require.LessOrEqual(t, logins, lostLogins, "families that nobody knows are those of logins whose answer was lost")
	for _, all := range l.families {
		require.Equal(t, map[string]int{s.clientID: 2, s.jwtClient: 1}[all[0].ClientID], len(all), "complete")
		l.explain(all)
	}
	issues := len(l.records) - len(l.known)
	require.LessOrEqual(t, issues, lostIssues, "tokens that nobody knows are those whose answer was lost")
	for id, rec := range l.records {
		require.True(t, l.known[id] || rec.Kind == store.AccessToken && rec.Family == "")
	}
	t.Logf("%d answered, %d refused (503), %d answers lost; of these %d had refreshed, %d logged in and %d issued",
		f.answered.Load(), f.refused.Load(), f.lost(), refreshed, logins, issues)
	f.use(t, s, db, l.records)
}

// read reads all records, of which each must be one that the server can have made.
func (l *ledger) read(db records) {
	l.t.Helper()
	user, err := db.UserByID(l.t.Context(), "1")
	require.NoError(l.t, err)
	scopes := map[string][]string{l.s.clientID: nil, l.s.jwtClient: {scopeProfile}}
	for clientID, scopes := range scopes {
		list, err := db.tokens.ListTokens(l.t.Context(), store.TokenMatch{ClientID: clientID}, 100_000)
		require.NoError(l.t, err)
		for _, rec := range list {
			require.Equal(l.t, user.ID, rec.UserID)
			require.Equal(l.t, user.Stamp, rec.Stamp)
			require.Equal(l.t, appOAuth, rec.Application)
			require.Equal(l.t, clientID, rec.ClientID)
			require.ElementsMatch(l.t, scopes, rec.Scopes, "no token can do more than was asked for")
			switch rec.Kind {
			case store.AccessToken:
				require.Equal(l.t, l.s.clientID, clientID, "the other client's have no record")
				require.Equal(l.t, time.Hour, rec.ExpiresAt.Sub(rec.IssuedAt))
				require.True(l.t, rec.SpentAt.IsZero())
			case store.RefreshToken:
				require.NotEmpty(l.t, rec.Family)
				require.LessOrEqual(l.t, rec.ExpiresAt.Sub(rec.IssuedAt), oauth.DefaultRefreshTokenLifetime)
			default:
				l.t.Fatalf("a record of the kind %s", rec.Kind)
			}
			l.records[rec.ID] = rec
			if rec.Family != "" {
				l.families[rec.Family] = append(l.families[rec.Family], rec)
			}
		}
	}
	list, err := db.tokens.ListTokens(l.t.Context(), store.TokenMatch{UserID: user.ID}, 100_000)
	require.NoError(l.t, err)
	require.Equal(l.t, len(l.records), len(list), "every token is of a known client")
}

// find returns the record of a token that a client was given.
func (l *ledger) find(c *trafficClient, token string, kind store.TokenKind) store.Token {
	l.t.Helper()
	rec, there := l.records[oauth.TokenID(token)]
	require.True(l.t, there, "what was given out is on record")
	require.Equal(l.t, kind, rec.Kind)
	require.Equal(l.t, map[bool]string{false: l.s.clientID, true: l.s.jwtClient}[c.jwts], rec.ClientID)
	l.known[rec.ID] = true
	return rec
}

func (l *ledger) explain(all []store.Token) {
	for _, rec := range all {
		l.known[rec.ID] = true
	}
}

// family checks that a family is what its client was given, and reports whether the last refresh token was used up without its knowing. Then
// there is the one pair besides that came of it.
func (l *ledger) family(c *trafficClient, fam *family) (refreshed bool) {
	l.t.Helper()
	last := l.find(c, fam.refresh, store.RefreshToken)
	all := l.families[last.Family]
	delete(l.families, last.Family)
	for _, token := range fam.spent {
		rec := l.find(c, token, store.RefreshToken)
		require.Equal(l.t, last.Family, rec.Family)
		require.False(l.t, rec.SpentAt.IsZero(), "what was used is used up")
	}
	each := 1 // record for a refreshing
	if !c.jwts {
		each = 2
		for _, token := range fam.access {
			require.Equal(l.t, last.Family, l.find(c, token, store.AccessToken).Family)
		}
	}
	want := each * (len(fam.spent) + 1)
	if refreshed = !last.SpentAt.IsZero(); refreshed {
		require.True(l.t, fam.lost, "nobody has used it")
		want += each
	}
	require.Equal(l.t, want, len(all))
	good := 0
	for _, rec := range all {
		if rec.Kind == store.RefreshToken && rec.SpentAt.IsZero() {
			good++
		}
	}
	require.Equal(l.t, 1, good, "one refresh token of a family is good")
	l.explain(all)
	return refreshed
}

// use sees what can be done with all that was given out.
func (f *traffic) use(t *testing.T, s *example, db records, onRecord map[store.TokenID]store.Token) {
	t.Helper()
	works := func(token string, status int) {
		got := s.do(t, "/user/1", nil, withToken(token))
		require.Equal(t, status, got.status, got.body)
	}
	for _, c := range f.clients {
		for _, token := range c.loose {
			works(token, 200)
		}
		for _, fam := range c.families {
			for _, token := range fam.access {
				works(token, 200)
			}
			before := onRecord[oauth.TokenID(fam.refresh)]
			got := s.do(t, routeToken, refreshForm(fam.refresh), s.client(c.jwts))
			if before.SpentAt.IsZero() {
				p := mustPair(t, got)
				works(p.Access, 200)
				fam.access, fam.spent, fam.refresh = append(fam.access, p.Access), append(fam.spent, fam.refresh), p.Refresh
				continue
			}
			// The client did not hear that its token was used up, and shows it again: that ends the family.
			requireRefused(t, "2025", "oauth", "INVALID_REFRESH_TOKEN", nil, got)
			left, err := db.tokens.ListTokens(t.Context(), store.TokenMatch{Family: before.Family}, 10)
			require.NoError(t, err)
			require.Empty(t, left)
			if !c.jwts {
				for _, token := range fam.access {
					works(token, 401)
				}
			}
		}
	}
}
