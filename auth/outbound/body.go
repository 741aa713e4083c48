package outbound

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// readBody returns the whole answer. Neither what is sent nor what it is unpacked to may be longer than limit.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	body := io.LimitReader(resp.Body, limit+1)
	switch strings.ToLower(resp.Header.Get("Content-Encoding")) {
	case "", "identity":
	case "gzip", "x-gzip":
		unzip, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		body = io.LimitReader(unzip, limit+1)
	default:
		return nil, errors.New("an encoding that was not asked for")
	}
	text, err := io.ReadAll(body)
	if int64(len(text)) > limit {
		return nil, errors.New("the answer is too long")
	}
	return text, err
}

// maxDrain is how much of an answer is read only so that its connection can be used again.
const maxDrain = 4 << 10

func drain(body io.Reader) { _, _ = io.CopyN(io.Discard, body, maxDrain) }

// maxBrief is the longest text of a brief error in bytes, before escaping.
const maxBrief = 256

// brief is an error whose text somebody else may have chosen.
type brief struct{ error }

// Brief returns err with its text cut and escaped for the log. A server may have chosen it, and it is the cause of every request that is refused
// for it.
func Brief(err error) error { return brief{err} }

// Error implements error.
func (b brief) Error() string {
	text := b.error.Error()
	if len(text) > maxBrief {
		text = text[:maxBrief] + "…"
	}
	quoted := strconv.QuoteToGraphic(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`) // what shows it quotes it once more
}

// Unwrap returns the error as it was.
func (b brief) Unwrap() error { return b.error }
