package doveconf

import (
	"testing"

	"tpops/pkg/config/draft"
)

// TestLayouts checks that a mail location whose INBOX is not at its path holds the file back.
func TestLayouts(t *testing.T) {
	for _, option := range []string{"LAYOUT=index", "LAYOUT=imapdir", "LAYOUT=Maildir++", "LAYOUT=FS", "LAYOUT=index:INBOX=~/in", "DIRNAME=mAildir"} {
		if _, err := parseLocation("maildir:~/Maildir:" + option); err == nil {
			t.Errorf("%s is accepted", option)
		}
	}
	for _, option := range []string{"LAYOUT=fs", "LAYOUT=maildir++", "LAYOUT=imapdir:INBOX=~/in", "INBOX=~/in:LAYOUT=Maildir++"} {
		if _, err := parseLocation("maildir:~/Maildir:" + option); err != nil {
			t.Errorf("%s: %v", option, err)
		}
	}
	const users = "passdb passwd-file {\n  passwd_file_path = /u\n}\n" + staticUserdb
	for setting, refused := range map[string]bool{
		"mailbox_list_layout = fs": false, "mailbox_list_layout = maildir++": false, "mailbox_list_layout = index": true, "mailbox_directory_name = mAildir": true,
		"mailbox_list_layout = imapdir": true, "mailbox_list_layout = imapdir\nmail_inbox_path = ~/in": false, "mailbox_list_layout = index\nmail_inbox_path = ~/in": true,
		"mailbox_list_layout = imapdir\nmail_inbox_path = .": true,
	} {
		for name, text := range map[string]string{"": fileConfig + setting + "\n" + users, " in the namespace": fileConfig + "namespace inbox {\n  inbox = yes\n  " + setting + "\n}\n" + users} {
			if r := finished(t, draft.Input{Name: "in", Text: text}); (r.Stop != "") != refused {
				t.Errorf("%s%s: stopped with %q", setting, name, r.Stop)
			}
		}
	}
}
