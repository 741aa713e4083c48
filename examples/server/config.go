package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/jwt"
)

// config is what the flags say.
type config struct {
	addr               string
	profile            autherr.Renderer
	profileName        string
	requireApplication bool
	algorithm          jwt.Algorithm
	issuer             string
	issuerIsAddress    bool // for want of -issuer

	foreign foreignKeys

	introspect   introspection
	introspectAs clientCredential // what we are at that server

	jwtKeyFile, serviceKeyFile string
	floodKeyFile               string
	client, jwtClient          clientCredential // a secret that is empty is generated
	apiKey, blockedKey         string           // likewise
	tokenTTL, serviceTokenTTL  time.Duration

	operator operatorConfig
	access   accessConfig

	store   storeChoice
	redis   redisChoice
	timeout time.Duration

	logLevel slog.Level
}

// foreignKeys describes the key set of somebody else whose tokens are accepted too.
type foreignKeys struct{ source, issuer, audience, usernameClaim string }

// remote reports whether the key set is fetched from a URL, and not read from a file.
func (f foreignKeys) remote() bool { return strings.Contains(f.source, "://") }

// defaultKeyFiles names the files for keys where the records outlive the server, for tokens should outlive it too.
func (c *config) defaultKeyFiles() {
	if !c.store.lasting() {
		return
	}
	base := c.store.file
	if base == "" {
		base = "apiauth-demo-" + c.store.kind
	}
	c.jwtKeyFile = cmp.Or(c.jwtKeyFile, base+".jwt-"+string(c.algorithm)+".key") // each algorithm has keys of its own
	c.serviceKeyFile = cmp.Or(c.serviceKeyFile, base+".service.key")
	c.floodKeyFile = cmp.Or(c.floodKeyFile, base+".flood.key")
}

