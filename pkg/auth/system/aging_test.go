package system

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestAging(t *testing.T) {
	tests := []struct {
		name, row string // from the last change on
		want      error
	}{
		{"nothing set", "::::::", nil},
		{"usual", "19000:0:99999:7:::", nil},
		{"minus one is not set", "-1:-1:-1:-1:-1:-1:", nil},
		{"expires tomorrow", "19000:0:99999:7::20001:", nil},
		{"expires today", "19000:0:99999:7::20000:", errAccountExpired},
		{"expired long ago", "19000:0:99999:7::0:", errAccountExpired},
		{"must be changed", "0:0:99999:7:::", errMustChange},
		{"last day of the password", "19000:0:1000:7:::", nil},
		{"day after", "19000:0:999:7:::", errPasswordExpired},
		{"day after, not yet inactive", "19000:0:999:7:1::", errPasswordExpired},
		{"inactive", "19000:0:999:7:0::", errInactive},
		{"maximum of 0 days", "19999:0:0:7:::", errPasswordExpired},
		{"changed in the future", "20100:0:10:7:::", nil},
		{"never changed", ":0:10:7:::", nil},
		{"largest numbers", "2147483647:0:2147483647:7:2147483647:2147483647:", nil},
		{"not a number", "19000:0:many:7:::", errAging},
		{"number too large", "19000:0:99999999999:7:::", errAging},
		{"blank", "19000:0:99999:7:: :", errAging},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fields := strings.Split("alice:hash:"+test.row, ":")
			// Late in the evening of that day, UTC.
			now := time.Unix(today*86400+86399, 0)
			if len(fields) != shadowFields {
				t.Fatalf("%d fields", len(fields))
			}
			if err := aging(fields, now); !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

func FuzzUserTable(f *testing.F) {
	for _, text := range []string{testPasswd, testShadow, testGroup, "a:b", "\n\n::\n:", "a:x:1:1::/h:/s\r\n", "\x00:\xff:0:0:::"} {
		f.Add(text)
	}
	now := time.Unix(today*86400, 0)
	f.Fuzz(func(t *testing.T, text string) {
		table := parseUserTable(text)
		for login := range table.rows {
			if login == "" || strings.ContainsAny(login, ":\n") {
				t.Errorf("login %q", login)
			}
			if fields, ok := table.fields(login, shadowFields); ok {
				aging(fields, now)
			}
		}
		for _, hash := range table.hashes {
			if hash.IsLocked() {
				t.Errorf("decoy %v", hash)
			}
		}
		for login, gids := range parseGroups(text) {
			if strings.ContainsAny(login, ":,\n") || len(gids) == 0 {
				t.Errorf("%q: %v", login, gids)
			}
		}
	})
}
