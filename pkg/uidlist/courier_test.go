package uidlist

import (
	"reflect"
	"slices"
	"testing"
)

func TestCourierRead(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want Courier
	}{
		"version 3": {"/3 9 1275660208\n1000.a:2,S 120 1:1275660208:0\n1000.b c 7 8:5:1\n1000.d 9 0:0:0\n", Courier{3, 9, 1275660208,
			[]CourierEntry{{"1000.a:2,S", 120, 1, 1275660208, false}, {"1000.b c", 7, 8, 5, true}, {"1000.d", 9, 0, 0, false}}, "list"}},
		"version 2": {"/2 9 7\n1000.a:2,S 120 1:7\n", Courier{2, 9, 7, []CourierEntry{{"1000.a:2,S", 120, 1, 7, false}}, "list"}},
		"version 1": {"/1 9\n1000.a:2,S 120 1\n", Courier{1, 9, 0, []CourierEntry{{"1000.a:2,S", 120, 1, 0, false}}, "list"}},
		"version 0": {"1000.a:2,S 120\n1000.b c 7\n", Courier{0, 0, 0, []CourierEntry{{"1000.a:2,S", 120, 0, 0, false}, {"1000.b c", 7, 0, 0, false}}, "list"}},
		"empty":     {"", Courier{0, 0, 0, []CourierEntry{}, "list"}},
		"no entry":  {"/3 1 7\n", Courier{3, 1, 7, []CourierEntry{}, "list"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := ReadCourier(source(tt.text))
			if err != nil || !reflect.DeepEqual(*c, tt.want) {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}

func TestCourierDamaged(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"version 4":   {"/4 1 2\n", `list line 1: unknown version "4"; versions 0 to 3 are known`},
		"no version":  {"/\n", `list line 1: unknown version ""; versions 0 to 3 are known`},
		"one number":  {"/3 1\n", "list line 1: the header of version 3 needs 2 numbers, and the first must not be 0"},
		"next 0":      {"/3 0 7\n", "list line 1: the header of version 3 needs 2 numbers, and the first must not be 0"},
		"word":        {"/1 x\n", "list line 1: the header of version 1 needs 1 numbers, and the first must not be 0"},
		"cut off":     {"/3 1 7\na 1 1:7:", "list: the last line is not complete: the file was not written to its end"},
		"cut in head": {"/3 1", "list: the last line is not complete: the file was not written to its end"},
		"no size":     {"/3 1 7\na 1:7:0\n", "list line 2: the line is not an entry of version 3"},
		"no name":     {"/3 1 7\n 1 1:7:0\n", "list line 2: the line is not an entry of version 3"},
		"flags only":  {"/3 1 7\n:2,S 1 1:7:0\n", "list line 2: the line is not an entry of version 3"},
		"two of v3":   {"/3 1 7\na 1 1:7\n", "list line 2: the line is not an entry of version 3"},
		"three of v2": {"/2 1 7\na 1 1:7:0\n", "list line 2: the line is not an entry of version 2"},
		"negative":    {"/3 1 7\na -1 1:7:0\n", "list line 2: the line is not an entry of version 3"},
		"signed":      {"/3 1 7\na 1 +1:7:0\n", "list line 2: the line is not an entry of version 3"},
		"too large":   {"/3 1 7\na 1 18446744073709551616:7:0\n", "list line 2: the line is not an entry of version 3"},
		"slash":       {"/3 1 7\n../a 1 1:7:0\n", "list line 2: the line is not an entry of version 3"},
		"empty line":  {"/3 1 7\n\n", "list line 2: the line is not an entry of version 3"},
		"one word":    {"a\n", "list line 1: the line is not an entry of version 0"},
		"NUL":         {"/3 1 7\na\x00 1 1:7:0\n", "list line 2: the line contains a NUL"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := ReadCourier(source(tt.text))
			if c != nil {
				t.Errorf("half a list: %+v", c)
			}
			wantDamage(t, err, tt.want)
		})
	}
}

func TestCourierUIDL(t *testing.T) {
	for want, e := range map[string]CourierEntry{
		"UID7-1275660208":             {Name: "a:2,S", UID: 7, UIDValidity: 1275660208},
		"UID7":                        {Name: "a:2,S", UID: 7},
		"1000.a,S=1":                  {Name: "1000.a,S=1:2,S"},
		"a+20b+27c+22d+2Be+7Ff+C3+0A": {Name: "a b'c\"d+e\x7ff\xc3\n:2,"},
	} {
		if got := e.UIDL(); got != want {
			t.Errorf("%+v: %s, want %s", e, got, want)
		}
	}
}

// Courier shows messages in the order of their names, whatever order the list
// has.
func TestCourierMessages(t *testing.T) {
	c, err := ReadCourier(source("/3 9 7\n2000.a:2, 5 1:7:0\n999.b:2,S 6 2:7:0\n1000.c 7 0:0:0\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Message{{"999.b", "UID2-7", -1, -1}, {"1000.c", "1000.c", -1, -1}, {"2000.a", "UID1-7", -1, -1}}
	if got := c.Messages(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestCourierEncode(t *testing.T) {
	for text, want := range map[string]string{
		"/3 9 7\na:2,S 5 1:7:1\nb c 6 0:0:0\n": "/3 9 7\na:2,S 5 1:7:1\nb c 6 0:0:0\n",
		"/2 9 7\na:2,S 5 1:7\n":                "/3 9 7\na:2,S 5 1:7:0\n",
		"/1 9\na:2,S 5 1\n":                    "/3 9 0\na:2,S 5 1:0:0\n",
		"a:2,S 5\n":                            "", // no next number
		"/1 9\n.a 5 1\n":                       "", // Courier skips such files
	} {
		c, err := ReadCourier(source(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Encode(); string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestCompareCourier(t *testing.T) {
	for _, names := range [][]string{
		{"-5.a", "0.a", " 3.a", "+4.a", "999.z", "1000.a", "1000.b", "1001.a"},
		{"-99999999999999999999.a", "a", "99999999999999999999.a", "99999999999999999999.b"},
		{"1000.\xff", "1000.a"},
		{"1000.M10", "1000.M5"}, // microseconds are no number
		{"1000.a:2,S", "1000.ab"},
	} {
		if !slices.IsSortedFunc(names, CompareCourier) {
			t.Errorf("not in order: %q", names)
		}
		for i := range names[1:] {
			if CompareCourier(names[i+1], names[i]) <= 0 {
				t.Errorf("%q is not after %q", names[i+1], names[i])
			}
		}
	}
	if CompareCourier("1000.a:2,S", "1000.a") != 0 {
		t.Error("flags count")
	}
}
