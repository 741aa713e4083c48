package console

import "net/http"

// Example is a documented request that the try-it page sends. The values are prefilled and can be changed before.
type Example struct {
	// ID is for links, Title and Note for people.
	ID, Title, Note string

	// Method and Path are those of the request.
	Method, Path string

	// Fields are what is sent.
	Fields []Field

	// Keep says which members of a good answer are filled in where other examples ask for them: the names of members, each with what it is for the
	// From of a Field.
	Keep map[string]string
}

// Field is one value of an Example.
type Field struct {
	// Label says what it is, Value is prefilled.
	Label, Value string

	// In is where it is sent. Name is that of a header field or of a parameter of the form. What is empty is not sent at all.
	In   Place
	Name string

	// From names what another example's answer fills in here.
	From string
}

// Place is where a value is sent.
type Place string

// The places.
const (
	InHeader        Place = "header"         // a header field
	InForm          Place = "form"           // a parameter of the form in the body
	InBody          Place = "body"           // the body, which is JSON
	InBearer        Place = "bearer"         // a Bearer credential
	InBasicName     Place = "basic-name"     // the name of a Basic credential
	InBasicPassword Place = "basic-password" // the password that belongs to it
	InKeyName       Place = "key-name"       // the user name before an API key
	InKey           Place = "key"            // the API key
)

// try shows the examples. They are sent by the browser, by a script.
func (c *console) try(w http.ResponseWriter, r *http.Request) {
	c.show(w, r, http.StatusOK, "try", page{Title: "Try it", Tab: "try", Data: c.cfg.Examples})
}
