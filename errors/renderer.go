package errors

import "fmt"

// Renderer decides what clients are told. Its methods are called concurrently.
type Renderer interface {
	// Render returns the answer to e, which is not nil and must not be changed. It never renders e.Cause. An Error that
	// the Renderer does not know gets the answer of [InternalError].
	Render(e *Error) Response
}

// Response is an answer without its headers, which are the same in all profiles and are added by [Respond].
type Response struct {
	// Status is the HTTP status.
	Status int

	// Body is a JSON text. It may be shared: do not change it.
	Body []byte

	// Description is repeated as the error_description of a Bearer challenge. Empty leaves it out.
	Description string
}

// ProfileOptions adjusts a profile. The zero value is what existing clients expect.
type ProfileOptions struct {
	// ServiceTokenJSON renders errors of services tokens as JSON objects, as those of every other method, in place of the
	// one-element arrays that Services Token sends.
	ServiceTokenJSON bool
}

// Profile2025 returns the default profile: the bodies of the current manual. opts may be nil.
func Profile2025(opts *ProfileOptions) Renderer {
	return withServices(table2025(), opts)
}

// ProfileLegacy returns the profile of the older manuals: the bodies of [Profile2025] without the member http_code, and
// the older text of [MissingUsername]. opts may be nil.
func ProfileLegacy(opts *ProfileOptions) Renderer {
	return withServices(tableLegacy(), opts)
}

// ProfileRFC returns the profile for new clients: {"error":…,"error_description":…} with the error codes of RFC 6749
// section 5.2 and RFC 6750 section 3.1, also for services tokens. An unknown client and a wrong client secret are not
// distinguishable.
func ProfileRFC() Renderer { return tableRFC() }

// ProfileServices returns the profile that tells every error as Services Token does: a JSON array of one string.
func ProfileServices() Renderer { return tableServices() }

// ProfileByName returns the profile named "2025", "legacy", "rfc" or "services", for programs that take it from a flag.
func ProfileByName(name string) (Renderer, error) {
	switch name {
	case "2025":
		return Profile2025(nil), nil
	case "legacy":
		return ProfileLegacy(nil), nil
	case "rfc":
		return ProfileRFC(), nil
	case "services":
		return ProfileServices(), nil
	}
	return nil, fmt.Errorf("unknown error profile %q: want 2025, legacy, rfc or services", name)
}

// split renders errors of services tokens by one Renderer and the others by another.
type split struct{ services, others Renderer }

func withServices(r Renderer, opts *ProfileOptions) Renderer {
	if opts != nil && opts.ServiceTokenJSON {
		return r
	}
	return split{services: tableServices(), others: r}
}

func (s split) Render(e *Error) Response {
	if e.Method == MethodServiceToken {
		return s.services.Render(e)
	}
	return s.others.Render(e)
}
