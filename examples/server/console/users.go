package console

import (
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
)

// userRow is a user as the page of users shows him.
type userRow struct {
	store.User
	Tokens int  // of his that work
	More   bool // than were counted
	Self   bool // who looks at the page
}

// usersPage is what the page of users shows.
type usersPage struct {
	paging
	Rows []userRow
}

// maxCounted is up to how many tokens of a user are counted.
const maxCounted = 100

// users lists the users.
func (c *console) users(w http.ResponseWriter, r *http.Request) {
	list, err := c.cfg.Users.ListUsers(r.Context(), r.URL.Query().Get("after"), maxListed)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	me, _ := auth.FromContext(r.Context())
	rows, now := make([]userRow, len(list)), time.Now()
	for i, u := range list {
		tokens, more, err := c.cfg.Tokens.UserTokens(r.Context(), u.ID, maxCounted)
		if err != nil {
			c.failed(w, r, err)
			return
		}
		rows[i] = userRow{User: u, More: more, Self: u.ID == me.UserID}
		for _, t := range tokens {
			if t.SpentAt.IsZero() && now.Before(t.ExpiresAt) {
				rows[i].Tokens++
			}
		}
	}
	status := statusOf(r, func(id string) (string, bool) {
		u, err := c.cfg.Users.UserByID(r.Context(), id)
		return u.Name, err == nil
	})
	c.show(w, r, http.StatusOK, "users", page{Title: "Users", Tab: "users", Status: status, Data: usersPage{onward(r, len(list), func() string { return list[len(list)-1].ID }), rows}})
}

// setActive returns the handler that blocks or unblocks a user. Nobody blocks himself: there might be nobody left to take it back.
func (c *console) setActive(what string, active bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := pathID(r)
		if me, ok := auth.FromContext(r.Context()); !active && (!ok || me.UserID == id) {
			c.sorry(w, r, http.StatusConflict, "Nobody can block himself.")
			return
		}
		if err := c.cfg.Users.SetActive(r.Context(), id, active); err != nil {
			c.failed(w, r, err)
			return
		}
		done(w, r, "users", what, id)
	}
}

// revokeUser ends all tokens of a user.
func (c *console) revokeUser(w http.ResponseWriter, r *http.Request) {
	id := pathID(r)
	_, err := c.cfg.Users.UserByID(r.Context(), id)
	if err == nil {
		err = c.cfg.Tokens.RevokeUser(r.Context(), id)
	}
	if err != nil {
		c.failed(w, r, err)
		return
	}
	done(w, r, "users", "revoked", id)
}
