//go:build integration

package dovecot

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// New messages get the UIDs that Dovecot would have given them: of two mailboxes
// with the same files the one lists them first, of the other we.
func TestUIDsAsDovecotGivesThem(t *testing.T) {
	b := startBeside(t, "")
	names := []string{
		"cur/1700000002.M10P1.h:2,S", "cur/1700000002.M9P1.h:2,", "new/1700000002.M11P1.h", "new/1700000001.M99P1.h", "cur/1700000002.5_1.h",
		"cur/1700000002.A.h:2,", "new/999.a", "new/zero", "cur/9999999999.a:2,", "cur/4000000000.b:2,", "new/1700000003.M3000000000.h", "new/1700000003.M2.h",
		"cur/1700000004.x,S=14:2,", "cur/1700000004.x:2,", "new/1700000004.x-", "new/1700000004.\xc3\xa4", "new/1700000004.b b", "new/1700000005.V1M7.h", "new/1700000005.V2M6.h",
		"new/1700000006.h.M2", "new/1700000006.h.M1", "cur/0001700000007.M2.h:2,", "cur/1700000007.M1.h:2,FS", "new/+5", "new/-5", "new/1700000008", "new/1700000008.",
	}
	for user := range 4 {
		b.Deliver(t, user, nil)
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(b.Maildir(user), name), []byte("Subject: x\n\nx\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		b.own(b.Maildir(user))
	}
	b.poll(b.Addr, 0)
	b.poll(b.ours.Addr, 1)
	entry := regexp.MustCompile(`(?m)^(\d+)(?: [A-Z]\S*)* (:.*)$`)
	var lists [2][]string
	for user := range lists {
		for _, m := range entry.FindAllStringSubmatch(b.list(user), -1) {
			lists[user] = append(lists[user], m[1]+m[2])
		}
		if len(lists[user]) != len(names) {
			t.Errorf("%d entries\n%s", len(lists[user]), b.list(user))
		}
	}
	if !slices.Equal(lists[0], lists[1]) {
		t.Errorf("Dovecot lists\n%s\nwe\n%s", strings.Join(lists[0], "\n"), strings.Join(lists[1], "\n"))
	}
	for user := range 4 {
		b.same("at the end", user, user%2 == 0)
	}
}
