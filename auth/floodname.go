package auth

import (
	"strings"
	"unicode"

	"github.com/apiauth-go/apiauth/store"
)

// countedAs returns what is counted as the user of an attempt: the user of the store or, if he is zero, the name of nobody as it is folded. The name
// is folded in both cases, for the time of it would tell them apart.
func countedAs(user store.User, name string) [2]string {
	who := [2]string{"name", foldName(name)}
	if user.ID != "" {
		who = [2]string{"user", user.ID}
	}
	return who
}

// twoBlocks is what SHA-256 takes in two of its blocks, in bytes.
const twoBlocks = 119

// appendParts appends what is counted. No two lists of so many parts look alike. It is filled up to twoBlocks, in which there is room for the ID of a user and
// for nearly every name: with a shorter ID, a user would take less time than nobody of the same name.
func appendParts(b []byte, parts []string) []byte {
	for _, part := range parts {
		b = appendPart(b, part)
	}
	for len(b) < twoBlocks {
		b = append(b, 0)
	}
	return b
}

// foldName returns what the spellings of one name have in common that stores are known to take for each other: it has no upper case, no blanks,
// no accents and other combining marks, no characters that are not seen, and no full-width forms.
//
// What it returns counts for the names of nobody only. They must be limited like those of users, or the limits would tell who is one: where a store finds a user by
// several spellings, all of these count as one, and so they must for a name that it does not find.
func foldName(name string) string {
	if isFolded(name) {
		return name
	}
	return strings.Map(func(r rune) rune {
		if 0xff01 <= r && r <= 0xff5e {
			r -= 0xff01 - '!'
		}
		r = unicode.ToLower(unicode.ToUpper(r))
		if unicode.IsSpace(r) || unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc) {
			return -1
		}
		if 0xc0 <= r && r < 0xc0+rune(len(unaccented)) && unaccented[r-0xc0] != ' ' {
			r = rune(unaccented[r-0xc0])
		}
		return r
	}, name)
}

// unaccented are the letters from U+00C0 to U+017F without their accents. A blank stands for one that has none.
const unaccented = "aaaaaa ceeeeiiii nooooo  uuuuy  aaaaaa ceeeeiiii nooooo  uuuuy y" +
	"aaaaaaccccccccdd  eeeeeeeeeegggggggghh  iiiiiiiii   jjkk llllll " +
	"   nnnnnn   oooooo  rrrrrrsssssssstttt  uuuuuuuuuuuuwwyyyzzzzzz "

// isFolded reports whether a name is one as most are: without any letters that foldName would look at.
func isFolded(name string) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || 'A' <= c && c <= 'Z' || c >= 0x7f {
			return false
		}
	}
	return true
}
