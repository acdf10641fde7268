package uidlist

import (
	"slices"
	"testing"
)

func TestDovecotEncode(t *testing.T) {
	d := readDovecot(t, "3 V7 Xkept N5 G3085f01b7f11094c501100008c4a11c1 yalso\n1 O1 w2 Pa:b :a:2,S\n9 :b\n")
	const want = "3 V7 N10 G3085f01b7f11094c501100008c4a11c1 Xkept yalso\n1 O1 Pa:b :a\n9 :b\n"
	if text, err := d.Encode(); err != nil || string(text) != want {
		t.Errorf("%s, %v", text, err)
	}
}

func TestDovecotEncodeRefused(t *testing.T) {
	const guid = "3085f01b7f11094c501100008c4a11c1"
	for name, d := range map[string]*Dovecot{
		"no UIDVALIDITY": {NextUID: 1, GUID: guid},
		"no next UID":    {UIDValidity: 1, GUID: guid},
		"no GUID":        {UIDValidity: 1, NextUID: 1},
		"unknown key":    {UIDValidity: 1, NextUID: 1, GUID: guid, Unknown: []string{"Xa b"}},
		"order of UIDs":  {UIDValidity: 1, NextUID: 1, GUID: guid, Entries: []DovecotEntry{{2, "a", ""}, {2, "b", ""}}},
		"largest UID":    {UIDValidity: 1, NextUID: 1, GUID: guid, Entries: []DovecotEntry{{1<<32 - 1, "a", ""}}},
		"line end":       {UIDValidity: 1, NextUID: 1, GUID: guid, Entries: []DovecotEntry{{2, "a\nb", ""}}},
		"slash":          {UIDValidity: 1, NextUID: 1, GUID: guid, Entries: []DovecotEntry{{2, "../a", ""}}},
		"no name":        {UIDValidity: 1, NextUID: 1, GUID: guid, Entries: []DovecotEntry{{2, "", ""}}},
	} {
		if text, err := d.Encode(); err == nil {
			t.Errorf("%s: %q", name, text)
		}
	}
}

func TestDovecotWith(t *testing.T) {
	e := DovecotEntry{1, "a", "W5 Pold O1"}
	for _, tt := range []struct {
		key         byte
		value, want string
	}{
		{'P', "new", "W5 O1 Pnew"},
		{'P', "", "W5 O1 P"},
		{'S', "7", "W5 Pold O1 S7"},
		{'P', "a b", ""}, {'P', "a\n", ""}, {'p', "a", ""}, {':', "a", ""},
	} {
		got, err := e.With(tt.key, tt.value)
		if tt.want == "" {
			if err == nil || got != e {
				t.Errorf("%c%q: %+v", tt.key, tt.value, got)
			}
			continue
		}
		if err != nil || got.fields != tt.want {
			t.Errorf("%c%q: %+v, %v", tt.key, tt.value, got, err)
		}
	}
	if e.fields != "W5 Pold O1" {
		t.Errorf("changed: %+v", e)
	}
}

// The order in which Dovecot gives UIDs to new messages.
func TestCompareDovecot(t *testing.T) {
	for _, names := range [][]string{
		{"1000.M9.h", "1001.M1.h", "10000.M0.h"},          // seconds
		{"1000.M5P9.h", "1000.M10P1.h", "1000.P1Q2M11.h"}, // microseconds as a number
		{"1000.A.h", "1000.B.h", "1000.M1.h"},             // without microseconds: octets
		{"1000.5_1.h", "1000.M1.h"},                       // one has no microseconds
		{"a", "b"},                                        // no number: 0
		{"1000.x", "1000.x,S=1", "1000.xa"},               // one is longer
		{"1000.x,S=1:2,", "1000.x:2,", "1000.xa:2,"},      // the colon counts as the octet that it is
		{"1000.\xff", "1000.a"},                           // octets are signed
		{"9999999999.a", "1700000000.a"},                  // the difference overflows 32 bits
		{"1000.M3000000000.a", "1000.M1.a"},               // and so do the microseconds
		{"1000.M1.a", "1000.M1.b"},                        // as far as to the end
		{"1000M2.b", "1000M3.a"},                          // no second part
		{"1000.h.M2", "1000.h.M3"},                        // microseconds in another part are none
		{"1000.a:2,M5", "1000.b:2,M1"},                    // nor are they in the flags
	} {
		if !slices.IsSortedFunc(names, CompareDovecot) {
			t.Errorf("not in order: %q", names)
		}
		for i := range names[1:] {
			if CompareDovecot(names[i+1], names[i]) <= 0 {
				t.Errorf("%q is not after %q", names[i+1], names[i])
			}
		}
	}
	for _, pair := range [][2]string{{"1000.a:2,S", "1000.a"}, {"1000.a:2,S", "1000.a:2,F"}, {"", ""}, {"7", "7:2,"}} {
		if CompareDovecot(pair[0], pair[1]) != 0 {
			t.Errorf("%q are not equal", pair)
		}
	}
}
