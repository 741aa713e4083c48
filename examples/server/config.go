package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

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

	foreign foreignKeys

	jwtKeyFile, serviceKeyFile string
	clientID, clientSecret     string
	apiKey                     string
	tokenTTL, serviceTokenTTL  time.Duration
}

// foreignKeys describes the key set of somebody else whose tokens are accepted too.
type foreignKeys struct{ source, issuer, audience, usernameClaim string }

// remote reports whether the key set is fetched from a URL, and not read from a file.
func (f foreignKeys) remote() bool { return strings.Contains(f.source, "://") }

// parseFlags reads the command line. A flag for something that is not built yet is an error that says so.
func parseFlags(args []string, stderr io.Writer) (config, error) {
	var c config
	var storeURL, redisURL, algorithm string
	fs := flag.NewFlagSet("server", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&c.addr, "addr", "127.0.0.1:8080", "listen `address`")
	fs.StringVar(&storeURL, "store", "memory", "where users, clients, tokens and keys live; only \"memory\" is built")
	fs.StringVar(&redisURL, "redis", "", "redis:// `URL` for tokens; not built")
	fs.StringVar(&c.profileName, "profile", "2025", "error profile: 2025, legacy, rfc or services")
	fs.BoolVar(&c.requireApplication, "require-application", false, "no default application: the AUTH-METHOD header is mandatory")
	fs.StringVar(&algorithm, "alg", "RS256", "algorithm of issued JWTs: HS, RS, PS or ES with 256, 384 or 512, or EdDSA")
	fs.StringVar(&c.issuer, "issuer", "", "issuer of our tokens (default http:// and the address)")
	fs.StringVar(&c.foreign.source, "jwks", "", "`file` or URL (https, or http on loopback) of the key set of another issuer whose JWTs are accepted too")
	fs.StringVar(&c.foreign.issuer, "jwks-issuer", "", "issuer of those JWTs; mandatory with -jwks")
	fs.StringVar(&c.foreign.audience, "jwks-audience", "", "audience that those JWTs must name; mandatory with -jwks")
	fs.StringVar(&c.foreign.usernameClaim, "jwks-username-claim", "sub", "claim of those JWTs that holds the user name")
	fs.StringVar(&c.jwtKeyFile, "jwt-key", "", "`file` with the key of issued JWTs (PEM; for HS the secret itself); made if it does not exist (default: a new key at each start)")
	fs.StringVar(&c.serviceKeyFile, "service-key", "", "`file` with the key of services tokens, at least 32 bytes; made if it does not exist (default: a new key at each start)")
	fs.StringVar(&c.clientID, "client-id", "", "id of the demo OAuth client (default generated)")
	fs.StringVar(&c.clientSecret, "client-secret", "", "its secret, at least 16 bytes (default generated anew at each start)")
	fs.StringVar(&c.apiKey, "api-key", "", "API key of user 1 (default generated)")
	fs.DurationVar(&c.tokenTTL, "token-ttl", time.Hour, "lifetime of access tokens and JWTs")
	fs.DurationVar(&c.serviceTokenTTL, "service-token-ttl", 720*time.Hour, "lifetime of services tokens")
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
	case storeURL != "memory":
		return config{}, errors.New("-store: only memory is built; SQLite, PostgreSQL and MySQL are not yet")
	case redisURL != "":
		return config{}, errors.New("-redis is not built yet")
	case c.foreign.source != "" && (c.foreign.issuer == "" || c.foreign.audience == ""):
		return config{}, errors.New("-jwks needs -jwks-issuer and -jwks-audience: tokens of any issuer, or made for somebody else, must not be accepted")
	case c.foreign.source == "" && (c.foreign.issuer != "" || c.foreign.audience != ""):
		return config{}, errors.New("-jwks-issuer and -jwks-audience mean nothing without -jwks")
	case c.tokenTTL < time.Second || c.serviceTokenTTL < time.Second:
		return config{}, errors.New("-token-ttl and -service-token-ttl must be at least one second")
	}
	return c, nil
}
