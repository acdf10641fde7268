package uidlist

import (
	"slices"
	"strings"
	"testing"
	"time"
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

// New messages get the next UIDs, above the header and above all entries.
func TestDovecotAdd(t *testing.T) {
	const guid = "3085f01b7f11094c501100008c4a11c1"
	for list, want := range map[string]string{
		"3 V7 N5 G" + guid + "\n":              "5 :a\n6 :b\n",
		"3 V7 N5 G" + guid + "\n2 :x\n9 :y\n":  "10 :a\n11 :b\n",
		"3 V7 N50 G" + guid + "\n2 :x\n9 :y\n": "50 :a\n51 :b\n",
		"1 7 5\n2 x\n":                         "5 :a\n6 :b\n",
	} {
		d := readDovecot(t, list)
		before := len(d.Entries)
		lines, err := d.Add([]string{"a", "b"})
		if err != nil || string(lines) != want || len(d.Entries) != before+2 {
			t.Errorf("%q: %q, %v", list, lines, err)
		}
	}
}

// If one message cannot be added, none is.
func TestDovecotAddRefused(t *testing.T) {
	for list, names := range map[string][]string{
		"3 V7 N5\n":                {"a", "b\nc"},
		"3 V7 N4294967294\n":       {"a"},
		"3 V7 N1\n4294967293 :x\n": {"a", "b"},
	} {
		d := readDovecot(t, list)
		before := slices.Clone(d.Entries)
		if lines, err := d.Add(names); err == nil || !slices.Equal(d.Entries, before) {
			t.Errorf("%q: %q, %v", list, lines, err)
		}
	}
}

func TestNewLists(t *testing.T) {
	now := time.Unix(1275660208, 0)
	d := NewDovecot(now)
	text, err := d.Encode()
	if err != nil || !strings.HasPrefix(string(text), "3 V1275660208 N1 G") || d.GUID == NewGUID() {
		t.Errorf("%s, %v", text, err)
	}
	if text, err := NewCourier(now).Encode(); err != nil || string(text) != "/3 1 1275660208\n" {
		t.Errorf("%s, %v", text, err)
	}
}
