package store

import (
	"context"
)

// User is a user account as it is now. Every authenticated request looks it up anew, so blocking, renaming and changed
// roles take effect at once.
//
// The zero User is not Active and has no password: it can do nothing.
type User struct {
	// ID identifies the user for ever. It never changes and is never given to another user. Required.
	ID string

	// Name is what the user types to log in. It may change.
	Name string

	// PasswordHash is the stored hash in a format of package auth/password, or empty for a user who cannot log in with
	// a password.
	PasswordHash string

	// Active tells whether the user may log in. A user who is not active is called blocked.
	Active bool

	// Roles are the names of the user's roles.
	Roles []string

	// Permissions are the effective permissions: those of all roles together, worked out by the store.
	Permissions []string

	// Stamp changes with every change of the password and never with a mere rehash of the same password. Tokens carry
	// the stamp of their issue and end when it differs: that is how a changed password signs a user out everywhere.
	// A counter or the time of the last change will do, at most [MaxStamp] bytes. It is not a secret: signed tokens
	// carry it readably. A user without a Stamp is issued no JSON Web Tokens and no access tokens: asking for one is
	// answered with 500, for the store is wrong and not the user.
	Stamp string
}

// MaxStamp is the longest User.Stamp in bytes for which tokens are issued.
const MaxStamp = 64

// Clone returns a copy that shares no memory with u.
func (u User) Clone() User {
	cloneLists(&u.Roles, &u.Permissions)
	return u
}

// UserStore finds user accounts. It is the one interface that every application implements or picks. Results are copies
// ([User.Clone]); the package documentation has the rest of the contract, and package storetest checks it.
//
// Compare names exactly, or by letter case only: if the store takes other spellings for the same user too, as MySQL does with a collation such as
// utf8mb4_0900_ai_ci, which finds "alan" for "ạlan", failed logins of each spelling are counted apart, which weakens flood control, and its
// limits can tell strangers who exists.
type UserStore interface {
	// UserByID returns the user with this ID, blocked or not, or [ErrNotFound].
	UserByID(ctx context.Context, id string) (User, error)

	// UserByName returns the user with this login name, blocked or not, or [ErrNotFound]. The store decides whether
	// case matters; the Name of the result is the one on record. Two users never answer to one name.
	UserByName(ctx context.Context, name string) (User, error)
}

// PasswordRehasher is an optional capability of a [UserStore]: it keeps a new hash of an unchanged password.
// Login uses it to bring old hashes to the current parameters when their password is known, at a successful login.
type PasswordRehasher interface {
	// RehashPassword replaces the stored hash of the user if it still is oldHash, and leaves User.Stamp as it is.
	// It returns [ErrConflict] if the hash is another by now, [ErrNotFound] if the user is gone, and [ErrInvalid] if one of
	// the hashes is empty.
	RehashPassword(ctx context.Context, userID, oldHash, newHash string) error
}

// PasswordVerifier is an optional capability of a [UserStore] that cannot reveal a hash, such as a directory server.
// When a store has it, Login asks it instead of checking User.PasswordHash.
type PasswordVerifier interface {
	// VerifyPassword returns the user if the password is right, blocked or not. It returns [ErrNotFound] for an unknown
	// name and [ErrPasswordMismatch] with a zero User for a wrong password, and takes the same time for both. The
	// implementer need not check the length or the characters of name and password: that has been done.
	VerifyPassword(ctx context.Context, name, password string) (User, error)
}
