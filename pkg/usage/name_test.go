package usage

import (
	"strings"
	"testing"
)

// TestLongest checks a record with the longest texts, and one without addresses.
func TestLongest(t *testing.T) {
	f, name := newFile(t)
	long := numbered(1, start)
	long.User, long.Method, long.TLS = strings.Repeat("漢", 85), strings.Repeat("M", maxWord), strings.Repeat("T", maxWord)
	short := session{User: "x", Login: start}
	record(t, f, start, long, short)
	all, damaged := contents(t, name, start)
	if damaged != 0 || len(all) != 2 {
		t.Fatalf("%d records, %d damaged", len(all), damaged)
	}
	if c := all[key{"x", Class{}}]; c.Client.IsValid() || c.Server.IsValid() || c.Total.Logins != 1 {
		t.Errorf("%+v", c)
	}
	if c, found := all[key{long.User, long.Class}]; !found || c.Client.Addr() != long.Client.Addr() || c.Server != long.Server {
		t.Errorf("%+v", c)
	}
}
