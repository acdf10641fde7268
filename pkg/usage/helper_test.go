package usage

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"testing"
	"time"
)

// start is a time in the middle of a week.
var start = time.Unix(3000*7*24*3600+3*24*3600, 0)

// newFile returns an empty file, and its name.
func newFile(t testing.TB) (*file, string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "usage")
	return openFile(t, name), name
}

func openFile(t testing.TB, name string) *file {
	t.Helper()
	f, err := open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.f.Close() })
	return f
}

// numbered returns the session of a user with a number, whose name has about the usual
// length.
func numbered(n int, login time.Time) session {
	return session{
		User: fmt.Sprintf("first.last%06d@example.org", n), Class: Class{TLS: "TLSv1.3", Method: "PLAIN", Implicit: true}, Login: login,
		Client: netip.MustParseAddrPort("192.0.2.7:40000"), Server: netip.MustParseAddrPort("[2001:db8::1]:995"), Retrieved: 2, Deleted: 1,
	}
}

// record writes sessions and expects no error. It returns how many damaged parts the file had.
func record(t testing.TB, f *file, now time.Time, sessions ...session) int {
	t.Helper()
	damaged, err := f.update(collected(sessions...), now)
	if err != nil {
		t.Fatal(err)
	}
	return damaged
}

func collected(sessions ...session) map[key]*Client {
	all := map[key]*Client{}
	for i := range sessions {
		k := key{sessions[i].User, sessions[i].Class}
		if all[k] == nil {
			c := newClient(&sessions[i])
			all[k] = &c
			continue
		}
		all[k].addSession(&sessions[i])
	}
	return all
}

// contents returns the records of a file, and how many parts are damaged. No key may have
// two records.
func contents(t testing.TB, name string, now time.Time) (map[key]Client, int) {
	t.Helper()
	r, err := OpenReader(name, now)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all := map[key]Client{}
	for c := range r.Clients() {
		if _, twice := all[c.key()]; twice {
			t.Errorf("%v has two records", c.key())
		}
		all[c.key()] = c
	}
	if r.Err() != nil {
		t.Error(r.Err())
	}
	return all, r.Damaged()
}
