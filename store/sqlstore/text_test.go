package sqlstore_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/sqlstore"
)

// hostile are texts that databases, drivers and encodings are known to mangle, to cut, to fold into one another or to stumble over.
var hostile = []string{
	"plain",
	"",
	" ",
	"after ",
	" before",
	"O'Brien",
	`"quoted"`,
	"`back ticks`",
	`back\slash`,
	`\`,
	`\'; --`,
	`\x414243`,
	"'; DROP TABLE users; --",
	"/* comment */ -- # ;",
	"? $1 :name @p {} %s",
	"100%",
	"under_score",
	"CaSe",
	"\u00fcn\u00efc\u00f6de and \U0001f511 and \U0001f469\u200d\U0001f4bb",
	"Cafe\u0301",
	"\u202egnp.exe",
	"\u2028 and <&>",
	"\ufeff and \uffff and \U0010ffff",
	"line\r\nbreak\ttab\x01\x1a\x7f",
	`["a","b"]`,
	"[]",
	"null",
	"NULL",
	"007",
	"1e3",
	"2026-01-01 00:00:00",
	strings.Repeat("x", sqlstore.MaxText),
	strings.Repeat("\u00fc", sqlstore.MaxText/2),
	"NUL \x00 within",
	"\x00",
	"\xff\xfe not UTF-8",
	"cut \xf0\x9f\x94",
	"surrogate \xed\xa0\x80",
	"overlong \xc0\xaf",
}

// column is a column of texts: how to store one under a number, and how to read it back.
type column struct {
	name  string
	empty error // what storing an empty text returns
	put   func(ctx context.Context, s *sqlstore.Store, n int, text string) error
	get   func(ctx context.Context, s *sqlstore.Store, n int, text string) (string, error)
}

func userColumn(name string, field func(*store.User) *string) column {
	record := func(n int, text string) store.User {
		u := store.User{ID: numberedText("user", n), Name: numberedText("name", n), PasswordHash: "h", Stamp: "s"}
		*field(&u) = text
		return u
	}
	return column{name, nil, func(ctx context.Context, s *sqlstore.Store, n int, text string) error {
		return s.PutUser(ctx, record(n, text))
	}, func(ctx context.Context, s *sqlstore.Store, n int, text string) (string, error) {
		u, err := s.UserByID(ctx, record(n, text).ID)
		if err == nil {
			var byName store.User
			if byName, err = s.UserByName(ctx, u.Name); err == nil && byName.ID != u.ID {
				return "another user", nil
			}
		}
		return *field(&u), err
	}}
}

func clientColumn(name string, field func(*store.Client) *string) column {
	record := func(n int, text string) store.Client {
		c := store.Client{ID: numberedText("client", n)}
		*field(&c) = text
		return c
	}
	return column{name, nil, func(ctx context.Context, s *sqlstore.Store, n int, text string) error {
		return s.PutClient(ctx, record(n, text))
	}, func(ctx context.Context, s *sqlstore.Store, n int, text string) (string, error) {
		c, err := s.ClientByID(ctx, record(n, text).ID)
		return *field(&c), err
	}}
}

// listed makes a field of the only element of a list.
func listed(list func(*store.Client) *[]string) func(*store.Client) *string {
	return func(c *store.Client) *string {
		if len(*list(c)) == 0 {
			*list(c) = []string{""}
		}
		return &(*list(c))[0]
	}
}

func tokenColumn(name string, field func(*store.Token) *string) column {
	return column{name, nil, func(ctx context.Context, s *sqlstore.Store, n int, text string) error {
		t := store.Token{ID: store.TokenID{1, byte(n)}, ExpiresAt: time.Now()}
		*field(&t) = text
		return s.CreateTokens(ctx, t)
	}, func(ctx context.Context, s *sqlstore.Store, n int, text string) (string, error) {
		t, err := s.TokenByID(ctx, store.TokenID{1, byte(n)})
		return *field(&t), err
	}}
}

