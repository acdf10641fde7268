package doveconf

import (
	"strings"
	"testing"

	"tpops/pkg/config/draft"
)

// What concerns POP3 and cannot be kept holds the file back. What does not concern it
// is only named.
func TestRest(t *testing.T) {
	const system = head + "mail_location = maildir:~/Maildir\npassdb {\n  driver = pam\n}\nprotocols = pop3\nssl = no\nuserdb {\n  driver = passwd\n}\n"
	for _, test := range []struct {
		text   string
		needed int
		want   string // in the report
	}{
		{"", 0, "other: \n"},
		{"imap_capability = x\nservice lmtp {\n}\nprotocol imap {\n  new_setting = x\n}\nprotocol !pop3 {\n  a = b\n}\nplugin {\n  sieve = x\n}\n", 0,
			"other: imap_capability, plugin, protocol !pop3, protocol imap, service lmtp\n"},
		{"new_setting = x\n", 1, "new_setting: not possible, but needed: the converter does not know this setting"},
		{"new_section x {\n}\n", 1, "new_section x: not possible, but needed: the converter does not know this section"},
		{"protocol !smtp {\n  mail_plugins = x\n}\n", 1, "protocol !smtp: not possible, but needed: it is for POP3 too"},
		{"protocol pop3 {\n  new_setting = x\n  new_section {\n  }\n}\n", 2, "this section of protocol pop3"},
		{"remote 10.0.0.0/8 {\n  auth_verbose = yes\n  local 10.0.0.1 {\n  }\n}\n", 2, "remote 10.0.0.0/8 auth_verbose: not possible, but needed: "},
		{"pop3_deleted_flag = $X\npop3_delete_type = flag\n", 2, "pop3_deleted_flag: not possible, but needed: "},
		{"pop3_delete_type = expunge\npop3_uidl_format = %g\npop3_lock_session = yes\n", 0, "pop3_delete_type: equal to the default\n"},
		{"pop3_uidl_format = %m\n", 1, "cannot make these UIDLs"},
		{"last_valid_uid = 2000\nmail_chroot = /srv\nauth_master_user_separator = *\n", 3, "last_valid_uid: not possible, but needed: "},
		{"mail_plugins = \" mail_crypt zlib fts new\"\n", 2, "mail_plugins zlib: kept"},
		{"passdb {\n  driver = passwd-file\n  master = yes\n}\n", 1, "has no master users"},
		{"passdb {\n  driver = ldap\n}\n", 1, "asks it also after a wrong password"},
		{"service pop3 {\n  executable = pop3 x\n  client_limit = 3\n  process_limit = 10\n}\n", 1, "max-servers = 30\n"},
	} {
		result := finished(t, draft.Input{Name: "in", Text: system + test.text})
		report := "other: " + result.Others + "\n"
		for _, n := range result.Notes {
			report += n.String() + "\n"
		}
		if result.Needed != test.needed || result.Stop != "" || !strings.Contains(report, test.want) {
			t.Errorf("%s\n%d needed instead of %d, %s; want %q in\n%s", test.text, result.Needed, test.needed, result.Stop, test.want, report)
		}
	}
}

// Lists of UIDLs that are not in the Maildirs are reported, with the reason and the
// command to run, and the new file does not use them at logins.
func TestControlElsewhere(t *testing.T) {
	const users = "protocols = pop3\nssl = no\n"
	const users23 = users + "passdb {\n  driver = pam\n}\nuserdb {\n  driver = passwd\n}\n"
	const users24 = "# 2.4.1-4 (7d8c0e5759): /x\ndovecot_config_version = 2.4.1\n" + users + "passdb pam {\n}\nuserdb passwd {\n}\nmail_driver = maildir\nmail_path = ~/Maildir\n"
	for text, name := range map[string]string{
		head + "mail_location = maildir:~/Maildir:CONTROL=/c/%u\n" + users23:                                   "mail_location CONTROL",
		head + "mail_location = maildir:~/Maildir:INDEX=/i/%u:CONTROL=/c/%u\n" + users23:                       "mail_location CONTROL",
		head + users23 + "namespace inbox {\n  inbox = yes\n  location = maildir:~/Maildir:CONTROL=/c/%u\n}\n": "mail_location CONTROL",
		users24 + "mail_control_path = /c/%u\n":                                                                "mail_control_path",
		users24 + "namespace inbox {\n  inbox = yes\n  mail_control_path = /c/%u\n}\n":                         "mail_control_path",
		head + users + "passdb {\n  args = /u\n  driver = passwd-file\n}\nuserdb {\n  args = uid=v gid=v home=/h/%u mail=maildir:~/Maildir:CONTROL=/c/%u\n  driver = static\n}\nmail_location = maildir:/x/%u\n": "userdb mail CONTROL",
		sqlConfig + "passdb sql {\n" + sqlPassdb + "}\nuserdb static {\n  fields {\n    mail = maildir:/m/%{user}:CONTROL=/c/%u\n  }\n}\n":                                                                       "userdb mail CONTROL",
	} {
		result := finished(t, draft.Input{Name: "in", Text: text})
		var report strings.Builder
		for _, n := range result.Notes {
			report.WriteString(n.String() + "\n")
		}
		want := name + ": not possible: the lists of UIDLs are not in the Maildirs: maildir-uidl = \"dovecot\" cannot use them, and uidl-mismatch does not see them; " +
			"import all mailboxes before the first login with `tpopsctl import --control-dir /c/%u`\n"
		if !strings.Contains(report.String(), want) || strings.Contains(string(result.TOML), "maildir-uidl =") ||
			!strings.Contains(string(result.TOML), "maildir-uidl-convert = true\n") || result.Needed > 0 {
			t.Errorf("%s\n%s\n%s", text, &report, result.TOML)
		}
	}
}
