package password_test

import (
	"fmt"
	"log"

	"github.com/apiauth-go/apiauth/auth/password"
)

func Example() {
	hasher, err := password.New(password.Config{})
	if err != nil {
		log.Fatal(err)
	}
	hash, err := hasher.Hash("correct horse battery staple")
	if err != nil {
		log.Fatal(err)
	}
	ok, err := hasher.Verify(hash, "correct horse battery staple")
	fmt.Println(ok, err)
	ok, err = hasher.Verify(hash, "wrong")
	fmt.Println(ok, err)
	// Output:
	// true <nil>
	// false <nil>
}

// A login that does one computation, whether the user is unknown, has an unusable record or has given a wrong password,
// and that replaces old hashes.
func ExampleHasher_VerifyDummy() {
	users := map[string]string{
		"drupal": "$S$DObiphG/vEKkbXGK0F8XwRCstLZFuCs0z4Na9ZDn5XCXscbkwPAA",
		"plain":  "topsecret",
	}
	computations := 0
	hasher, err := password.New(password.Config{
		Accept: []password.Format{password.Drupal7},
		OnHash: func(password.Format) { computations++ },
	})
	if err != nil {
		log.Fatal(err)
	}
	login := func(name, input string) bool {
		if password.CheckInput(input) != nil {
			return false // known from the input alone: costs nothing, tells nothing
		}
		hash, known := users[name]
		if !known {
			hasher.VerifyDummy(input)
			return false
		}
		ok, err := hasher.Verify(hash, input)
		if err != nil {
			hasher.VerifyDummy(input)
			return false
		}
		if ok && hasher.NeedsRehash(hash) {
			if hash, err = hasher.Hash(input); err == nil {
				users[name] = hash
			}
		}
		return ok
	}
	for _, try := range [][2]string{
		{"nobody", "topsecret"}, {"plain", "topsecret"},
		{"drupal", "wrong"}, {"drupal", "topsecret"}, {"drupal", "a\x00b"},
	} {
		computations = 0
		ok := login(try[0], try[1])
		fmt.Printf("%-6s %q: %t, %d computed\n", try[0], try[1], ok, computations)
	}
	fmt.Println(users["drupal"][:30])
	// Output:
	// nobody "topsecret": false, 1 computed
	// plain  "topsecret": false, 1 computed
	// drupal "wrong": false, 1 computed
	// drupal "topsecret": true, 2 computed
	// drupal "a\x00b": false, 0 computed
	// $argon2id$v=19$m=19456,t=2,p=1
}

// A user table that was filled by PHP's password_hash, or by an earlier Go program, holds bcrypt records. Login replaces
// them one by one.
func ExampleConfig_existingUsers() {
	hasher, err := password.New(password.Config{Accept: []password.Format{password.Bcrypt}})
	if err != nil {
		log.Fatal(err)
	}
	hash := "$2y$10$jdpfG/Iq8rNaTkjZ0mRVRumDbav44iFDYufqWtzG5UDIbKDNQOqWG"
	ok, err := hasher.Verify(hash, "topsecret")
	fmt.Println(ok, err, hasher.NeedsRehash(hash))
	// Output: true <nil> true
}

// A site that was upgraded from Drupal 6 still holds records that rely on MD5.
func ExampleConfig_upgradedSite() {
	hasher, err := password.New(password.Config{InsecureAcceptPHPass: true})
	if err != nil {
		log.Fatal(err)
	}
	ok, err := hasher.Verify("U$S$95gonUEK33SS3LF9obhmMFNe7yeBYTl/A2HoPrz/zBxDjv1/hA.6", "topsecret")
	fmt.Println(ok, err)
	// Output: true <nil>
}

func ExampleCheckInput() {
	fmt.Println(password.CheckInput("pässwörd: €"))
	fmt.Println(password.CheckInput("P\x00P"))
	// Output:
	// <nil>
	// password: input not acceptable: control character
}