func apiKeyColumn(name string, field func(*store.APIKey) *string) column {
	return column{name, nil, func(ctx context.Context, s *sqlstore.Store, n int, text string) error {
		k := store.APIKey{ID: store.KeyID{1, byte(n)}, UserID: "u"}
		*field(&k) = text
		return s.PutAPIKey(ctx, k)
	}, func(ctx context.Context, s *sqlstore.Store, n int, text string) (string, error) {
		k, err := s.APIKeyByID(ctx, store.KeyID{1, byte(n)})
		return *field(&k), err
	}}
}

func numberedText(what string, n int) string { return what + string(rune('A'+n)) }

// notEmpty says that the column has no empty texts.
func (c column) notEmpty() column {
	c.empty = store.ErrInvalid
	return c
}

var columns = []column{
	userColumn("User.ID", func(u *store.User) *string { return &u.ID }).notEmpty(),
	userColumn("User.Name", func(u *store.User) *string { return &u.Name }).notEmpty(),
	userColumn("User.PasswordHash", func(u *store.User) *string { return &u.PasswordHash }),
	{"role", store.ErrInvalid, func(ctx context.Context, s *sqlstore.Store, n int, text string) error {
		if err := s.PutRole(ctx, text, []string{"p"}); err != nil {
			return err
		}
		return s.PutUser(ctx, store.User{ID: numberedText("user", n), Name: numberedText("name", n), Roles: []string{text}})
	}, func(ctx context.Context, s *sqlstore.Store, n int, _ string) (string, error) {
		u, err := s.UserByID(ctx, numberedText("user", n))
		return strings.Join(u.Roles, ", "), err
	}},
	{"permission", nil, func(ctx context.Context, s *sqlstore.Store, n int, text string) error {
		role := numberedText("role", n)
		if err := s.PutRole(ctx, role, []string{text}); err != nil {
			return err
		}
		return s.PutUser(ctx, store.User{ID: numberedText("user", n), Name: numberedText("name", n), Roles: []string{role}})
	}, func(ctx context.Context, s *sqlstore.Store, n int, _ string) (string, error) {
		u, err := s.UserByID(ctx, numberedText("user", n))
		return strings.Join(u.Permissions, ", "), err
	}},
	clientColumn("Client.ID", func(c *store.Client) *string { return &c.ID }).notEmpty(),
	clientColumn("Client.Application", func(c *store.Client) *string { return &c.Application }),
	clientColumn("Client.Name", func(c *store.Client) *string { return &c.Name }),
	clientColumn("Client.DefaultUser", func(c *store.Client) *string { return &c.DefaultUser }),
	clientColumn("Client.SecretHashes", listed(func(c *store.Client) *[]string { return &c.SecretHashes })),
	clientColumn("Client.Grants", listed(func(c *store.Client) *[]string { return &c.Grants })),
	clientColumn("Client.Scopes", listed(func(c *store.Client) *[]string { return &c.Scopes })),
	clientColumn("Client.Users", listed(func(c *store.Client) *[]string { return &c.Users })),
	tokenColumn("Token.Kind", func(t *store.Token) *string { return (*string)(&t.Kind) }),
	tokenColumn("Token.UserID", func(t *store.Token) *string { return &t.UserID }),
	tokenColumn("Token.ClientID", func(t *store.Token) *string { return &t.ClientID }),
	tokenColumn("Token.Application", func(t *store.Token) *string { return &t.Application }),
	tokenColumn("Token.Family", func(t *store.Token) *string { return &t.Family }),
	tokenColumn("Token.Stamp", func(t *store.Token) *string { return &t.Stamp }),
	tokenColumn("Token.Scopes", func(t *store.Token) *string {
		if len(t.Scopes) == 0 {
			t.Scopes = []string{""}
		}
		return &t.Scopes[0]
	}),
	apiKeyColumn("APIKey.UserID", func(k *store.APIKey) *string { return &k.UserID }).notEmpty(),
	apiKeyColumn("APIKey.Name", func(k *store.APIKey) *string { return &k.Name }),
}

