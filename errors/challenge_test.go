package errors_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	autherr "github.com/apiauth-go/apiauth/errors"
)

func TestChallenges(t *testing.T) {
	for _, tt := range []struct {
		make  func(string) (autherr.Challenge, error)
		realm string
		want  string
	}{
		{autherr.BasicChallenge, "Example API", `Basic realm="Example API", charset="UTF-8"`},
		{autherr.BasicTokenChallenge, "Example API", `Basic realm="Example API"`},
		{autherr.BearerChallenge, "Example API", `Bearer realm="Example API"`},
		{autherr.APIKeyChallenge, "Example API", `ApiKey realm="Example API"`},
		{autherr.BearerChallenge, `Q"uote \ Co, Ltd`, `Bearer realm="Q\"uote \\ Co, Ltd"`},
		{autherr.BearerChallenge, "zoé", `Bearer realm="zoé"`},
		{autherr.BearerChallenge, "", `Bearer realm=""`},
	} {
		c, err := tt.make(tt.realm)
		require.NoError(t, err)
		require.Equal(t, tt.want, c.String())
		require.False(t, c.IsZero())

		parsed, err := parseChallenges(c.String())
		require.NoError(t, err)
		require.Len(t, parsed, 1)
		require.Equal(t, tt.realm, parsed[0].params["realm"])
	}
	require.True(t, autherr.Challenge{}.IsZero())
	require.Empty(t, autherr.Challenge{}.String())
}

func TestARealmWithControlCharactersIsAConstructionError(t *testing.T) {
	for _, realm := range []string{"a\r\nSet-Cookie: b=c", "a\nb", "a\rb", "a\x00b", "a\tb", "\x7f", "\x1b[31m"} {
		for _, make := range []func(string) (autherr.Challenge, error){
			autherr.BasicChallenge, autherr.BasicTokenChallenge, autherr.BearerChallenge, autherr.APIKeyChallenge,
		} {
			c, err := make(realm)
			require.ErrorContains(t, err, "realm", "%q", realm)
			require.NotContains(t, err.Error(), "\n", "a log line stays one line")
			require.True(t, c.IsZero())
		}
	}
}

func TestMergeChallengesKeepsOneForEachSchemeAndRealm(t *testing.T) {
	must := func(c autherr.Challenge, err error) autherr.Challenge {
		require.NoError(t, err)
		return c
	}
	basic, token := must(autherr.BasicChallenge("a")), must(autherr.BasicTokenChallenge("a"))
	bearer, other := must(autherr.BearerChallenge("a")), must(autherr.BearerChallenge("b"))
	got := autherr.MergeChallenges(nil, basic, autherr.Challenge{}, token, bearer, bearer, other, basic)
	require.Equal(t, []autherr.Challenge{basic, bearer, other}, got)
	require.Equal(t, []autherr.Challenge{basic, bearer}, autherr.MergeChallenges([]autherr.Challenge{token}, basic, bearer),
		"the one that names a charset says more")
	require.Nil(t, autherr.MergeChallenges(nil))
}

// hostileRealms are legal and hard to parse.
var hostileRealms = []string{
	`plain`, `with "quotes"`, `back\slash`, `\`, `"`, `comma, separated`, `Basic realm="inner"`, `a=b; c="d", Bearer realm="e"`, `x` + strings.Repeat("y", 500),
}

func TestChallengesAreReadByPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3 is not installed")
		}
		t.Skip("python3 is not installed: this test reads challenges with it")
	}
	// One list of all fields, as a client sees them that joins repeated fields, and as many single ones.
	const script = `
import json, sys
from urllib.request import parse_http_list, parse_keqv_list
fields = json.load(sys.stdin)
out = []
for field in fields:
    scheme, _, rest = field.partition(" ")
    out.append([scheme, parse_keqv_list(parse_http_list(rest))])
json.dump(out, sys.stdout)
`
	var fields []string
	for _, realm := range hostileRealms {
		c, err := autherr.BasicChallenge(realm)
		require.NoError(t, err)
		fields = append(fields, c.String())
	}
	in, err := json.Marshal(fields)
	require.NoError(t, err)
	cmd := exec.Command(python, "-c", script)
	cmd.Stdin = strings.NewReader(string(in))
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("python3 does not run here: %v", err)
	}
	var got [][2]any
	require.NoError(t, json.Unmarshal(out, &got))
	require.Len(t, got, len(hostileRealms))
	for i, realm := range hostileRealms {
		require.Equal(t, "Basic", got[i][0])
		params := got[i][1].(map[string]any)
		require.Len(t, params, 2, realm)
		require.Equal(t, "UTF-8", params["charset"], realm)
		require.Equal(t, realm, strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(params["realm"].(string)))
	}
}

