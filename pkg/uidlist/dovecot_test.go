package uidlist

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// real is a list as Dovecot documents it, with a saved UIDL and an order.
const real = `3 V1275660208 N25022 G3085f01b7f11094c501100008c4a11c1
25006 :1276528487.M364837P9451.kurkku,S=1355,W=1394
25017 W2481 Psome-old-uidl O12 :1276533073.M242911P3632.kurkku:2,F
`

func TestDovecotRead(t *testing.T) {
	d := readDovecot(t, real)
	if d.Version != 3 || d.UIDValidity != 1275660208 || d.NextUID != 25022 || d.Next() != 25022 || d.GUID != "3085f01b7f11094c501100008c4a11c1" || d.Tail != 0 {
		t.Errorf("header: %+v", d)
	}
	want := []Message{
		{Unique: "1276533073.M242911P3632.kurkku", UIDL: "some-old-uidl", Octets: 2481, Size: -1},
		{Unique: "1276528487.M364837P9451.kurkku,S=1355,W=1394", UIDL: "000061ae4c0907b0", Octets: 1394, Size: 1355},
	}
	if got := d.Messages(Format{}); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDovecotVersion1(t *testing.T) {
	d := readDovecot(t, "1 1275660208 25022\n25006 1276528487.a:2,S\r\n25017  1276533073.b c\n")
	if d.Version != 1 || d.UIDValidity != 1275660208 || d.Next() != 25022 {
		t.Errorf("header: %+v", d)
	}
	want := []DovecotEntry{{25006, "1276528487.a", ""}, {25017, "1276533073.b c", ""}}
	if !reflect.DeepEqual(d.Entries, want) {
		t.Errorf("got %+v, want %+v", d.Entries, want)
	}
}

// What Dovecot overlooks is overlooked.
func TestDovecotTolerated(t *testing.T) {
	const head = "3 V1 N5 G3085f01b7f11094c501100008c4a11c1"
	for name, tt := range map[string]struct {
		text string
		want []DovecotEntry
	}{
		"no entries":             {head + "\n", []DovecotEntry{}},
		"no GUID":                {"3 V1 N5\n", []DovecotEntry{}},
		"spaces":                 {head + "\n1   W5   O1  :a\n", []DovecotEntry{{1, "a", "W5 O1"}}},
		"key in small letters":   {head + "\n1 w5 O1 :a\n", []DovecotEntry{{1, "a", "O1"}}},
		"key without value":      {head + "\n1 P :a\n", []DovecotEntry{{1, "a", "P"}}},
		"colon in a value":       {head + "\n1 Pa:b :a\n", []DovecotEntry{{1, "a", "Pa:b"}}},
		"colon before a colon":   {head + "\n1 ::2,S\n2 :b\n", nil},
		"name came back":         {head + "\n1 O1 :a\n2 :b\n3 :a:2,S\n", []DovecotEntry{{2, "b", ""}, {3, "a", ""}}},
		"UID above the next":     {head + "\n9 :a\n", []DovecotEntry{{9, "a", ""}}},
		"name with a space":      {head + "\n1 :a b\n", []DovecotEntry{{1, "a b", ""}}},
		"carriage return":        {head + "\r\n1 :a\r\n", []DovecotEntry{{1, "a", ""}}},
		"name begins with a dot": {head + "\n1 :.a\n", []DovecotEntry{{1, ".a", ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := ReadDovecot(source(tt.text))
			if tt.want == nil {
				wantDamage(t, err, "list line 2: the file name is missing")
				return
			}
			if err != nil || !reflect.DeepEqual(d.Entries, tt.want) {
				t.Errorf("got %+v, %v, want %+v", d, err, tt.want)
			}
		})
	}
}

func TestDovecotDamaged(t *testing.T) {
	const head = "3 V1 N5 G3085f01b7f11094c501100008c4a11c1\n"
	for name, tt := range map[string]struct{ text, want string }{
		"empty":                {"", "list: the file is empty"},
		"empty line":           {"\n", `list line 1: unknown version ""; versions 1 and 3 are known`},
		"version 2":            {"2 V1 N5\n", `list line 1: unknown version "2"; versions 1 and 3 are known`},
		"no UIDVALIDITY":       {"3 N5\n", "list line 1: the header lacks the UIDVALIDITY or the next UID, or one of them is 0"},
		"UIDVALIDITY 0":        {"3 V0 N5\n", "list line 1: the header lacks the UIDVALIDITY or the next UID, or one of them is 0"},
		"no next UID":          {"3 V1\n", "list line 1: the header lacks the UIDVALIDITY or the next UID, or one of them is 0"},
		"large UIDVALIDITY":    {"3 V4294967296 N5\n", `list line 1: "4294967296" is not a number below 4294967296`},
		"UIDVALIDITY no value": {"3 V N5\n", `list line 1: "" is not a number below 4294967296`},
		"short GUID":           {"3 V1 N5 G3085\n", "list line 1: the GUID of the mailbox is not 32 hexadecimal digits"},
		"one number":           {"1 5\n", "list line 1: the header of version 1 needs two numbers"},
		"word":                 {"1 5 x\n", `list line 1: "x" is not a number below 4294967296`},
		"empty entry":          {head + "\n", "list line 2: a space after the UID is missing"},
		"no number":            {head + "x :a\n", `list line 2: "x" is not a number below 4294967296`},
		"signed":               {head + "+1 :a\n", `list line 2: "+1" is not a number below 4294967296`},
		"UID 0":                {head + "0 :a\n", "list line 2: the UID is 0"},
		"UID too large":        {head + "4294967295 :a\n", "list line 2: the UID is too large"},
		"UIDs not in order":    {head + "2 :a\n2 :b\n", "list line 3: the UID 2 follows the UID 2"},
		"next UID of v1":       {"1 7 5\n5 a\n", "list line 2: the UID 5 is not below the next UID 5"},
		"no colon":             {head + "1 W5 a\n", "list line 2: a colon before the file name is missing"},
		"only fields":          {head + "1 W5\n", "list line 2: a colon before the file name is missing"},
		"no name":              {head + "1 :\n", "list line 2: the file name is missing"},
		"slash":                {head + "1 :../a\n", "list line 2: the file name contains a slash"},
		"NUL":                  {head + "1 :a\x00b\n", "list line 2: the line contains a NUL"},
		"long line":            {head + "1 :" + strings.Repeat("a", maxLine) + "\n", "list line 2: the line is longer than 4096 octets"},
		"cut off":              {head + "1 :a", "list: the last line is not complete: the file was not written to its end"},
		"cut off in the head":  {"3 V1 N5", "list: the last line is not complete: the file was not written to its end"},
		"two lines in one":     {head + "1 :a\n2 :b1 :c\n1 :d\n", "list line 4: the UID 1 follows the UID 2"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := ReadDovecot(source(tt.text))
			if d != nil {
				t.Errorf("half a list: %+v", d)
			}
			wantDamage(t, err, tt.want)
		})
	}
}

// A line that the other server is writing is left out, but nothing else.
func TestDovecotGrowing(t *testing.T) {
	s := source(real + "25030 :127653")
	s.Growing = true
	d, err := ReadDovecot(s)
	if err != nil || len(d.Entries) != 2 || d.Tail != len("25030 :127653") {
		t.Errorf("%+v, %v", d, err)
	}
	s = source("3 V1275660208")
	s.Growing = true
	_, err = ReadDovecot(s)
	wantDamage(t, err, "list: the file is empty")
}

func TestBounds(t *testing.T) {
	s := source(real)
	s.MaxOctets = int64(len(real))
	if _, err := ReadDovecot(s); err != nil {
		t.Error(err)
	}
	s = source(real)
	s.MaxOctets = int64(len(real)) - 1
	_, err := ReadDovecot(s)
	wantDamage(t, err, "list: the file is larger than 173 octets")
	s = source(real)
	s.MaxEntries = 1
	_, err = ReadDovecot(s)
	wantDamage(t, err, "list line 3: the file has more than 1 entries")
	s = source("/3 5 7\na 1 1:7:0\nb 1 2:7:0\n")
	s.MaxEntries = 1
	_, err = ReadCourier(s)
	wantDamage(t, err, "list line 3: the file has more than 1 entries")
}

func TestReadError(t *testing.T) {
	broken := errors.New("disk on fire")
	s := Source{Reader: iotest.ErrReader(broken), Path: "/home/ann/Maildir/dovecot-uidlist"}
	_, dovecot := ReadDovecot(s)
	_, courier := ReadCourier(s)
	_, keywords := ReadKeywords(s)
	for _, err := range []error{dovecot, courier, keywords} {
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "/home/ann/Maildir/dovecot-uidlist") {
			t.Error(err)
		}
	}
}

