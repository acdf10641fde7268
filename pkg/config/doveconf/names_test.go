package doveconf

import (
	"os"
	"strings"
	"testing"

	"tpops/pkg/config/draft"
)

// partOfSection are settings that 2.4 lists with the prefix of their section, in which
// doveconf -n shows them.
var partOfSection = []string{"passdb_", "userdb_", "inet_listener_", "unix_listener_", "fifo_listener_", "service_", "mysql_", "namespace_", "mailbox_", "mailboxes_", "passwd_file_"}

// Every setting that Dovecot has is known: the files in names have those that
// doveconf -a lists.
func TestNames(t *testing.T) {
	for version, first := range map[string]string{"2.3": head, "2.4": "# 2.4.1-4 (7d8c0e5759): /etc/dovecot/dovecot.conf\n"} {
		names, err := os.ReadFile("names/" + version)
		if err != nil {
			t.Fatal(err)
		}
		text, count := first, 0
		for name := range strings.FieldsSeq(string(names)) {
			if !hasPrefix(name, partOfSection) || version == "2.3" {
				text += name + " = x\n"
				count++
			}
		}
		if count < 300 {
			t.Fatalf("%s: %d names", version, count)
		}
		result := finished(t, draft.Input{Name: "in", Text: text})
		for _, n := range result.Notes {
			if strings.Contains(n.Text, "does not know this setting") {
				t.Errorf("%s: %s", version, n)
			}
		}
	}
}

func hasPrefix(name string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
