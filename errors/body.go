package errors

import "encoding/json"

// objectBody returns a function that writes a body of the documented form; the order of the members is part of it.
func objectBody(code Code, h httpCode, member string) func(int, string) []byte {
	return func(status int, text string) []byte {
		b := make([]byte, 0, 80+len(code)+len(text))
		b = append(b, `{"status":"error"`...)
		switch h {
		case httpCodeString:
			b = append(append(append(b, `,"http_code":"`...), threeDigits(status)...), '"')
		case httpCodeInt:
			b = append(append(b, `,"http_code":`...), threeDigits(status)...)
		}
		b = appendString(append(b, `,"error":`...), string(code))
		b = append(append(append(b, `,"`...), member...), `":`...)
		return append(appendString(b, text), '}')
	}
}

// rfcBody returns a function that writes the body of RFC 6749 section 5.2.
func rfcBody(code string) func(int, string) []byte {
	return func(_ int, text string) []byte {
		b := make([]byte, 0, 40+len(code)+len(text))
		b = appendString(append(b, `{"error":`...), code)
		b = append(b, `,"error_description":`...)
		return append(appendString(b, text), '}')
	}
}

// servicesBody writes the array of one string that Services Token sends.
func servicesBody(_ int, text string) []byte {
	b := make([]byte, 0, len(text)+4)
	return append(appendString(append(b, '['), text), ']')
}

func threeDigits(status int) []byte {
	return []byte{byte('0' + status/100%10), byte('0' + status/10%10), byte('0' + status%10)}
}

// appendString appends s as a JSON string. Names come from the application's store and may hold anything; what is not plain
// goes the way of encoding/json, which also escapes what would be markup in HTML.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s) // a string has no reason to fail
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