// Messages without an order follow those with one, and equal ones are in the
// order of their UIDs.
func TestDovecotOrder(t *testing.T) {
	d := readDovecot(t, "3 V1 N99\n1 :one\n2 O7 :two\n3 O3 :three\n4 O7 :four\n5 Ox :five\n6 O99999999999 :six\n7 :seven\n8 O-1 :eight\n")
	want := "three two four one five seven eight six" // 2.3 takes a number above 2^32-1 as it is.
	var got []string
	for _, m := range d.Messages(Format{}) {
		got = append(got, m.Unique)
	}
	if text := strings.Join(got, " "); text != want {
		t.Errorf("%s, want %s", text, want)
	}
}

func TestDovecotSizes(t *testing.T) {
	for _, tt := range []struct {
		entry        DovecotEntry
		octets, size int64
	}{
		{DovecotEntry{Unique: "a"}, -1, -1},
		{DovecotEntry{Unique: "a", fields: "W12 S10"}, 12, 10},
		{DovecotEntry{Unique: "a,S=9,W=11", fields: "W12 S10"}, 11, 9},
		{DovecotEntry{Unique: "a,S=9x,W=", fields: "W12 S10"}, 12, 10},
		{DovecotEntry{Unique: "a", fields: "W-1 S99999999999999999999"}, -1, -1},
	} {
		d := &Dovecot{UIDValidity: 1, Entries: []DovecotEntry{tt.entry}}
		if m := d.Messages(Format{})[0]; m.Octets != tt.octets || m.Size != tt.size {
			t.Errorf("%+v: %d, %d", tt.entry, m.Octets, m.Size)
		}
	}
}
