package main

import (
	"context"
	"encoding/base64"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/auth/password"
	autherr "github.com/apiauth-go/apiauth/errors"
)

// allQuestions makes a service for each configuration, and returns what can be asked there. Controls come first and last: the machine may change meanwhile.
func allQuestions(ctx context.Context, pairs int) ([]*question, error) {
	w, err := newWorld(ctx, 0)
	if err != nil {
		return nil, err
	}
	login, err := w.login(auth.LoginConfig{})
	if err != nil {
		return nil, err
	}
	documented, err := w.newDoors(login, autherr.Profile2025(nil))
	if err != nil {
		return nil, err
	}
	rfc, err := w.newDoors(login, autherr.ProfileRFC())
	if err != nil {
		return nil, err
	}

	questions := controls(documented)
	questions = append(questions, ofUsers(documented)...)
	questions = append(questions, ofClients(documented, rfc)...)
	questions = append(questions, w.ofOtherCredentials(documented)...)
	for _, more := range []func(context.Context, int) ([]*question, error){w.ofCachedPasswords, w.ofOlderHashes, ofCounted, w.ofLimited, ofStore} {
		q, err := more(ctx, pairs)
		if err != nil {
			return nil, err
		}
		questions = append(questions, q...)
	}
	return append(questions, controls(documented)[0]), nil
}

// basic asks about accounts of two kinds by a Basic credential.
func basic(what string, h http.Handler, a, b string) *question {
	kinds := [2]string{a, b}
	return &question{
		name: what, kinds: [2]string{words[a], words[b]}, handler: h, status: http.StatusUnauthorized,
		request: func(kind, _ int) *http.Request { return get(someName(kinds[kind]), wrongPassword()) },
	}
}

// words are what the report calls the kinds of accounts.
var words = map[string]string{
	nobody: "unknown", nobodyElse: "unknown too", ordinary: "known", blocked: "blocked", passwordless: "no password", unusable: "unusable record",
	halfCost: "half the memory", sameCost: "half the memory, 2 passes", bcrypted: "bcrypt", drupal: "Drupal 7",
}

// controls are questions whose answers are known.
func controls(d *doors) []*question {
	same := basic("control: Basic", d.basic, nobody, nobodyElse)
	same.judgement = control
	kinds := [2]string{nobody, nobodyElse}
	sameClient := &question{
		name: "control: client_credentials", kinds: [2]string{"unknown", "unknown too"}, judgement: control, handler: d.token, status: http.StatusUnauthorized,
		request: func(kind, _ int) *http.Request { return clientCredentials(someName(kinds[kind])) },
	}
	other := basic("control: cheaper hash", d.basic, halfCost, nobody)
	other.judgement = mustTell
	return []*question{same, sameClient, other}
}

// ofUsers ask at each door that takes a password whether there is such a user.
func ofUsers(d *doors) []*question {
	questions := []*question{
		basic("Basic", d.basic, ordinary, nobody),
		basic("Basic", d.basic, blocked, nobody),
		basic("Basic", d.basic, passwordless, nobody),
		basic("Basic", d.basic, unusable, nobody),
	}
	for _, door := range []struct {
		name    string
		handler http.Handler
		status  int
		request func(user string) *http.Request
	}{
		{"id_token", d.idToken, http.StatusUnauthorized, func(user string) *http.Request { return post(user, wrongPassword()) }},
		{"password grant", d.token, http.StatusUnauthorized, func(user string) *http.Request {
			return post("", "", "grant_type", "password", "client_id", ownClient, "username", user, "password", wrongPassword())
		}},
		{"revoke", d.revoke, http.StatusUnauthorized, func(user string) *http.Request { return post(user, wrongPassword(), "token", "x") }},
		{"generate", d.generate, http.StatusUnauthorized, func(user string) *http.Request { return post(user, wrongPassword()) }},
	} {
		for _, is := range [...]string{ordinary, blocked} {
			kinds := [2]string{is, nobody}
			questions = append(questions, &question{
				name: door.name, kinds: [2]string{words[is], words[nobody]}, handler: door.handler, status: door.status,
				request: func(kind, _ int) *http.Request { return door.request(someName(kinds[kind])) },
			})
		}
	}
	return questions
}

// clientCredentials is a request with a wrong secret.
func clientCredentials(id string) *http.Request {
	return post("", "", "grant_type", "client_credentials", "client_id", id, "client_secret", auth.PrefixClientSecret+wrongPassword(), "username", "x")
}

// ofClients ask whether there is such a client.
func ofClients(documented, rfc *doors) []*question {
	const why = "the documented words tell it, too"
	var questions []*question
	for _, q := range []struct {
		name      string
		handler   http.Handler
		judgement judgement
		why       string
		request   func(id string) *http.Request
	}{
		{"client_credentials, rfc", rfc.token, mustNotTell, "", clientCredentials},
		{"introspection, rfc", rfc.introspect, mustNotTell, "", func(id string) *http.Request { return post(id, wrongPassword(), "token", "x") }},
		{"client_credentials, 2025", documented.token, mayTell, why, clientCredentials},
	} {
		for _, is := range [...]string{ordinary, blocked} {
			kinds := [2]string{is, nobody}
			shown := [2]string{words[is], words[nobody]}
			if is == blocked {
				shown[0] = "switched off"
			}
			questions = append(questions, &question{
				name: q.name, kinds: shown, judgement: q.judgement, why: q.why, handler: q.handler, status: http.StatusUnauthorized,
				request: func(kind, _ int) *http.Request { return q.request(someName(kinds[kind])) },
			})
		}
	}
	return questions
}

// notIDs is what makes the ID of nobody of one of a user.
const notIDs = 500_000

