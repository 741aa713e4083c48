package auth_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
)

// lenient is a store that finds a user by many spellings, each of which some database is known to take for the same.
type lenient struct{ *accounts }

func (l lenient) UserByName(ctx context.Context, name string) (store.User, error) {
	return l.find(func(u store.User) bool { return strings.EqualFold(squash(name), squash(u.Name)) })
}

var squash = strings.NewReplacer(" ", "", "\u00a0", "", "\u200b", "", "\u00ad", "", "\u202e", "", "\u0301", "", "\u0308", "",
	"\uff4d", "m", "\uff2d", "m", "\uff3f", "_", "\u00fd", "y", "\u00dd", "y", "\u017f", "s", "\u00eb", "e").Replace

var spellings = []func(string) string{
	strings.ToUpper,
	func(s string) string { return strings.ToUpper(s[:1]) + s[1:] },
	func(s string) string { return " " + s },
	func(s string) string { return s + "   " },
	func(s string) string { return s + "\u00a0" },
	func(s string) string { return s[:3] + "\u200b" + s[3:] },
	func(s string) string { return s[:4] + "\u00ad" + s[4:] },
	func(s string) string { return "\u202e" + s },
	func(s string) string { return s + "\u0301" },
	func(s string) string { return s[:2] + "\u0308" + s[2:] },
	func(s string) string { return strings.Replace(s, "m", "\uff4d", 1) },
	func(s string) string { return strings.Replace(s, "m", "\uff2d", 1) },
	func(s string) string { return strings.Replace(s, "y", "\u00fd", 1) },
	func(s string) string { return strings.Replace(s, "e", "\u00eb", 1) },
	func(s string) string { return strings.Replace(s, "s", "\u017f", 1) },
	func(s string) string { return strings.Replace(s, "_", "\uff3f", 1) },
}

func TestSpellingsOfANameCountTogether(t *testing.T) {
	for i := range spellings {
		for _, name := range []string{"my_username", "my_usernobody"} { // in a store that finds by all of them, and in one where there is nobody to find
			d := newDoor(t, auth.LoginConfig{})
			d = newDoor(t, auth.LoginConfig{Users: lenient{d.users}})
			for n := range 5 {
				d.fail(from(here), spellings[(i+n)%len(spellings)](name), 1)
			}
			for _, spelling := range spellings {
				d.limited(from(here), spelling(name), "topsecret")
			}
			d.limited(from(here), name, "topsecret")
		}
	}
}

func TestInAStoreThatFindsByManySpellingsASuccessClearsTheOneUser(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{})
	users := lenient{newAccounts(store.User{ID: "1", Name: "my_username", PasswordHash: d.h.hash(t, "topsecret"), Active: true})}
	d = newDoor(t, auth.LoginConfig{Users: users})
	for i, spelling := range spellings {
		d.fail(from(here), spellings[(i+3)%len(spellings)]("my_username"), 2)
		require.Equal(t, "ok", d.try(from(here), spelling("my_username"), "topsecret"))
	}
}

// Whatever somebody does with a name, he must not learn from the answers whether there is such a user.
func TestUnknownNamesAreLimitedExactlyLikeUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type step struct {
			wait    time.Duration
			address string
			pw      string
		}
		var steps []step
		for i := range 60 {
			steps = append(steps, step{time.Duration(i%7) * time.Minute, []string{here, elsewhere, "2001:db8::1"}[i%3], fmt.Sprint("guess", i%23)})
		}
		for i := range 120 {
			steps = append(steps, step{0, fmt.Sprint("203.0.113.", i), fmt.Sprint("other", i)})
		}
		var want []string
		for _, name := range []string{"nobody", "my_username", "no_password", "unusable", "plain", "blocked_user", "MY_USERNAME", "reader"} {
			d := newDoor(t, auth.LoginConfig{})
			var answers []string
			for _, s := range steps {
				time.Sleep(s.wait)
				code, after := d.answer(from(s.address), name, s.pw)
				answers = append(answers, fmt.Sprint(code, after))
			}
			if want == nil {
				want = answers
				require.Contains(t, strings.Join(want, " "), limitedCode)
			}
			require.Equal(t, want, answers, name)
		}
	})
}

