package uidlist

import "testing"

func TestKeywords(t *testing.T) {
	k, err := ReadKeywords(source("0 $Forwarded\n2 pop3 deleted\n25 Junk\n"))
	if err != nil {
		t.Fatal(err)
	}
	for keyword, want := range map[string]byte{"$forwarded": 'a', "pop3 deleted": 'c', "JUNK": 'z'} {
		if letter, ok := k.Letter(keyword); !ok || letter != want {
			t.Errorf("%s: %c, %v", keyword, letter, ok)
		}
	}
	for _, keyword := range []string{"", "other"} {
		if letter, ok := k.Letter(keyword); ok {
			t.Errorf("%q: %c", keyword, letter)
		}
	}
	if text := string(k.Encode()); text != "0 $Forwarded\n2 pop3 deleted\n25 Junk\n" {
		t.Error(text)
	}
}

func TestKeywordsDamaged(t *testing.T) {
	for text, want := range map[string]string{
		"26 a\n":         `list line 1: "26" is not a number from 0 to 25`,
		"x a\n":          `list line 1: "x" is not a number from 0 to 25`,
		"\n":             `list line 1: "" is not a number from 0 to 25`,
		"0\n":            "list line 1: the keyword has no name",
		"0 a\r\r\n":      `list line 1: the keyword "a\r" has a carriage return`,
		"0 a\rb\n":       `list line 1: the keyword "a\rb" has a carriage return`,
		"0 a\n0 b\n":     "list line 2: number 0 is there twice",
		"0 a\n1 A\n":     `list line 2: the keyword "A" is there twice`,
		"0 a\n1 b":       "list: the last line is not complete: the file was not written to its end",
		"0 a\n1 b\x00\n": "list line 2: the line contains a NUL",
	} {
		k, err := ReadKeywords(source(text))
		if k != nil {
			t.Errorf("%q: half a list: %v", text, k)
		}
		wantDamage(t, err, want)
	}
}
