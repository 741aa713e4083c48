package authtest

import (
	"cmp"
	"strconv"
	"testing"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

// User is a user to be made by [Users].
type User struct {
	// ID of the user. Empty means the place in the list: "1", "2" and so on.
	ID string

	// Name is what the user logs in with. Empty means "user " and the ID.
	Name string

	// Password in clear text. Empty means that the user cannot log in with one.
	Password string

	// Roles and Permissions of the user.
	Roles, Permissions []string

	// Blocked users exist and may not log in.
	Blocked bool
}

// Users returns a store in memory with these users, whose passwords are hashed by [Hasher]. It keeps clients, tokens and API keys as well.
func Users(t testing.TB, users ...User) *memstore.Store {
	OnlyInTests(t, name)
	db, err := memstore.New(nil)
	if err != nil {
		t.Fatal("authtest:", err)
	}
	hasher := Hasher(t)
	for i, u := range users {
		id := cmp.Or(u.ID, strconv.Itoa(i+1))
		rec := store.User{ID: id, Name: cmp.Or(u.Name, "user "+id), Active: !u.Blocked, Roles: u.Roles, Permissions: u.Permissions}
		if u.Password != "" {
			if rec.PasswordHash, err = hasher.Hash(u.Password); err != nil {
				t.Fatal("authtest:", err)
			}
		}
		if err := db.PutUser(t.Context(), rec); err != nil {
			t.Fatal("authtest:", err)
		}
	}
	return db
}

// Login returns an [auth.Login] with the [Hasher] of this package, unless cfg names another. The rest of cfg counts as it does for
// [auth.NewLogin]: Users is required, and the limits of failed logins are in force.
func Login(t testing.TB, cfg auth.LoginConfig) *auth.Login {
	OnlyInTests(t, name)
	if cfg.Hasher == nil {
		cfg.Hasher = Hasher(t)
	}
	login, err := auth.NewLogin(cfg)
	if err != nil {
		t.Fatal("authtest:", err)
	}
	return login
}

// Hasher returns a hasher that takes microseconds for what should take milliseconds: argon2id with 8 KiB and one pass. It checks the hashes of
// others too, at their price. Its own protect nothing.
func Hasher(t testing.TB) *password.Hasher {
	OnlyInTests(t, name)
	hasher, err := password.New(password.Config{
		Argon2id:             password.Argon2idParams{Memory: 8, Time: 1, Threads: 1}, // the least that RFC 9106 defines
		InsecureWeakArgon2id: true,
	})
	if err != nil {
		t.Fatal("authtest:", err)
	}
	return hasher
}
