package certs

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"tpops/pkg/certs/certstest"
)

// TestOpenLast opens a Store while the files are damaged in each way, with what another
// Store has read from them, as a child of prefork does. It uses the next complete files.
func TestOpenLast(t *testing.T) {
	for name, damage := range map[string]func(f *folder, pair Pair){
		"other key":         func(f *folder, _ Pair) { f.write("a.key", f.otherKey()) },
		"other certificate": func(f *folder, p Pair) { f.issue("b", certstest.Leaf{}); _ = os.Rename(f.path("b.pem"), p.Cert) },
		"half a key":        func(_ *folder, p Pair) { _ = os.Truncate(p.Key, 20) },
		"no key":            func(_ *folder, p Pair) { _ = os.Remove(p.Key) },
		"no certificate":    func(_ *folder, p Pair) { _ = os.Remove(p.Cert) },
		"no authorities":    func(f *folder, _ Pair) { _ = os.Remove(f.path("ca.pem")) },
		"half an authority": func(f *folder, _ Pair) { _ = os.Truncate(f.path("ca.pem"), 100) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			pair := f.issue("a", certstest.Leaf{CommonName: "old", Names: []string{"a.example"}})
			o := Options{Pairs: []Pair{pair}, ClientCA: f.write("ca.pem", string(f.authority.PEM))}
			f.open(o)
			o.Last = f.store.Copy()
			damage(f, pair)
			f.open(o)
			if got := f.presented("a.example"); got != "old" {
				t.Errorf("presents %s", got)
			}
			f.write("ca.pem", string(f.authority.PEM))
			f.issue("a", certstest.Leaf{CommonName: "new", Names: []string{"a.example"}})
			f.look()
			if got := f.presented("a.example"); got != "new" {
				t.Errorf("presents %s after the end of the renewal", got)
			}
		})
	}
}

// TestOpenLastOfGoodFiles checks that files that can be used take precedence.
func TestOpenLastOfGoodFiles(t *testing.T) {
	f := newFolder(t)
	o := Options{Pairs: []Pair{f.issue("a", certstest.Leaf{CommonName: "old"})}}
	f.open(o)
	o.Last = f.store.Copy()
	f.issue("a", certstest.Leaf{CommonName: "new"})
	f.open(o)
	if got := f.presented("a.example"); got != "new" {
		t.Errorf("presents %s", got)
	}
}

// TestOpenLastOfOthers checks that a copy for other parameters is rejected, and that one
// which does not help leaves the error of the files.
func TestOpenLastOfOthers(t *testing.T) {
	f := newFolder(t)
	pair := f.issue("a", certstest.Leaf{})
	f.open(Options{Pairs: []Pair{pair}})
	last := f.store.Copy()
	for _, bad := range []string{"", "nonsense", "{}", "null"} {
		if _, err := Open(Options{Pairs: []Pair{pair}, Last: []byte(bad)}); !errors.Is(err, errOtherCopy) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := Open(Options{Pairs: []Pair{pair, pair}, Last: last}); !errors.Is(err, errOtherCopy) {
		t.Errorf("two pairs: %v", err)
	}
	f.write("a.key", f.otherKey())
	if _, err := Open(Options{Pairs: []Pair{pair}, Last: []byte(`{"Pairs":[{}]}`)}); err == nil || !strings.Contains(err.Error(), "private key does not match") {
		t.Errorf("an empty copy: %v", err)
	}
}

// TestCopyIsBounded checks that a child does not get hundreds of certificates.
func TestCopyIsBounded(t *testing.T) {
	f := newFolder(t)
	var all []Pair
	for n := range 20 {
		pair := f.issue(fmt.Sprint(n), certstest.Leaf{})
		cert, err := os.ReadFile(pair.Cert)
		if err != nil {
			t.Fatal(err)
		}
		f.write(fmt.Sprint(n)+".pem", string(cert)+strings.Repeat("# comment\n", 2000))
		all = append(all, pair)
	}
	f.open(Options{Pairs: all})
	if n := len(f.store.Copy()); n != 0 {
		t.Errorf("%d octets", n)
	}
	var none *Store
	if none.Copy() != nil {
		t.Error("a copy of nothing")
	}
}
