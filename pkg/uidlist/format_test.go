package uidlist

import (
	"strings"
	"testing"
)

func TestFormat(t *testing.T) {
	e := DovecotEntry{25017, "1035478339.27041_118.foo.org,S=1000,W=1030", "Gabcdef"}
	for format, want := range map[string]string{
		DefaultFormat:                              "000061b94c0907b0",
		"%{uid | hex(8)}%{uidvalidity | hex(8)}":   "000061b94c0907b0",
		"%{uid|hex(8)}%{ uidvalidity | hex( 8 ) }": "000061b94c0907b0",
		"%{uid | hex | upper}.%{uidvalidity}":      "61B9.1275660208",
		"%{uid | hex(10)}":                         "00000061b9",
		"%{filename | lower}":                      "1035478339.27041_118.foo.org,s=1000,w=1030",
		"%v.%u":                                    "1275660208.25017",
		"UID%u-%v":                                 "UID25017-1275660208",
		"%08Xv%08Xu":                               "4c0907b0000061b9",
		"%08XUu":                                   "000061B9",
		"%Xu":                                      "61b9",
		"%f":                                       "1035478339.27041_118.foo.org,S=1000,W=1030",
		"%Mf":                                      "3edfbad5377fd581aaaa84dfd56e4846",
		"%M{filename}":                             "3edfbad5377fd581aaaa84dfd56e4846",
		"%16f":                                     "1035478339.27041",
		"%11.8f":                                   "27041_11",
		"%g":                                       "abcdef",
		"%{guid}":                                  "abcdef",
		"%Ug":                                      "ABCDEF",
		"%Rg":                                      "fedcba",
		"%Tg%%":                                    "abcdef%",
		"%3u":                                      "250",
		"%09u":                                     "000025017",
		"%03u":                                     "25017",
		"%Xf%u":                                    "025017",
	} {
		f, err := ParseFormat(format)
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		if got := f.UIDL(1275660208, e); got != want {
			t.Errorf("%s: %s, want %s", format, got, want)
		}
	}
	if got := (Format{}).UIDL(1275660208, e); got != "000061b94c0907b0" {
		t.Errorf("default: %s", got)
	}
}

// A saved UIDL takes precedence over any format.
func TestFormatSaved(t *testing.T) {
	f, err := ParseFormat("%v.%u")
	if err != nil {
		t.Fatal(err)
	}
	for fields, want := range map[string]string{"Pold": "old", "P": "a.b", "O1 Pa:b Pc": "a:b", "O1": "2.1", "": "2.1"} {
		if got := f.UIDL(2, DovecotEntry{1, "a.b", fields}); got != want {
			t.Errorf("%q: %s, want %s", fields, got, want)
		}
	}
	g, err := ParseFormat("%g")
	if err != nil {
		t.Fatal(err)
	}
	for fields, want := range map[string]string{"": "a.b", "G": "a.b", "Gx": "x"} {
		if got := g.UIDL(2, DovecotEntry{1, "a.b", fields}); got != want {
			t.Errorf("%q: %s, want %s", fields, got, want)
		}
	}
}

func TestFormatRefused(t *testing.T) {
	for format, want := range map[string]string{
		"":                  "it has no variable",
		"uid":               "it has no variable",
		"%%":                "it has no variable",
		"%m":                "(%m) exists for mbox only",
		"%{md5}":            "(%m) exists for mbox only",
		"%{md5 | hex(8)}":   "(%m) exists for mbox only",
		"%u%":               "it ends within a variable",
		"%u%08X":            "it ends within a variable",
		"%u%{uid":           "a brace is not closed",
		"%x":                `"x" is not supported`,
		"%{user}":           `"user" is not supported`,
		"%u%{user | upper}": `"user " is not supported`,
		"%{uid | hex(4)}":   `the filter "hex(4)" is not supported`,
		"%{uid | hex(-8)}":  `the filter "hex(-8)" is not supported`,
		"%{uid | md5}":      `the filter "md5" is not supported`,
		"%{uid | hex(9999)": "a brace is not closed",
		"%9999u":            "the width 9999 is larger than 70",
		"%99999u":           "the width 9999 is larger than 70",
		"%Nu":               `"N" is not supported`,
	} {
		if _, err := ParseFormat(format); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "pop3_uidl_format") {
			t.Errorf("%q: %v, want %s", format, err, want)
		}
	}
}
