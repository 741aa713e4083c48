package console_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var colour = regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`)

// colours reads the colours of a rule.
func colours(css string) map[string]float64 {
	all := map[string]float64{}
	for _, m := range colour.FindAllStringSubmatch(css, -1) {
		all[m[1]] = luminance(m[2])
	}
	return all
}

// luminance is the relative luminance of WCAG 2.
func luminance(hex string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

func TestContrastIsEnough(t *testing.T) {
	data, err := os.ReadFile("assets/console.css")
	require.NoError(t, err)
	css := string(data)
	light, rest, ok := strings.Cut(css, "@media (prefers-color-scheme: dark)")
	require.True(t, ok)
	dark, rules, _ := strings.Cut(rest, "\n}\n")
	schemes := map[string]map[string]float64{"light": colours(light), "dark": colours(dark)}
	require.NotRegexp(t, `#[0-9a-fA-F]{3,8}\b|rgb|hsl`, rules, "colours are named above, where this test finds them")
	for name, c := range schemes {
		require.Len(t, c, 14, name)
		for _, pair := range []struct {
			text  string
			backs []string
		}{
			{"text", []string{"page", "card", "plain-back", "new-back"}},
			{"muted", []string{"page", "card", "new-back"}},
			{"accent", []string{"page", "card"}},
			{"on-accent", []string{"accent"}},
			{"good", []string{"card", "page", "good-back"}},
			{"bad", []string{"card", "page", "bad-back"}},
		} {
			for _, back := range pair.backs {
				require.GreaterOrEqual(t, contrast(c[pair.text], c[back]), 4.5, "%s: %s on %s", name, pair.text, back)
			}
		}
		for _, back := range []string{"card", "page"} { // what shows where a field or the focus is
			require.GreaterOrEqual(t, contrast(c["edge"], c[back]), 3.0, "%s: edge on %s", name, back)
			require.GreaterOrEqual(t, contrast(c["accent"], c[back]), 3.0, "%s: focus on %s", name, back)
		}
	}
	require.InDelta(t, 21, contrast(luminance("000000"), luminance("ffffff")), 0.001)
}