// challenge is one challenge as the parser below reads it.
type challenge struct {
	scheme string
	params map[string]string
}

// parseChallenges reads WWW-Authenticate by the grammar of RFC 9110 section 11.6.1 and accepts nothing else:
//
//	challenge  = auth-scheme [ 1*SP #auth-param ]
//	auth-param = token BWS "=" BWS ( token / quoted-string )
func parseChallenges(s string) (list []challenge, err error) {
	p := challengeParser{rest: s}
	for {
		p.skip(" \t,")
		if p.rest == "" {
			return list, nil
		}
		word, err := p.token()
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(p.rest, "=") { // one more parameter of the last challenge
			if len(list) == 0 {
				return nil, fmt.Errorf("parameter %q without a scheme", word)
			}
			p.rest = p.rest[1:]
			value, err := p.value()
			if err != nil {
				return nil, err
			}
			params := list[len(list)-1].params
			if _, twice := params[word]; twice {
				return nil, fmt.Errorf("parameter %q twice", word)
			}
			params[word] = value
			p.skip(" \t")
			if p.rest != "" && p.rest[0] != ',' {
				return nil, fmt.Errorf("want a comma before %q", p.rest)
			}
			continue
		}
		if p.rest != "" && p.rest[0] != ' ' && p.rest[0] != ',' {
			return nil, fmt.Errorf("want a blank before %q", p.rest)
		}
		list = append(list, challenge{word, map[string]string{}})
	}
}

type challengeParser struct{ rest string }

func (p *challengeParser) skip(set string) { p.rest = strings.TrimLeft(p.rest, set) }

func (p *challengeParser) token() (string, error) {
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return r > '~' || r <= ' ' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
	if end < 0 {
		end = len(p.rest)
	}
	if end == 0 {
		return "", fmt.Errorf("want a token at %q", p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word, nil
}

func (p *challengeParser) value() (string, error) {
	if !strings.HasPrefix(p.rest, `"`) {
		return p.token()
	}
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return b.String(), nil
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		case c < ' ' && c != '\t' || c == 0x7f:
			return "", fmt.Errorf("control character in a quoted-string")
		default:
			b.WriteByte(c)
		}
	}
	return "", fmt.Errorf("quoted-string has no end")
}

func TestTheParserOfThisTestRefusesWhatIsNoChallenge(t *testing.T) {
	for _, s := range []string{`realm="a"`, `Basic realm="a`, `Basic realm="a" charset="b"`, `Basic realm="a", realm="b"`, `Basic/x realm="a"`} {
		_, err := parseChallenges(s)
		require.Error(t, err, s)
	}
	got, err := parseChallenges(`Basic realm="a, b", charset="UTF-8", Bearer realm="c\"d", error=x, ApiKey`)
	require.NoError(t, err)
	require.Equal(t, []challenge{
		{"Basic", map[string]string{"realm": "a, b", "charset": "UTF-8"}},
		{"Bearer", map[string]string{"realm": `c"d`, "error": "x"}},
		{"ApiKey", map[string]string{}},
	}, got)
}

func TestAnApplicationsOwnScheme(t *testing.T) {
	c, err := autherr.NewChallenge("Team-Token", "Example API")
	require.NoError(t, err)
	require.Equal(t, `Team-Token realm="Example API"`, c.String())
	for _, scheme := range []string{"", "Two words", "a,b", "a\r\nb", `a"b`, "é", "a=b"} {
		_, err := autherr.NewChallenge(scheme, "Example API")
		require.Error(t, err, scheme)
	}
	_, err = autherr.NewChallenge("Team-Token", "a\r\nb")
	require.Error(t, err)
}
