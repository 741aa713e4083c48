package oauth_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"
)

// dump returns every text that there is in what a pointer points to, in the order in which it is found: strings, bytes and numbers, in fields that are
// exported and in those that are not. It knows no names of fields or tables, so that what a store gets tomorrow is in its dump by itself; a kind of
// value that it cannot read ends the test.
func dump(t testing.TB, p any) []string {
	t.Helper()
	d := &dumper{t: t, found: map[string]bool{}, seen: map[unsafe.Pointer]bool{}}
	d.walk(reflect.ValueOf(p))
	return d.texts
}

// dumper is one dump.
type dumper struct {
	t     testing.TB
	texts []string
	found map[string]bool
	seen  map[unsafe.Pointer]bool
}

func (d *dumper) add(text string) {
	if text != "" && !d.found[text] {
		d.found[text] = true
		d.texts = append(d.texts, text)
	}
}

func (d *dumper) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Invalid, reflect.Bool:
	case reflect.String:
		d.add(v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.add(strconv.FormatInt(v.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		d.add(strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		d.add(fmt.Sprint(v.Float()))
	case reflect.Slice, reflect.Array:
		d.list(v)
	case reflect.Map:
		for i := v.MapRange(); i.Next(); {
			d.walk(i.Key())
			d.walk(i.Value())
		}
	case reflect.Pointer:
		if !v.IsNil() && !d.seen[v.UnsafePointer()] {
			d.seen[v.UnsafePointer()] = v.Elem().Type().Size() > 0
			d.walk(v.Elem())
		}
	case reflect.Interface:
		d.walk(v.Elem())
	case reflect.Struct:
		d.fields(v)
	default:
		d.t.Fatalf("the dump cannot read a %s", v.Type())
	}
}

// list takes bytes as one text, and everything else one by one.
func (d *dumper) list(v reflect.Value) {
	var bytes []byte
	for i := range v.Len() {
		if v.Type().Elem().Kind() == reflect.Uint8 {
			bytes = append(bytes, byte(v.Index(i).Uint()))
			continue
		}
		d.walk(v.Index(i))
	}
	d.add(string(bytes))
}

func (d *dumper) fields(v reflect.Value) {
	if v.CanAddr() { // as if it were exported
		v = reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
		switch {
		case v.Type() == reflect.TypeFor[sync.Map]():
			v.Addr().Interface().(*sync.Map).Range(func(key, value any) bool {
				d.walk(reflect.ValueOf(key))
				d.walk(reflect.ValueOf(value))
				return true
			})
			return
		case strings.HasPrefix(v.Type().String(), "atomic.Pointer["):
			d.walk(v.Addr().MethodByName("Load").Call(nil)[0])
			return
		}
	}
	if v.Type() == reflect.TypeFor[time.Time]() {
		d.add(v.Interface().(time.Time).UTC().Format(time.RFC3339Nano))
		return
	}
	for i := range v.NumField() {
		d.walk(v.Field(i))
	}
}

// alphabets are those in which a text may be the base64 of something.
var alphabets = []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding}

// spellings returns what a thief makes of the texts that he found: the texts, their parts, what these are the hex or base64 of, and all of it in hex and
// in base64.
func spellings(texts []string) []string {
	var all []string
	for _, text := range texts {
		parts := append(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("$:,;= ", r) }), text)
		for i, c := range text {
			if c == '$' || c == ':' {
				parts = append(parts, text[i+1:])
			}
		}
		for _, part := range slices.Clone(parts) {
			if b, err := hex.DecodeString(part); err == nil {
				parts = append(parts, string(b))
			}
			for _, alphabet := range alphabets {
				if b, err := alphabet.DecodeString(part); err == nil {
					parts = append(parts, string(b))
				}
			}
		}
		for _, part := range parts {
			b := []byte(part)
			all = append(all, part, hex.EncodeToString(b), strings.ToUpper(hex.EncodeToString(b)))
			for _, alphabet := range alphabets {
				all = append(all, alphabet.EncodeToString(b))
			}
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return slices.DeleteFunc(all, func(s string) bool { return strings.Trim(s, " \t") == "" })
}
