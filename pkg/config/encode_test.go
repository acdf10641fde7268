package config

import (
	"bytes"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Decode returns every row as it was encoded: its default, another value, and the
// place.
func TestEncode(t *testing.T) {
	bare, _, err := loadIn(t, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := loadIn(t, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range other.table() {
		setOther(t, &p)
		other.origin.places[p.Name] = place{file: "/etc/x", line: i, col: 3}
	}
	odd, _, err := loadIn(t, t.TempDir(), mysqlFile+"user='none'\n", "--mysql-passwd=\xff\x01 \"pass\"", "--access-log=/tmp/\u00e9 x")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*Config{"defaults": bare, "all set": other, "odd octets": odd} {
		t.Run(name, func(t *testing.T) {
			got, err := Decode(c.Encode())
			if err != nil {
				t.Fatal(err)
			}
			if changed := Changed(c, got); changed != nil {
				t.Errorf("changed: %v", changed)
			}
			if !reflect.DeepEqual(got.origin, c.origin) {
				t.Errorf("origin %+v, want %+v", got.origin, c.origin)
			}
		})
	}
	if string(odd.MySQL.Passwd) != "\xff\x01 \"pass\"" {
		t.Error("the password is not what was given")
	}
}

// The other process reports a problem with its place, too.
func TestEncodedProblem(t *testing.T) {
	c, _, err := loadIn(t, t.TempDir(), "\nuser = 'nobody-here'\n")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(c.Encode())
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New("no such user")
	if got, want := got.Problem("user", cause).Error(), c.Problem("user", cause).Error(); got != want || !strings.Contains(want, ":2:8:") {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEncodedWarnings(t *testing.T) {
	c, _, err := loadIn(t, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	c.origin.warnings = Problems{{File: "/etc/x", Line: 3, Col: 4, Text: "all users can read this file: run chmod o-r"}}
	got, err := Decode(c.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Warnings(), c.Warnings()) {
		t.Errorf("got %v, want %v", got.Warnings(), c.Warnings())
	}
}

func TestDecodeErrors(t *testing.T) {
	c, _, err := loadIn(t, t.TempDir(), mysqlFile+"mysql-passwd='hush'\n")
	if err != nil {
		t.Fatal(err)
	}
	good := string(c.Encode())
	replaced := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %q in %q", old, good)
		}
		return strings.Replace(good, old, new, 1)
	}
	tests := []struct{ name, data, want string }{
		{"nothing", "", "not a configuration"},
		{"cut off", good[:len(good)/2], "not a configuration"},
		{"more after it", good + "{}", "not a configuration"},
		{"not a flag", "\x02" + good[1:], "not a configuration"},
		{"length past the end", good[:3] + "\x7f", "not a configuration"},
		{"huge length", good[:1] + strings.Repeat("\xff", 9) + "\x01", "not a configuration"},
		{"endless length", good[:1] + strings.Repeat("\xff", 20), "not a configuration"},
		{"no parameters", "\x00\x00\x00", "0 parameters"},
		{"unknown parameter", replaced("mysql-passwd", "mysql-passwt"), `"mysql-passwt" instead of mysql-passwd`},
		{"parameter twice", replaced("\x04port", "\x06config"), `"config" instead of port`},
		{"value out of range", replaced("\x0bmax-servers\x0250", "\x0bmax-servers\x02-1"), "max-servers: "},
		{"too long", strings.Repeat(" ", maxEncoded+1), "longer than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Decode([]byte(tt.data)); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hush") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// FuzzDecode encodes what was accepted again: the result is the same.
func FuzzDecode(f *testing.F) {
	c, err := Load(Source{Hostname: "host.example", DefaultFile: filepath.Join(f.TempDir(), "none"), Args: []string{"--debug"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(c.Encode())
	f.Add([]byte("\x01\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Decode(data)
		if err != nil {
			return
		}
		once := c.Encode()
		again, err := Decode(once)
		if err != nil {
			t.Fatal(err)
		}
		if twice := again.Encode(); !bytes.Equal(once, twice) {
			t.Errorf("first %q\nthen  %q", once, twice)
		}
	})
}
