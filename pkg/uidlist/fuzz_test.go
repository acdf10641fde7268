package uidlist

import (
	"bytes"
	"reflect"
	"testing"
)

// FuzzDovecot reads anything as a list. What is taken has what callers rely on,
// and is the same when it is written and read again.
func FuzzDovecot(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := ReadDovecot(Source{Reader: bytes.NewReader(text), Path: "list"})
		if err != nil {
			return
		}
		if cap(d.Entries) > len(text)+1 {
			t.Errorf("room for %d entries of %d octets", cap(d.Entries), len(text))
		}
		names := map[string]bool{}
		before := uint32(0)
		for _, e := range d.Entries {
			if e.UID <= before || e.Unique == "" || names[e.Unique] {
				t.Errorf("%+v after %d", e, before)
			}
			before, names[e.Unique] = e.UID, true
		}
		if len(d.Messages(Format{})) != len(d.Entries) {
			t.Error("messages are missing")
		}
		d.GUID = "3085f01b7f11094c501100008c4a11c1"
		again, err := d.Encode()
		if err != nil {
			return // a name that Dovecot would not write
		}
		next, err := ReadDovecot(Source{Reader: bytes.NewReader(again), Path: "list"})
		if err != nil {
			t.Fatalf("%q became %q: %v", text, again, err)
		}
		d.Version, d.NextUID = 3, d.Next()
		if !reflect.DeepEqual(d, next) {
			t.Errorf("%+v became %+v", d, next)
		}
	})
}

// FuzzCourier does the same with Courier's list.
func FuzzCourier(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ReadCourier(Source{Reader: bytes.NewReader(text), Path: "list"})
		if err != nil {
			return
		}
		for _, m := range c.Messages() {
			if m.Unique == "" || m.UIDL == "" {
				t.Errorf("%+v", m)
			}
		}
		again, err := c.Encode()
		if err != nil {
			return // a name that Courier would not write, or version 0
		}
		next, err := ReadCourier(Source{Reader: bytes.NewReader(again), Path: "list"})
		if err != nil {
			t.Fatalf("%q became %q: %v", text, again, err)
		}
		c.Version = 3
		if !reflect.DeepEqual(c, next) {
			t.Errorf("%+v became %+v", c, next)
		}
	})
}

// FuzzKeywords does the same with the list of keywords.
func FuzzKeywords(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ReadKeywords(Source{Reader: bytes.NewReader(text), Path: "list"})
		if err != nil {
			return
		}
		next, err := ReadKeywords(Source{Reader: bytes.NewReader(k.Encode()), Path: "list"})
		if err != nil || *k != *next {
			t.Errorf("%v became %v, %v", k, next, err)
		}
	})
}

// FuzzFormat reads anything as a format. What is taken gives a UIDL, and one of
// bounded length.
func FuzzFormat(f *testing.F) {
	e := DovecotEntry{25017, "1035478339.27041_118.foo.org,S=1000", ""}
	f.Fuzz(func(t *testing.T, text string) {
		format, err := ParseFormat(text)
		if err != nil {
			return
		}
		if uidl := format.UIDL(1275660208, e); len(uidl) > len(text)*maxWidth {
			t.Errorf("%q: %d octets", text, len(uidl))
		}
	})
}

// FuzzCompare checks that the two orders of names are the same both ways, and
// that names with the same unique name are equal.
func FuzzCompare(f *testing.F) {
	f.Fuzz(func(t *testing.T, a, b string) {
		for name, compare := range map[string]func(a, b string) int{"Dovecot": CompareDovecot, "Courier": CompareCourier} {
			if got, back := compare(a, b), compare(b, a); got != -back && !overflows(a, b) {
				t.Errorf("%s: %q and %q: %d and %d", name, a, b, got, back)
			}
			if uniqueName(a) == uniqueName(b) && compare(a, b) != 0 {
				t.Errorf("%s: %q and %q are not equal", name, a, b)
			}
		}
	})
}

// overflows reports whether a difference of two numbers may be the smallest one,
// which is its own opposite.
func overflows(a, b string) bool {
	return bytes.ContainsAny([]byte(a+b), "123456789") && len(a)+len(b) > 9
}