func TestARenamedUserKeepsHisCounters(t *testing.T) {
	d := newDoor(t, auth.LoginConfig{})
	d.fail(from(here), "my_username", 4)
	u, err := d.users.UserByID(t.Context(), "1")
	require.NoError(t, err)
	delete(d.users.byName, u.Name)
	u.Name = "new_name"
	d.users.put(u)
	d.fail(from(here), "new_name", 1)
	d.limited(from(here), "new_name", "topsecret")

	// Somebody else who gets the old name does not get what was counted.
	d.users.put(store.User{ID: "77", Name: "my_username", PasswordHash: d.h.hash(t, "another"), Active: true})
	d.fail(from(here), "my_username", 4)
	require.Equal(t, "ok", d.try(from(here), "my_username", "another"))
	d.limited(from(here), "new_name", "topsecret")
}

func TestADirectoryIsLimitedToo(t *testing.T) {
	users := demoAccounts(t, newHashing(t))
	dir := &directory{accounts: users, passwords: map[string]string{"my_username": "ldap", "new": "ldap"}}
	d := newDoor(t, auth.LoginConfig{Users: dir})
	for _, name := range []string{"my_username", "nobody"} {
		dir.asked = 0
		d.fail(from(here), name, 5)
		d.limited(from(here), name, "ldap")
		require.Equal(t, 5, dir.asked, "who is limited is not asked about")
	}
	require.Equal(t, "ok", d.try(from(elsewhere), "my_username", "ldap"))
}

// alias is a directory that finds users by names by which UserByName does not.
type alias struct{ *directory }

func (a alias) VerifyPassword(ctx context.Context, name, pw string) (store.User, error) {
	return a.directory.VerifyPassword(ctx, strings.TrimSuffix(name, "@mail.test"), pw)
}

func TestAnAliasDoesNotOpenWhatIsLimited(t *testing.T) {
	users := demoAccounts(t, newHashing(t))
	d := newDoor(t, auth.LoginConfig{Users: alias{&directory{accounts: users, passwords: map[string]string{"my_username": "ldap"}}}})
	d.fail(from(here), "my_username", 4)
	require.Equal(t, "ok", d.try(from(here), "my_username@mail.test", "ldap"), "the same user, whose counter it clears")
	d.fail(from(here), "my_username", 5)
	require.Equal(t, limitedCode, d.try(from(here), "my_username@mail.test", "ldap"), "not even the right password passes")
}

func TestFoldName(t *testing.T) {
	for name, want := range map[string]string{
		"my_username": "my_username", "My Username": "myusername", "": "", "Zo\u00e9": "zoe", "Zoe\u0301": "zoe", "\u017d\u017e": "zz", "\u00e6\u00f8\u00df": "\u00e6\u00f8\u00df",
		"a\u200db": "ab", "\uff21\uff5e": "a~", "\u0130\u0131": "ii", "a'b": "a'b", "\u4e16\u754c": "\u4e16\u754c",
	} {
		require.Equal(t, want, auth.FoldName(name), name)
	}
}

// strings.EqualFold is how stores that compare in Go leave case aside.
func TestNamesThatDifferInCaseOnlyFoldAlike(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if 0xd800 <= r && r <= 0xdfff {
			continue
		}
		if other := unicode.SimpleFold(r); auth.FoldName(string(r)) != auth.FoldName(string(other)) {
			t.Errorf("%U and %U", r, other)
		}
	}
}

func FuzzFoldName(f *testing.F) {
	for _, spelling := range spellings {
		f.Add(spelling("my_username"))
	}
	f.Fuzz(func(t *testing.T, name string) {
		folded := auth.FoldName(name)
		require.Equal(t, folded, auth.FoldName(folded), "folding again changes nothing")
		require.Equal(t, folded, auth.FoldName(" "+name+"\u200b"))
	})
}
