package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// answer is what a request must be answered with.
type answer struct {
	status      int
	mediaType   string
	cache       string            // Cache-Control
	body        string            // the whole body
	pattern     string            // a regular expression in JavaScript for the whole body, where it is not the same each time
	challenges  []string          // the WWW-Authenticate fields of a 401, in any order
	allow       string            // of a 405
	retry       bool              // Retry-After is there
	keep        map[string]string // members of the body to be kept, with the variables that get them
	method      string            // of a refusal: in whose words it is told
	code        string            // of a refusal
	userName    string            // of a refusal that names a user: the variable with the name
	otherStatus int               // of a refusal that is told with another status than usual
}

// The challenges of the example server.
const (
	basicChallenge    = `Basic realm="Example API", charset="UTF-8"`
	serviceChallenge  = `Basic realm="Example API"`
	bearerChallenge   = `Bearer realm="Example API"`
	badTokenChallenge = `Bearer realm="Example API", error="invalid_token"`
	apiKeyChallenge   = `ApiKey realm="Example API"`
)

// anyMethod are the challenges of a route that takes every method.
var anyMethod = []string{bearerChallenge, basicChallenge, apiKeyChallenge}

// badToken are those after a bearer token that is not valid.
var badToken = []string{badTokenChallenge, basicChallenge, apiKeyChallenge}

const noStore = "no-store"

// page is the answer of a protected route.
func page(status int, pattern string) answer {
	return answer{status: status, mediaType: "application/json", cache: "private", pattern: pattern}
}

// given is the answer of an endpoint that gives out something.
func given(pattern string, keep map[string]string) answer {
	return answer{status: 200, mediaType: "application/json", cache: noStore, pattern: pattern, keep: keep}
}

// refused is the documented answer to a refusal, which the golden files of package errors hold. Challenges are those of a 401.
func refused(method, code string, challenges ...string) answer {
	return answer{method: method, code: code, mediaType: "application/json", cache: noStore, challenges: challenges}
}

// naming is a refusal whose text names a user.
func (a answer) naming(variable string) answer { a.userName = variable; return a }

// withStatus is a refusal with another status than usual.
func (a answer) withStatus(status int) answer { a.otherStatus = status; return a }

// allowing is a 405 with the methods that are allowed.
func (a answer) allowing(methods string) answer { a.allow = methods; return a }

// golden is where the documented bodies are.
var golden = filepath.Join("..", "..", "errors", "testdata", "golden", "2025")

// documented fills in the status and the body of a refusal.
func (a *answer) documented() error {
	var files []string
	for _, method := range []string{a.method, "any"} { // what no method tells in its own words is under any
		var err error
		if files, err = filepath.Glob(filepath.Join(golden, method, a.code+".*.json")); err != nil || len(files) == 1 {
			break
		}
	}
	if len(files) != 1 {
		return fmt.Errorf("no golden body of %s %s", a.method, a.code)
	}
	body, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	usual := strings.Split(filepath.Base(files[0]), ".")[1]
	if a.status, err = strconv.Atoi(usual); err != nil {
		return err
	}
	a.body = string(body)
	if a.otherStatus != 0 {
		a.status = a.otherStatus
		a.body = strings.Replace(a.body, usual, strconv.Itoa(a.status), 1)
	}
	if a.userName != "" {
		if !strings.Contains(a.body, "my_username") {
			return fmt.Errorf("the golden body of %s %s names nobody", a.method, a.code)
		}
		a.body = strings.Replace(a.body, "my_username", "{{"+a.userName+"}}", 1)
	}
	return nil
}

// script returns the test script of a request.
func (a answer) script() ([]string, error) {
	if a.code != "" {
		if err := a.documented(); err != nil {
			return nil, err
		}
	}
	var lines []string
	test := func(name, condition string) {
		lines = append(lines, fmt.Sprintf("pm.test(%s, () => %s);", quote(name), condition))
	}
	header := func(name, value string) {
		test(name+": "+value, fmt.Sprintf("pm.expect(pm.response.headers.get(%s)).to.eql(%s)", quote(name), quote(value)))
	}
	test("Status "+strconv.Itoa(a.status), fmt.Sprintf("pm.response.to.have.status(%d)", a.status))
	if a.mediaType != "" {
		header("Content-Type", a.mediaType)
	}
	if a.cache != "" {
		header("Cache-Control", a.cache)
	}
	switch {
	case a.userName != "":
		test("The body is the documented one", fmt.Sprintf("pm.expect(pm.response.text()).to.eql(pm.variables.replaceIn(%s))", quote(a.body)))
	case a.code != "":
		test("The body is the documented one", fmt.Sprintf("pm.expect(pm.response.text()).to.eql(%s)", quote(a.body)))
	case a.pattern != "":
		test("The body is as documented", fmt.Sprintf("pm.expect(pm.response.text()).to.match(/^%s$/)", strings.ReplaceAll(a.pattern, "/", `\/`)))
	default:
		test("The body is as documented", fmt.Sprintf("pm.expect(pm.response.text()).to.eql(%s)", quote(a.body)))
	}
	if a.status == 401 != (len(a.challenges) > 0) {
		return nil, fmt.Errorf("a 401 has challenges, and nothing else has: status %d", a.status)
	}
	if len(a.challenges) > 0 {
		var list []string
		for _, c := range a.challenges {
			list = append(list, quote(c))
		}
		test("WWW-Authenticate lists what is accepted", `pm.expect(pm.response.headers.filter(h => h.key.toLowerCase() === "www-authenticate").map(h => h.value)).to.have.members([`+strings.Join(list, ", ")+"])")
	}
	if a.status == 405 != (a.allow != "") {
		return nil, fmt.Errorf("a 405 has Allow, and nothing else has: status %d", a.status)
	}
	if a.allow != "" {
		header("Allow", a.allow)
	}
	if a.retry {
		test("Retry-After is there", `pm.expect(Number(pm.response.headers.get("Retry-After"))).to.be.above(0)`)
	}
	var members []string
	for member := range a.keep {
		members = append(members, member)
	}
	slices.Sort(members)
	for _, member := range members {
		lines = append(lines, fmt.Sprintf("pm.environment.set(%s, pm.response.json()[%s]);", quote(a.keep[member]), quote(member)))
	}
	return lines, nil
}

// quote returns s as JavaScript has it.
func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a text always can be
	return strings.TrimSuffix(b.String(), "\n")
}
