package storetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/apiauth-go/apiauth/store"
)

// UserHarness is an empty store to be checked and what the suite has to know about it.
type UserHarness struct {
	// Store is the store to be checked. What else it implements of PasswordRehasher and PasswordVerifier is checked too.
	Store store.UserStore

	// Put creates the user or replaces the one with his ID. It may give a Stamp to a user without one.
	Put func(ctx context.Context, u store.User) error

	// Expect tells what the store is to return for a user who was put as u; it is called after Put. It is for stores
	// that hand out IDs or work out stamps themselves; an empty Stamp stands for any. Nil if they return users as they were put.
	Expect func(u store.User) store.User

	// Known is a user with his password, for a store that is a PasswordVerifier.
	Known KnownUser

	// Reopen returns the store as it is after a restart. Nil if its records do not outlive it.
	Reopen func() store.UserStore

	// CannotStore tells the texts that the store cannot keep, such as those with a NUL in PostgreSQL. Put must refuse
	// them. Nil if there are none.
	CannotStore func(text string) bool
}

// KnownUser is a user in the store whose password is known.
type KnownUser struct {
	// Name and Password are right together; both in clear text.
	Name, Password string
}

func (h UserHarness) reopened() store.UserStore {
	if h.Reopen == nil {
		return h.Store
	}
	return h.Reopen()
}

// TestUserStore checks a store of users. The function open returns an empty one each time it is called.
func TestUserStore(t *testing.T, open func(t *testing.T) UserHarness) {
	t.Helper()
	runAll(t, open, userChecks)
}

var userChecks = []check[UserHarness]{
	{"round trip", "UserByID and UserByName return the user as he was put, blocked or not", userRoundTrip},
	{"unknown", `"not there" is ErrNotFound`, userUnknown},
	{"exact ID", "UserByID returns the user with this ID", userExactID},
	{"exact name", "UserByName returns the user with this name; the store decides about case and nothing else", userExactName},
	{"ID is no name", "an ID is not looked for among names, nor a name among IDs", userIDIsNoName},
	{"odd IDs", "IDs are any text", userOddIDs},
	{"odd names", "names are any text", userOddNames},
	{"one name", "two users never answer to one name", userOneName},
	{"renaming", "a name may change, at once, and is free for another user then", userRenaming},
	{"changes", "a change takes effect at once", userChanges},
	{"copies", "records share no memory with the store", userCopies},
	{"done context", "once the context is done a method returns an error that wraps its cause", userEnded},
	{"concurrent use", "methods are safe for concurrent use", userConcurrent},
	{"rehash", "RehashPassword replaces the hash and leaves everything else, User.Stamp above all", rehash},
	{"rehash conflict", "RehashPassword returns ErrConflict if the hash is another by now, and changes nothing", rehashConflict},
	{"rehash unknown", "RehashPassword returns ErrNotFound if the user is gone", rehashUnknown},
	{"rehash race", "of several RehashPassword with one oldHash one wins and the others get ErrConflict", rehashRace},
	{"rehash done context", "once the context is done a method has no effect", rehashEnded},
	{"verify", "VerifyPassword returns the user if the password is right", verify},
	{"verify mismatch", "VerifyPassword returns ErrPasswordMismatch with a zero User for a wrong password", verifyMismatch},
	{"verify unknown", "VerifyPassword returns ErrNotFound for an unknown name", verifyUnknown},
	{"verify done context", "once the context is done a method returns an error that wraps its cause", verifyEnded},
}

// fullUser returns a user with all fields set.
func fullUser(id, name string) store.User {
	return store.User{
		ID: id, Name: name, PasswordHash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", Active: true,
		Roles:       []string{"editor", "a role, with comma"},
		Permissions: []string{"create page content", "view 'user' information", "\u00fcber"},
		Stamp:       "1700000000",
	}
}

// put puts users and returns what to expect of them.
func (h UserHarness) put(ctx context.Context, users ...store.User) ([]store.User, error) {
	want := make([]store.User, len(users))
	for i, u := range users {
		if err := h.Put(ctx, u.Clone()); err != nil {
			return nil, fmt.Errorf("harness.Put: %w", err)
		}
		want[i] = h.expect(u)
	}
	return want, nil
}

func (h UserHarness) expect(u store.User) store.User {
	if h.Expect == nil {
		return u
	}
	return h.Expect(u.Clone())
}

// putOne is put for a single user.
func (h UserHarness) putOne(ctx context.Context, u store.User) (store.User, error) {
	want, err := h.put(ctx, u)
	if err != nil {
		return store.User{}, err
	}
	return want[0], nil
}

// hasUser checks that the user is found by both keys as he is. An empty want.Stamp stands for any.
func hasUser(ctx context.Context, s store.UserStore, want store.User) error {
	for _, lookup := range []struct {
		name string
		key  string
		get  func(context.Context, string) (store.User, error)
	}{
		{"UserByID", want.ID, s.UserByID},
		{"UserByName", want.Name, s.UserByName},
	} {
		got, err := lookup.get(ctx, lookup.key)
		if err != nil {
			return fmt.Errorf("%s: %w", lookup.name, err)
		}
		if want.Stamp == "" {
			got.Stamp = ""
		}
		if err := diff(lookup.name, got, want); err != nil {
			return err
		}
	}
	return nil
}

// noUser checks that a lookup finds nobody.
func noUser(ctx context.Context, what string, get func(context.Context, string) (store.User, error), key string) error {
	_, err := get(ctx, key)
	return is(err, store.ErrNotFound, "%s(%s)", what, short(key))
}