// parseFlags reads the command line.
func parseFlags(args []string, stderr io.Writer) (config, error) {
	var c config
	var storeURL, redisURL, algorithm string
	fs := flag.NewFlagSet("server", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&c.addr, "addr", "127.0.0.1:8080", "listen `address`")
	fs.StringVar(&storeURL, "store", "sqlite:apiauth-demo.db", "`where` users, clients, tokens and keys live: memory, sqlite:FILE, postgres://user:password@host/database or mysql://user:password@host/database; the tables are made at the start, and what is there is left as it is")
	fs.StringVar(&redisURL, "redis", "", "redis:// or rediss:// `URL` of a server where tokens, revocations and failed logins live instead; it must not evict keys")
	fs.DurationVar(&c.timeout, "timeout", auth.DefaultEndpointTimeout, "how long a request may take; who has no answer from a store by then is answered 503")
	fs.StringVar(&c.profileName, "profile", "2025", "error profile: 2025, legacy, rfc or services")
	fs.BoolVar(&c.requireApplication, "require-application", false, "no default application: the AUTH-METHOD header is mandatory")
	fs.StringVar(&algorithm, "alg", "RS256", "algorithm of issued JWTs: HS, RS, PS or ES with 256, 384 or 512, or EdDSA")
	fs.StringVar(&c.issuer, "issuer", "", "issuer of our tokens and base of the addresses in the metadata: an https `URL`, or http on loopback (default http:// and the address)")
	fs.StringVar(&c.foreign.source, "jwks", "", "`file` or URL (https, or http on loopback) of the key set of another issuer whose JWTs are accepted too")
	fs.StringVar(&c.foreign.issuer, "jwks-issuer", "", "issuer of those JWTs; mandatory with -jwks")
	fs.StringVar(&c.foreign.audience, "jwks-audience", "", "audience that those JWTs must name; mandatory with -jwks")
	fs.StringVar(&c.foreign.usernameClaim, "jwks-username-claim", "sub", "claim of those JWTs that holds the user name")
	fs.StringVar(&c.introspect.url, "introspect", "", "introspection endpoint (`URL`: https, or http on loopback) of another server whose access tokens are accepted too, with AUTH-METHOD: "+appExternal)
	fs.StringVar(&c.introspectAs.id, "introspect-client-id", "", "id of the client that we are there; mandatory with -introspect")
	fs.StringVar(&c.introspectAs.secret, "introspect-client-secret", "", "its secret; mandatory with -introspect")
	fs.StringVar(&c.introspect.audience, "introspect-audience", "", "audience that those tokens must name; mandatory with -introspect")
	fs.StringVar(&c.introspect.usernameClaim, "introspect-username-claim", "username", "member of the answer that holds the user name")
	fs.StringVar(&c.jwtKeyFile, "jwt-key", "", "`file` with the key of issued JWTs (PEM; for HS the secret itself); made if it does not exist (default beside the SQLite file, for the other databases in the current folder; with -store memory a new key at each start)")
	fs.StringVar(&c.serviceKeyFile, "service-key", "", "`file` with the key of services tokens, at least 32 bytes; made if it does not exist (default as for -jwt-key)")
	fs.StringVar(&c.floodKeyFile, "flood-key", "", "`file` with the key by which servers with the same counters know that a wrong password was sent again, at least 32 bytes; made if it does not exist (default as for -jwt-key)")
	fs.StringVar(&c.client.id, "client-id", "demo_client", "id of the demo OAuth client")
	fs.StringVar(&c.client.secret, "client-secret", "", "its secret, at least 16 bytes (default generated anew at each start; that of the start before goes on working, older ones do not, so several servers need the same one here)")
	fs.StringVar(&c.jwtClient.id, "jwt-client-id", "demo_jwt_client", "id of the demo OAuth client whose access tokens are JWTs")
	fs.StringVar(&c.jwtClient.secret, "jwt-client-secret", "", "its secret, likewise")
	fs.StringVar(&c.apiKey, "api-key", "", "API key of user 1 (default generated anew at each start, as -client-secret is)")
	fs.StringVar(&c.blockedKey, "blocked-api-key", "", "API key of blocked_user, which is refused, likewise")
	fs.StringVar(&c.operator.password, "operator-password", "", "password of the demo user operator, who may use the console, at least 12 bytes (default "+demoOperator.password+" where only this machine gets to it, which is with -addr on loopback and without -trusted-proxies, and generated anew at each start elsewhere)")
	fs.DurationVar(&c.tokenTTL, "token-ttl", time.Hour, "lifetime of access tokens and JWTs")
	fs.DurationVar(&c.serviceTokenTTL, "service-token-ttl", 720*time.Hour, "lifetime of services tokens")
	fs.TextVar(&c.logLevel, "log-level", slog.LevelInfo, "the least `level` that is logged: DEBUG (with every request), INFO, WARN or ERROR")
	readAccess := accessFlags(fs, &c.access)
	if err := fs.Parse(args); err != nil {
		return config{}, err
	}

	var err error
	c.algorithm = jwt.Algorithm(algorithm)
	c.profile, err = autherr.ProfileByName(c.profileName)
	switch {
	case err != nil:
		return config{}, fmt.Errorf("-profile: %w", err)
	case fs.NArg() > 0:
		return config{}, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	case c.foreign.source != "" && (c.foreign.issuer == "" || c.foreign.audience == ""):
		return config{}, errors.New("-jwks needs -jwks-issuer and -jwks-audience: tokens of any issuer, or made for somebody else, must not be accepted")
	case c.foreign.source == "" && (c.foreign.issuer != "" || c.foreign.audience != ""):
		return config{}, errors.New("-jwks-issuer and -jwks-audience mean nothing without -jwks")
	case c.introspect.url != "" && (c.introspectAs.id == "" || c.introspectAs.secret == "" || c.introspect.audience == ""):
		return config{}, errors.New("-introspect needs -introspect-client-id, -introspect-client-secret and -introspect-audience")
	case c.introspect.url == "" && (c.introspectAs != clientCredential{} || c.introspect.audience != ""):
		return config{}, errors.New("-introspect-client-id, -introspect-client-secret and -introspect-audience mean nothing without -introspect")
	case c.client.id == "" || c.jwtClient.id == "":
		return config{}, errors.New("-client-id and -jwt-client-id must not be empty")
	case c.client.id == c.jwtClient.id:
		return config{}, errors.New("-client-id and -jwt-client-id are the same")
	case c.operator.password != "" && len(c.operator.password) < minOperatorPassword:
		return config{}, fmt.Errorf("-operator-password must have at least %d bytes", minOperatorPassword)
	case c.tokenTTL < time.Second || c.serviceTokenTTL < time.Second:
		return config{}, errors.New("-token-ttl and -service-token-ttl must be at least one second")
	case c.timeout <= 0 || c.timeout >= writeTimeout:
		return config{}, fmt.Errorf("-timeout must be more than zero and less than %v", writeTimeout)
	}
	if err := readAccess(); err != nil {
		return config{}, err
	}
	if c.store, err = parseStore(storeURL); err != nil {
		return config{}, fmt.Errorf("-store: %w", err)
	}
	if c.redis, err = parseRedis(redisURL); err != nil {
		return config{}, fmt.Errorf("-redis: %w", err)
	}
	c.defaultKeyFiles()
	return c, nil
}
