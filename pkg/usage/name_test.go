package usage

import (
	"strings"
	"testing"
)

// TestLongest checks a record with the longest texts, one without addresses, and a name in
// another character set.
func TestLongest(t *testing.T) {
	f, name := newFile(t)
	long := numbered(1, start)
	long.User, long.Method, long.TLS = strings.Repeat("漢", 85), strings.Repeat("M", maxWord), strings.Repeat("T", maxWord)
	short := session{User: "x", Login: start}
	latin := session{User: "ren\xe9", Login: start}
	record(t, f, start, long, short, latin)
	all, damaged := contents(t, name, start)
	if damaged != 0 || len(all) != 3 {
		t.Fatalf("%d records, %d damaged", len(all), damaged)
	}
	if c := all[key{"x", Class{}}]; c.Client.IsValid() || c.Server.IsValid() || c.Total.Logins != 1 {
		t.Errorf("%+v", c)
	}
	if _, found := all[key{latin.User, Class{}}]; !found {
		t.Errorf("a name that is not UTF-8 is missing: %v", all)
	}
	if c, found := all[key{long.User, long.Class}]; !found || c.Client.Addr() != long.Client.Addr() || c.Server != long.Server {
		t.Errorf("%+v", c)
	}
}
