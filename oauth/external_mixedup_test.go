package oauth_test

import (
	"fmt"
	"testing"
	"time"

	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/oauth"
)

// In a table of one place, every token is looked for where the good one is.
func TestAnAnswerIsForItsTokenAlone(t *testing.T) {
	for _, places := range []int{1, 2, 8} {
		s := says(active(""))
		v := s.introspecting(t, func(c *oauth.IntrospectionConfig) { c.CacheTTL, c.CacheTokens = time.Minute, places })
		requireForeign(t, v, foreignToken)
		s.do(sayJSON(`{"active":false}`))
		for i := range 20 {
			requireRefused(t, v, fmt.Sprint("invented-", i), autherr.InvalidAccessToken, "not active")
		}
		requireForeign(t, v, foreignToken)
	}
}
