package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/apiauth-go/apiauth/store"
)

// oddStrings are texts that databases and caches are known to mangle, to fold into one another or to stumble over. All
// are different.
var oddStrings = []string{
	strings.Repeat("x", 1024),
	strings.Repeat("x", 1023) + "y", // the same if cut
	"a\x00b",
	"a\x00c",
	"\xff\xfe not UTF-8",
	"Caf\u00e9", // composed
	"Cafe\u0301",
	"Cafe",
	"Stra\u00dfe",
	"Strasse",
	"key \U0001f511 and \U0001f469\u200d\U0001f4bb",
	"\u202egnp.exe",
	"O'Brien",
	`"quoted"`,
	`back\slash`,
	"'; DROP TABLE users; --",
	"100%",
	"100_",
	"100x",
	"a:b", "a", "b", // keys of parts
	"{a}|b,c;d/e?f#g[h]*",
	"two words",
	"two  words",
	" before",
	"after ",
	"after",
	"line\r\nbreak\ttab",
	"NULL",
	"0",
	"007",
	"7",
	"7.0",
	"true",
}

// oddKeys checks a kind of key with all oddStrings, together in one store, so that none may stand for another.
//
// The texts for which cannot is true must be refused by put, not changed, and be unknown to get like any other text
// that is not there.
func oddKeys(ctx context.Context, what string, cannot func(string) bool, put, get func(ctx context.Context, i int, key string) error) error {
	for i, key := range oddStrings {
		if err := is(get(ctx, i, key), store.ErrNotFound, "%s %s, which is not there", what, short(key)); err != nil {
			return err
		}
	}
	refused := func(key string) bool { return cannot != nil && cannot(key) }
	for i, key := range oddStrings {
		err := put(ctx, i, key)
		switch {
		case err != nil && !refused(key):
			return fmt.Errorf("%s %s: refused (a harness can say so by CannotStore): %w", what, short(key), err)
		case err == nil && refused(key):
			return fmt.Errorf("%s %s: stored, though CannotStore says that it cannot be", what, short(key))
		}
	}
	for i, key := range oddStrings {
		var want error
		if refused(key) {
			want = store.ErrNotFound
		}
		if err := is(get(ctx, i, key), want, "%s %s", what, short(key)); err != nil {
			return err
		}
	}
	return nil
}

// short quotes s for a message.
func short(s string) string {
	if len(s) > 40 {
		return fmt.Sprintf("%+q… (%d bytes)", s[:10], len(s))
	}
	return fmt.Sprintf("%+q", s)
}

// nearMisses returns texts that resemble s and must not be taken for it.
func nearMisses(s string) []string {
	near := []string{
		"", s + " ", " " + s, s + "\x00", s + "\n", s + "x", s[:len(s)-1], "0" + s, "+" + s, s + ".0",
		"%", "*", s[:len(s)-1] + "%", s[:len(s)-1] + "_", s[:len(s)-1] + "?", s + "' OR '1'='1",
		strings.Replace(s, "a", "\u00e1", 1),
		strings.Replace(s, "a", "\uff41", 1), // full width
	}
	return slices.DeleteFunc(near, func(n string) bool { return n == s })
}

// swapCase returns s with upper and lower case exchanged.
func swapCase(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}
