package password_test

import (
	"fmt"
	"testing"

	"github.com/apiauth-go/apiauth/auth/password"
)

// FuzzVerifyRecord reads records without computing: what is accepted is short and within the limits of cost, and an
// argon2id record has one spelling.
func FuzzVerifyRecord(f *testing.F) {
	for _, test := range refused {
		f.Add(test.hash)
	}
	for hash := range topsecret {
		f.Add(hash)
	}
	limit := map[password.Format]uint64{
		password.Argon2id: password.MaxArgon2idCost,
		password.Bcrypt:   password.MaxBcryptCost,
		password.Drupal7:  password.MaxDrupal7Cost,
		password.PHPass:   password.MaxDrupal7Cost, // U$S$ is the most expensive
	}
	f.Fuzz(func(t *testing.T, hash string) {
		var format password.Format
		var cost uint64
		var err error
		// No record is longer than 256 characters, and what is longer is not decoded.
		takesAtMost(t, 4<<10, 0, len(hash), func() { format, cost, err = password.Parse(hash) })
		if err != nil {
			return
		}
		if len(hash) > 256 {
			t.Fatalf("accepted %d characters", len(hash))
		}
		if cost == 0 || cost > limit[format] {
			t.Fatalf("%s record of cost %d", format, cost)
		}
		if format != password.Argon2id {
			return
		}
		if password.Respell(hash) != hash {
			t.Fatalf("accepted a second spelling of %s", password.Respell(hash))
		}
		// What a computation will take is what the record says, so that is what must be bounded.
		var memory, time, threads int
		if _, err := fmt.Sscanf(hash, "$argon2id$v=19$m=%d,t=%d,p=%d$", &memory, &time, &threads); err != nil {
			t.Fatal(err)
		}
		if memory > 256<<10 || time > 64 || threads > 64 {
			t.Fatalf("accepted %d KiB, %d passes and %d threads", memory, time, threads)
		}
	})
}

// FuzzVerify runs the cheapest records of each format through the computation: any input that CheckInput accepts is
// hashed once or refused, and none matches.
func FuzzVerify(f *testing.F) {
	h, count := newWeak(f)
	f.Add("topsecret")
	f.Add("P\x00P")
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, input string) {
		bad := password.CheckInput(input) != nil
		for _, hash := range []string{
			"$argon2id$v=19$m=8,t=1,p=1" + tail, "$2y$04$" + bcryptTail, "$S$5" + drupal7Tail, "U$H$5" + phpassTail,
		} {
			var ok bool
			var err error
			// No password is longer than 1,024 bytes. These records ask for 8 KiB, and bcrypt always takes 4.
			takesAtMost(t, 32<<10, 0, len(input), func() {
				count.take()
				ok, err = h.Verify(hash, input)
			})
			if ok && input != "topsecret" {
				t.Fatalf("%q matches", input)
			}
			if bad && err == nil {
				t.Fatalf("%q was hashed", input)
			}
			if n := len(count.take()); err == nil && n != 1 || err != nil && n != 0 {
				t.Fatalf("%d computations, error %v", n, err)
			}
		}
	})
}
