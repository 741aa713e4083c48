package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/oauth"
	"github.com/apiauth-go/apiauth/store"
)

// clientsPage is what the page of clients shows.
type clientsPage struct {
	paging
	Clients        []store.Client
	Default, Max   time.Duration
	Grants, Scopes []string
	Users          []store.User // some of those for whom a new client can act
}

// grants are those that a new client can be given.
var grants = []string{oauth.GrantClientCredentials, oauth.GrantPassword, oauth.GrantRefreshToken}

// clients lists the clients, with a form for a new one.
func (c *console) clients(w http.ResponseWriter, r *http.Request) {
	list, err := c.cfg.Clients.ListClients(r.Context(), r.URL.Query().Get("after"), maxListed)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	users, err := c.cfg.Users.ListUsers(r.Context(), "", maxListed)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	status := statusOf(r, func(id string) (string, bool) {
		_, err := c.cfg.Clients.ClientByID(r.Context(), id)
		return id, err == nil
	})
	c.show(w, r, http.StatusOK, "clients", page{Title: "Clients", Tab: "clients", Status: status, Data: clientsPage{
		paging: onward(r, len(list), func() string { return list[len(list)-1].ID }), Clients: list, Default: c.cfg.DefaultTokenLifetime, Max: c.cfg.MaxTokenLifetime, Grants: grants, Scopes: c.cfg.Scopes, Users: users,
	}})
}

// setClient returns the handler that makes a change to a client.
func (c *console) setClient(what string, change func(*store.Client)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id := pathID(r)
		err := c.update(r.Context(), id, func(client *store.Client) error {
			change(client)
			return nil
		})
		if err != nil {
			c.failed(w, r, err)
			return
		}
		done(w, r, "clients", what, id)
	}
}

// update reads a client, changes it and stores it. Two changes here wait for each other; of one here and one elsewhere the later remains.
func (c *console) update(ctx context.Context, id string, change func(*store.Client) error) error {
	c.changes.Lock()
	defer c.changes.Unlock()
	client, err := c.cfg.Clients.ClientByID(ctx, id)
	if err != nil {
		return err
	}
	if err := change(&client); err != nil {
		return err
	}
	return c.cfg.Clients.PutClient(ctx, client)
}

// setExpiry changes for how long the access tokens of a client live.
func (c *console) setExpiry(w http.ResponseWriter, r *http.Request) {
	id := pathID(r)
	err := readForm(w, r)
	if err == nil {
		err = c.update(r.Context(), id, func(client *store.Client) (err error) {
			client.TokenLifetime, err = c.expiry(r.PostForm.Get("minutes"))
			return err
		})
	}
	if err != nil {
		c.failed(w, r, err)
		return
	}
	done(w, r, "clients", "expiry", id)
}

// expiry reads a number of minutes, the unit of the documented system. Empty, which is zero, means the default.
func (c *console) expiry(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	longest := int64(c.cfg.MaxTokenLifetime / time.Minute)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > longest {
		return 0, inputError("The token expiry is a number of minutes from 1 to " + strconv.FormatInt(longest, 10) + ", or empty for the default.")
	}
	return time.Duration(n) * time.Minute, nil
}

// newCredential is what the page shows that shows a secret. There is no other time: nobody keeps it.
type newCredential struct {
	ID, Secret string
	Rotated    bool
}

// newClient makes a client and shows its secret.
func (c *console) newClient(w http.ResponseWriter, r *http.Request) {
	client, err := c.readClient(w, r)
	if err != nil {
		c.failed(w, r, err)
		return
	}
	client, secret, err := oauth.NewClient(client)
	if err != nil {
		c.failed(w, r, inputError("The client cannot be made: "+err.Error()+"."))
		return
	}
	if err := c.cfg.Clients.PutClient(r.Context(), client); err != nil {
		c.failed(w, r, err)
		return
	}
	c.show(w, r, http.StatusOK, "secret", page{Title: "New client", Tab: "clients", Data: newCredential{client.ID, secret, false}})
}

// readClient reads the form of a new client.
func (c *console) readClient(w http.ResponseWriter, r *http.Request) (store.Client, error) {
	if err := readForm(w, r); err != nil {
		return store.Client{}, err
	}
	f := r.PostForm
	client := store.Client{
		Application: c.cfg.ClientApplication,
		Name:        strings.TrimSpace(f.Get("name")),
		Grants:      f["grant"],
		Scopes:      f["scope"],
	}
	if client.Name == "" || len(client.Name) > 100 {
		return store.Client{}, inputError("A client has a name of at most 100 bytes, by which people know it.")
	}
	if slices.ContainsFunc(client.Scopes, func(s string) bool { return !slices.Contains(c.cfg.Scopes, s) }) {
		return store.Client{}, inputError("There is no such scope.")
	}
	var err error
	if slices.Contains(client.Grants, oauth.GrantClientCredentials) { // others can act for those only who show them their password
		if client.DefaultUser, err = c.userNamed(r.Context(), strings.TrimSpace(f.Get("user"))); err != nil {
			return store.Client{}, err
		}
	}
	client.TokenLifetime, err = c.expiry(f.Get("minutes"))
	return client, err
}

// userNamed returns the id of the user for whom a new client acts.
func (c *console) userNamed(ctx context.Context, name string) (string, error) {
	if name == "" {
		return "", inputError("A client with the client_credentials grant needs a user for whom it acts.")
	}
	u, err := c.cfg.Users.UserByName(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return "", inputError("There is no such user.")
	}
	return u.ID, err
}
