// Package errors holds what apiauth says when it refuses: the error codes, the [Error] that carries one, and the renderers
// that turn it into the documented JSON bodies, statuses and headers.
//
// Import it under the name autherr, so that the standard package keeps its own:
//
//	import autherr "github.com/apiauth-go/apiauth/errors"
//
// A [Code] is an error, so that a caller can ask for the reason with the standard package:
//
//	if errors.Is(err, autherr.TokenExpired) { … }
//
// # What a client sees, and what it does not
//
// Public text and private cause are different fields of Error. Only the first is ever rendered; the second is for the
// log and for errors.Is. An error that is not an Error (and wraps none) is an internal one: it renders as a fixed 500 body.
//
// # Profiles
//
// The bodies are data, one table for each [Renderer]:
//
//   - [Profile2025], the default: the bodies of the current manual of REST & JSON API Authentication.
//   - [ProfileLegacy]: those of its older manuals, without the member http_code.
//   - [ProfileRFC]: the bodies of RFC 6749 section 5.2 and the statuses that the RFCs ask for. For new clients.
//   - [ProfileServices]: every error as the one-element JSON array that Services Token sends.
//
// The first two render errors of the method [MethodServiceToken] as ProfileServices does, because that is what its
// clients know; [ProfileOptions] changes it.
//
// # Adding a code
//
// Declare the Code in codes.go, and give it a row in common.go (status and text) and one in the map rfc there (the name
// that RFCs have for it, if any); every profile then renders it. A method that needs a text or status of its own gets a
// row in documented.go too.
//
// An application's own codes need no change here: an Error with Status and Text set renders with any Code, in the shape
// of its method, or of [MethodAny] for a method that is not one of ours. The rfc profile sends the code in lower case.
package errors
