package jwt

import "time"

// date is a NumericDate (RFC 7519 section 2): seconds since 1970, possibly with a fraction, written as any JSON number. It is read exactly, digit by
// digit: a floating-point number would wrap, round, or take a date too large for it as none.
type date struct {
	sec  int64
	nsec int32
	more bool // there are digits below the nanosecond
	kind dateKind
}

type dateKind uint8

const (
	dateMissing dateKind = iota
	dateGood
	datePast // before 1970; how long before makes no difference
	dateHuge // after the year 9999
)

// maxDateDigits is the number of digits of the last second of the year 9999.
const (
	maxDateDigits = 12
	maxDate       = 253402300799
)

// parseDate reads a number that follows the grammar of JSON.
func parseDate(text string) date {
	if d, ok := parseWhole(text); ok {
		return d
	}
	negative := text[0] == '-'
	if negative {
		text = text[1:]
	}
	text, exponent := cutExponent(text)

	// The number is 0.D × 10^point, where D are all digits without leading zeros.
	point, seen, dot := 0, false, false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '.':
			dot = true
		case c == '0' && !seen:
			if dot {
				point--
			}
		default:
			seen = true
			if !dot {
				point++
			}
		}
	}
	if !seen {
		return date{kind: dateGood} // zero, however it is written
	}
	if negative {
		return date{kind: datePast}
	}
	point += exponent
	if point > maxDateDigits {
		return date{kind: dateHuge}
	}
	d := date{kind: dateGood}
	scale := int32(1e9)
	started := false
	for i := range len(text) {
		c := text[i]
		if c == '.' || c == '0' && !started {
			continue
		}
		started = true
		d.digit(int32(c-'0'), point, &scale)
		point--
	}
	for ; point > 0; point-- { // 17e8 has fewer digits than it stands for
		d.sec *= 10
	}
	if d.sec > maxDate {
		return date{kind: dateHuge}
	}
	return d
}

// parseWhole reads what nearly all dates are: a few digits and nothing else. They are too few to be after the year 9999.
func parseWhole(text string) (d date, ok bool) {
	if len(text) >= maxDateDigits {
		return d, false
	}
	for i := range len(text) {
		c := text[i]
		if c < '0' || c > '9' {
			return d, false
		}
		d.sec = d.sec*10 + int64(c-'0')
	}
	d.kind = dateGood
	return d, true
}

// digit adds a digit that stands point places left of the decimal point; zero and below are right of it.
func (d *date) digit(v int32, point int, scale *int32) {
	switch {
	case point > 0:
		d.sec = d.sec*10 + int64(v)
	case point > -9:
		if *scale == 1e9 { // the first digit of the fraction, which may be some places right
			for range -point {
				*scale /= 10
			}
		}
		*scale /= 10
		d.nsec += v * *scale
	case v != 0:
		d.more = true
	}
}

// maxExponent is far beyond what makes a difference and far below what overflows.
const maxExponent = 1 << 20

// cutExponent cuts the exponent off a number.
func cutExponent(text string) (mantissa string, exponent int) {
	for i := range len(text) {
		if text[i]|0x20 != 'e' {
			continue
		}
		mantissa, text = text[:i], text[i+1:]
		negative := text[0] == '-'
		if negative || text[0] == '+' {
			text = text[1:]
		}
		for j := range len(text) {
			exponent = min(exponent*10+int(text[j]-'0'), maxExponent)
		}
		if negative {
			exponent = -exponent
		}
		return mantissa, exponent
	}
	return text, 0
}

// reached reports whether the time is now or past.
func (d date) reached(now time.Time) bool {
	switch d.kind {
	case datePast:
		return true
	case dateHuge, dateMissing:
		return false
	}
	sec, nsec := now.Unix(), int32(now.Nanosecond())
	switch {
	case sec != d.sec:
		return sec > d.sec
	case nsec != d.nsec:
		return nsec > d.nsec
	}
	return !d.more
}

// time returns the date rounded down to nanoseconds, and the zero Time for a missing one.
func (d date) time() time.Time {
	switch d.kind {
	case dateMissing:
		return time.Time{}
	case datePast:
		return time.Unix(-1, 0)
	case dateHuge:
		return time.Unix(maxDate, 0)
	}
	return time.Unix(d.sec, int64(d.nsec))
}