// ofOtherCredentials ask with an API key and a services token that are made up.
func (w *world) ofOtherCredentials(d *doors) []*question {
	users := [2]string{ordinary, nobody}
	mac := func() string {
		return randomOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 42) + "A"
	}
	token := func(kind, _ int) *http.Request {
		id := firstID + mathrand.IntN(perKind) + kind*notIDs
		return get(fmt.Sprintf("%x.%x.%s", id, time.Now().Unix()+3600, mac()), "")
	}
	return []*question{
		{
			name: "API key", kinds: [2]string{"known user", "unknown"}, handler: d.apiKey, status: http.StatusUnauthorized,
			request: func(kind, _ int) *http.Request {
				r := newRequest(http.MethodGet, "", localhost)
				key, _ := auth.NewAPIKey()
				r.Header["Api-Key"] = []string{base64.StdEncoding.EncodeToString([]byte(someName(users[kind]) + ":" + key))}
				return r
			},
		},
		{name: "services token", kinds: [2]string{"known user ID", "unknown"}, handler: d.serviceToken, status: http.StatusUnauthorized, request: token},
	}
}

// ofCachedPasswords ask where right passwords are remembered.
func (w *world) ofCachedPasswords(context.Context, int) ([]*question, error) {
	login, err := w.login(auth.LoginConfig{CacheVerified: time.Minute})
	if err != nil {
		return nil, err
	}
	d, err := w.newDoors(login, nil)
	if err != nil {
		return nil, err
	}
	return []*question{basic("Basic, CacheVerified", d.basic, ordinary, nobody), basic("Basic, CacheVerified", d.basic, blocked, nobody)}, nil
}

// ofOlderHashes ask about users whose records came from older systems, where these are what the table holds.
func (w *world) ofOlderHashes(context.Context, int) ([]*question, error) {
	const why = "cheaper records stand out until they are rehashed"
	var questions []*question
	for _, q := range []struct {
		kind      string
		accept    []password.Format
		judgement judgement
		most      int
	}{
		{bcrypted, []password.Format{password.Bcrypt}, mustNotTell, 0},
		{drupal, []password.Format{password.Drupal7}, mustNotTell, 10_000}, // 65,536 iterations are its only common cost
		{sameCost, nil, mayTell, 0},
	} {
		login, err := w.login(auth.LoginConfig{}, q.accept...)
		if err != nil {
			return nil, err
		}
		d, err := w.newDoors(login, nil)
		if err != nil {
			return nil, err
		}
		question := basic("Basic, older hash", d.basic, q.kind, nobody)
		question.judgement, question.why, question.most = q.judgement, why, q.most
		questions = append(questions, question)
	}
	return questions, nil
}

// ofCounted ask where failures are counted. Each request is for another name and from another address, or the limits would be reached.
func ofCounted(ctx context.Context, pairs int) ([]*question, error) {
	n := requests(pairs)
	w, err := newWorld(ctx, n)
	if err != nil {
		return nil, err
	}
	login, err := w.login(auth.LoginConfig{Counters: auth.NewCounters(10 * n)})
	if err != nil {
		return nil, err
	}
	d, err := w.newDoors(login, nil)
	if err != nil {
		return nil, err
	}
	kinds := [2]string{ordinary, nobody}
	return []*question{{
		name: "Basic, flood control", kinds: [2]string{words[ordinary], words[nobody]}, handler: d.basic, status: http.StatusUnauthorized,
		request: func(kind, n int) *http.Request {
			return getFrom(anAddress(2*n+kind), name(kinds[kind], n), wrongPassword())
		},
	}}, nil
}

// ofLimited ask about names that have failed too often: the answer comes at once, without any hash.
func (w *world) ofLimited(ctx context.Context, _ int) ([]*question, error) {
	const failures = 5
	login, err := w.login(auth.LoginConfig{
		Counters: auth.NewCounters(0), Flood: auth.FloodLimits{PerAddress: auth.Rate{Max: 10_000, Window: time.Hour}},
	})
	if err != nil {
		return nil, err
	}
	d, err := w.newDoors(login, nil)
	if err != nil {
		return nil, err
	}
	for _, kind := range [...]string{ordinary, nobody} {
		for i := range perKind {
			for range failures {
				d.basic.ServeHTTP(&writer{header: http.Header{}}, get(name(kind, i), wrongPassword()))
			}
		}
	}
	q := basic("Basic, limited already", d.basic, ordinary, nobody)
	q.status = http.StatusTooManyRequests
	kinds := [2]string{ordinary, nobody}
	q.request = func(kind, _ int) *http.Request { return get(oneOfFew(kinds[kind]), wrongPassword()) }
	return []*question{q}, nil
}

// ofStore ask where finding nobody costs what it costs in package memstore.
func ofStore(ctx context.Context, _ int) ([]*question, error) {
	w, err := newWorld(ctx, 0)
	if err != nil {
		return nil, err
	}
	w.asItIs = true
	login, err := w.login(auth.LoginConfig{})
	if err != nil {
		return nil, err
	}
	d, err := w.newDoors(login, autherr.ProfileRFC())
	if err != nil {
		return nil, err
	}
	q := []*question{basic("memstore: Basic", d.basic, ordinary, nobody), {
		name: "memstore: client_credentials, rfc", kinds: [2]string{words[ordinary], words[nobody]}, handler: d.token, status: http.StatusUnauthorized,
		request: func(kind, _ int) *http.Request {
			return clientCredentials(someName([2]string{ordinary, nobody}[kind]))
		},
	}}
	for i := range q {
		q[i].judgement, q[i].why = mayTell, "by the lookup in the store, which is not the library's promise"
	}
	return q, nil
}
