package console

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/apiauth-go/apiauth/auth"
	"github.com/apiauth-go/apiauth/store"
)

// maxListed is how many records a page shows.
const maxListed = 200

// paging leads from one page of a list to the next.
type paging struct {
	After string // the id after which this page begins, empty for the first
	Next  string // the id after which the next page begins, empty if there is none
}

// Again is what the forms of a page add to their address, so that their answer leads back to it.
func (p paging) Again() string {
	if p.After == "" {
		return ""
	}
	return "?" + url.Values{"after": {p.After}}.Encode()
}

// onward returns the paging of a list that a request asked for and that was found to be this long.
func onward(r *http.Request, found int, last func() string) paging {
	p := paging{After: r.URL.Query().Get("after")}
	if found == maxListed {
		p.Next = last()
	}
	return p
}

// segment returns an id as a segment of a path, where the audit log can see it. Browsers and servers take "." and ".." for something else, so
// these are marked, and whatever begins like the mark.
func segment(id string) string {
	if id == "." || id == ".." || strings.HasPrefix(id, idMark) {
		id = idMark + id
	}
	return url.PathEscape(id)
}

const idMark = "~"

// pathID returns the id in the path of a request.
func pathID(r *http.Request) string { return strings.TrimPrefix(r.PathValue("id"), idMark) }

//go:embed templates
var templateFiles embed.FS

// templates are the pages by name, each with the layout.
var templates = parseTemplates("applications", "clients", "renew", "secret", "users", "audit", "try", "sorry")

func parseTemplates(names ...string) map[string]*template.Template {
	layout := template.Must(template.New("layout.html").Funcs(template.FuncMap{
		"visible": visible,
		"segment": segment,
		"life":    lifetime,
		"minutes": func(d time.Duration) int64 { return int64(d / time.Minute) },
		"utc":     func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
		"iso":     func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }, // of one width: audit.js compares them as texts
		"joined":  func(list []string) string { return strings.Join(list, ", ") },
		"has":     slices.Contains[[]string],
	}).ParseFS(templateFiles, "templates/layout.html"))
	pages := make(map[string]*template.Template, len(names))
	for _, name := range names {
		page := template.Must(layout.Clone())
		pages[name] = template.Must(page.ParseFS(templateFiles, "templates/"+name+".html"))
	}
	return pages
}

// page is what the layout shows of every page.
type page struct {
	Title  string
	Tab    string // which of the pages in the navigation it is
	Me     *auth.Identity
	Status string // what was done
	Error  string // why it was not
	Data   any
}

// show writes a page. It is complete, or there is an error in its place.
func (c *console) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	p.Me, _ = auth.FromContext(r.Context()) // nobody without one gets here
	c.write(w, r, status, name, "layout.html", p)
}

// write executes one of the templates of a page.
func (c *console) write(w http.ResponseWriter, r *http.Request, status int, name, part string, data any) {
	var b bytes.Buffer
	if err := templates[name].ExecuteTemplate(&b, part, data); err != nil {
		c.tell(r, err)
		http.Error(w, "This page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the browser is gone: nobody is left to tell
}

// sorry shows a page that says why there is no other.
func (c *console) sorry(w http.ResponseWriter, r *http.Request, status int, why string) {
	c.show(w, r, status, "sorry", page{Title: http.StatusText(status), Error: why})
}

// failed shows that something could not be done, and tells why where it is not for everybody.
func (c *console) failed(w http.ResponseWriter, r *http.Request, err error) {
	var input inputError
	switch {
	case errors.Is(err, store.ErrNotFound):
		c.sorry(w, r, http.StatusNotFound, "There is no such record any more.")
	case errors.As(err, &input):
		c.sorry(w, r, http.StatusUnprocessableEntity, input.Error())
	case errors.As(err, new(*http.MaxBytesError)):
		c.sorry(w, r, http.StatusRequestEntityTooLarge, "The form is too long.")
	default:
		c.tell(r, err)
		w.Header().Set("Retry-After", "5")
		c.sorry(w, r, http.StatusServiceUnavailable, "The store did not answer. What was to be changed may or may not have been; look again in a moment.")
	}
}

func (c *console) tell(r *http.Request, err error) {
	if c.cfg.OnError != nil {
		c.cfg.OnError(r, err)
	}
}

// inputError says what is wrong with a form.
type inputError string

func (e inputError) Error() string { return string(e) }

// maxForm is the longest form in bytes.
const maxForm = 64 << 10

// readForm reads the form of a POST request into r.PostForm.
func readForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	if err == nil || errors.As(err, new(*http.MaxBytesError)) {
		return err
	}
	return inputError("The form cannot be read.")
}

// done leads back to a list, which then says what was done with which record: a reload does not do it again.
func done(w http.ResponseWriter, r *http.Request, list, what, id string) {
	query := url.Values{"done": {what}, "of": {id}}
	if after := r.URL.Query().Get("after"); after != "" {
		query.Set("after", after)
	}
	http.Redirect(w, r, Path+list+"?"+query.Encode(), http.StatusSeeOther)
}

// doneTexts are what the lists say.
var doneTexts = map[string]string{
	"enabled":   "The client %s is enabled.",
	"disabled":  "The client %s is disabled. Its tokens do not work while it is.",
	"expiry":    "The token expiry of the client %s is changed, for tokens that it gets from now on.",
	"blocked":   "The user %s is blocked. Nothing lets him in any more.",
	"unblocked": "The user %s is unblocked.",
	"revoked":   "All tokens of the user %s are revoked.",
}

// statusOf returns what a list is to say, if there is such a record: a link from elsewhere must not make it say anything else.
func statusOf(r *http.Request, name func(id string) (string, bool)) string {
	text, known := doneTexts[r.URL.Query().Get("done")]
	if !known {
		return ""
	}
	who, there := name(r.URL.Query().Get("of"))
	if !there {
		return ""
	}
	return fmt.Sprintf(text, visible(who))
}

// visible returns s with everything that cannot be seen, or that changes how the rest is seen, written out. What strangers send is shown with it.
func visible(s string) string {
	var b strings.Builder
	for _, c := range s {
		if c == unicode.ReplacementChar || !unicode.IsPrint(c) {
			quoted := strconv.QuoteRuneToASCII(c)
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// lifetime tells a duration in words as short as they can be.
func lifetime(d time.Duration) string {
	switch {
	case d == 0:
		return "–"
	case d%(24*time.Hour) == 0 && d > 24*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return d.String()
}

// applications shows the applications.
func (c *console) applications(w http.ResponseWriter, r *http.Request) {
	c.show(w, r, http.StatusOK, "applications", page{Title: "Applications", Tab: "applications", Data: c.cfg.Applications})
}