// TestTextsAreStoredExactlyOrRefused: the same texts in every database, and what is refused leaves nothing behind.
func TestTextsAreStoredExactlyOrRefused(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		for _, c := range columns {
			t.Run(c.name, func(t *testing.T) {
				s, ctx := b.empty(t), t.Context()
				for n, text := range hostile {
					want := c.empty
					if cannotStore(text) {
						want = store.ErrInvalid
					} else if text != "" {
						want = nil
					}
					err := c.put(ctx, s, n, text)
					if want != nil {
						require.ErrorIs(t, err, want, "%+q", text)
						if text != "" {
							require.NotContains(t, err.Error(), text)
						}
						_, err = c.get(ctx, s, n, text)
						require.ErrorIs(t, err, store.ErrNotFound, "%+q", text)
						continue
					}
					require.NoError(t, err, "%+q", text)
				}
				for n, text := range hostile { // when all are there, so that none stands for another
					if cannotStore(text) || text == "" && c.empty != nil {
						continue
					}
					got, err := c.get(ctx, s, n, text)
					require.NoError(t, err, "%+q", text)
					require.Equal(t, text, got)
				}
			})
		}
	})
}

// TestListsKeepTheirElementsApart: lists are JSON in the table.
func TestListsKeepTheirElementsApart(t *testing.T) {
	var texts []string
	for _, text := range hostile {
		if !cannotStore(text) {
			texts = append(texts, text)
		}
	}
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		want := store.Client{ID: "c", SecretHashes: texts, Grants: texts[1:], Scopes: texts[2:], DefaultScopes: texts[3:], Users: texts[4:]}
		require.NoError(t, s.PutClient(ctx, want))
		got, err := s.ClientByID(ctx, "c")
		require.NoError(t, err)
		require.Equal(t, want, got)
		tok := benchToken(store.AccessToken, "f")
		tok.Scopes = texts
		require.NoError(t, s.CreateTokens(ctx, tok))
		stored, err := s.TokenByID(ctx, tok.ID)
		require.NoError(t, err)
		require.Equal(t, texts, stored.Scopes)
	})
}

// TestTheAuditKeepsAnyText: what strangers send must not keep a record from being stored.
func TestTheAuditKeepsAnyText(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		now := time.Now().UTC().Truncate(time.Microsecond)
		for i, text := range append(hostile, strings.Repeat("\xff", sqlstore.MaxText)) {
			want := store.AuditRecord{
				Time: now.Add(time.Duration(i) * time.Second), User: text, Address: text, HTTPMethod: text, Path: text, Method: text,
				Application: text, Outcome: text, Status: 401, Code: text, UserAgent: text, Kind: text, ClientID: text,
			}
			require.NoError(t, s.AppendAudit(ctx, want), "%+q", text)
			filter := store.AuditFilter{
				User: text, Address: text, Method: text, Application: text, Outcome: text, Kind: text, ClientID: text, From: want.Time,
			}
			got, err := s.ListAudit(ctx, filter, 10)
			require.NoError(t, err)
			require.Equal(t, []store.AuditRecord{want}, got, "%+q", text)
		}
	})
}

// TestTimesAreExactToTheMicrosecond, from the year 1 to the year 9999, whatever the time zones of client and server.
func TestTimesAreExactToTheMicrosecond(t *testing.T) {
	onEachStore(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		for _, at := range []time.Time{
			{}, time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC), time.Unix(0, 0),
			time.Date(2026, 3, 29, 2, 30, 0, 123_456_000, time.FixedZone("", 7200)), time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		} {
			tok := store.Token{ID: randomTokenID(), IssuedAt: at, ExpiresAt: at, SpentAt: at}
			require.NoError(t, s.CreateTokens(ctx, tok))
			got, err := s.TokenByID(ctx, tok.ID)
			require.NoError(t, err)
			for _, g := range []time.Time{got.IssuedAt, got.ExpiresAt, got.SpentAt} {
				require.True(t, at.Equal(g), "%v, want %v", g, at)
				require.Equal(t, time.UTC, g.Location())
				require.Equal(t, at.IsZero(), g.IsZero())
			}
		}
	})
}
