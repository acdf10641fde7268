package doveconf

import (
	"strings"
	"testing"

	"tpops/pkg/config/draft"
)

// The configurations that settings are added to.
const (
	systemConfig = "# 2.3.19.1 (9b53102964): x\nprotocols = pop3\nmail_location = maildir:~/Maildir\nssl_cert = </a.pem\nssl_key = </a.key\n"
	pamUsers     = "passdb {\n  driver = pam\n}\nuserdb {\n  driver = passwd\n}\n"
	fileConfig   = "# 2.4.1-4 (7d8c0e5759): x\nprotocols = pop3\nmail_driver = maildir\nmail_path = /var/vmail/%{user}\nmail_uid = vmail\nmail_gid = vmail\n"
	staticUserdb = "userdb static {\n  fields {\n    home = /var/vmail/%{user}\n  }\n}\n"
	sqlPassdb    = "  query = SELECT userid AS user, password FROM users WHERE userid = '%{user}'\n  default_password_scheme = PLAIN\n"
	sqlConfig    = fileConfig + "sql_driver = mysql\nmysql localhost {\n  dbname = m\n  user = u\n}\n"
)

// converted returns the report and the new file of a configuration.
func converted(t *testing.T, text string) (report, toml string) {
	t.Helper()
	r := finished(t, draft.Input{Name: "in", Text: text})
	var b strings.Builder
	for _, n := range r.Notes {
		b.WriteString(n.String() + "\n")
	}
	return b.String(), string(r.TOML)
}

// finished converts files.
func finished(t *testing.T, files ...draft.Input) *draft.Result {
	t.Helper()
	d, err := Convert(files, usable)
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Finish("pop.example.org")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestNothingIsDropped checks that no setting that decides who may log in, or which
// mailbox is shown, disappears without a line in the report that holds the file back.
func TestNothingIsDropped(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"fields of a passwd-file", fileConfig + "passdb passwd-file {\n  passwd_file_path = /u\n  fields {\n    allow_nets = 10.0.0.0/8\n  }\n}\n" + staticUserdb,
			"in:9: passdb passwd-file fields: not possible, but needed: "},
		{"two places of the mailbox", strings.Replace(sqlConfig, "mail_path =", "mail_inbox_path =", 1) + "mail_path = /m\npassdb sql {\n" + sqlPassdb + "}\nuserdb sql {\n  query = SELECT maildir AS mail_path FROM users WHERE userid = '%{user}'\n}\n",
			"mail_inbox_path names the mailbox, and a column mail_path too"},
		{"fields of SQL", sqlConfig + "passdb sql {\n" + sqlPassdb + "  fields {\n    nologin = yes\n  }\n}\n" + staticUserdb,
			"passdb sql fields: not possible, but needed: "},
		{"fields of a userdb in SQL", sqlConfig + "passdb sql {\n" + sqlPassdb + "}\nuserdb sql {\n  query = SELECT home FROM users WHERE userid = '%{user}'\n  fields {\n    home = /x\n  }\n}\n",
			"userdb sql fields: not possible, but needed: "},
		{"unknown section of a userdb", fileConfig + "passdb passwd-file {\n  passwd_file_path = /u\n}\n" + strings.TrimSuffix(staticUserdb, "}\n") + "  other {\n    x = y\n  }\n}\n",
			"userdb static other: not possible, but needed: "},
		{"mechanisms of a passdb", fileConfig + "passdb passwd-file {\n  passwd_file_path = /u\n  mechanisms {\n    cram-md5 = yes\n  }\n}\n" + staticUserdb,
			"passdb passwd-file mechanisms: not possible, but needed: "},
		{"all mechanisms", fileConfig + "auth_mechanisms {\n  plain = yes\n  login = yes\n}\npassdb passwd-file {\n  passwd_file_path = /u\n  mechanisms_filter = PLAIN login\n}\n" + staticUserdb,
			"mechanisms_filter: without effect: it has all mechanisms\n"},
		{"default_fields of PAM", systemConfig + "passdb {\n  default_fields = nologin=y\n  driver = pam\n}\nuserdb {\n  driver = passwd\n}\n",
			"passdb pam default_fields: not possible, but needed: "},
		{"default_fields of passwd", systemConfig + "passdb {\n  driver = pam\n}\nuserdb {\n  default_fields = home=/x\n  driver = passwd\n}\n",
			"userdb passwd default_fields: not possible, but needed: "},
		{"proxy for some networks", systemConfig + "passdb {\n  args = proxy=y host=10.0.0.5 nopassword=y allow_nets=10.0.0.0/8\n  driver = static\n}\n",
			"passdb static allow_nets: not possible, but needed: "},
		{"proxy with another name", systemConfig + "passdb {\n  args = proxy=y host=10.0.0.5 nopassword=y user=%n\n  driver = static\n}\n",
			"passdb static user: not possible, but needed: "},
		{"passwords in clear for a name", systemConfig + pamUsers + "local_name a.example {\n  disable_plaintext_auth = no\n}\n",
			"local_name a.example disable_plaintext_auth: not possible, but needed: "},
		{"section in a section", systemConfig + pamUsers + "local 192.0.2.1 {\n  protocol pop3 {\n    passdb {\n      driver = pam\n    }\n  }\n}\n",
			"local 192.0.2.1 passdb: not possible, but needed: "},
		{"certificate of an address", systemConfig + pamUsers + "local 192.0.2.1 {\n  protocol pop3 {\n    ssl_cert = </b.pem\n  }\n}\n",
			"local 192.0.2.1 ssl_cert: not possible: "},
		{"certificate of an address in 2.4", fileConfig + staticUserdb + "local 192.0.2.1 {\n  ssl_server {\n    cert_file = /b.pem\n  }\n}\n",
			"local 192.0.2.1 cert_file: not possible: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			if report, _ := converted(t, test.text); !strings.Contains(report, test.want) {
				t.Errorf("no %q in\n%s", test.want, report)
			}
		})
	}
}

// TestCertificates checks that certificates of protocol pop3 take precedence, also those
// of a name.
func TestCertificates(t *testing.T) {
	_, toml := converted(t, systemConfig+pamUsers+"protocol pop3 {\n  ssl_cert = </p.pem\n  ssl_key = </p.key\n}\n"+
		"local_name a.example {\n  ssl_cert = </c.pem\n  ssl_key = </c.key\n  protocol pop3 {\n    ssl_cert = </d.pem\n    ssl_key = </d.key\n  }\n}\n")
	if want := "tls-cert = \"/p.pem,/d.pem\"\ntls-key = \"/p.key,/d.key\"\n"; !strings.Contains(toml, want) {
		t.Errorf("no %q in\n%s", want, toml)
	}
}
