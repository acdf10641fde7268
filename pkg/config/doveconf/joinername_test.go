package doveconf

import (
	"strings"
	"testing"

	"tpops/pkg/config/draft"
)

// A query for the mailbox that returns another user name changes the name in paths, as
// in Dovecot, which skips columns that are NULL.
func TestNameOfMailbox(t *testing.T) {
	const login = "coalesce(p.user, lower('%s'))"
	const local = "if(locate('@', u.username) > 0 or locate('@', " + login + ") = 0, u.username, concat(u.username, '@', substring_index(" + login + ", '@', -1)))"
	for columns, want := range map[string]string{
		"uid, gid":                              login,
		"owner AS user, uid, gid":               "coalesce(u.user, " + login + ")",
		"owner AS username, uid, gid":           "coalesce(" + local + ", " + login + ")",
		"owner AS username, domain, uid, gid":   "coalesce(concat(u.username, '@', u.domain), " + local + ", concat(substring_index(" + login + ", '@', 1), '@', u.domain), " + login + ")",
		"place AS domain, uid, gid":             "coalesce(concat(substring_index(" + login + ", '@', 1), '@', u.domain), " + login + ")",
		"owner AS USER, '/h' AS home, uid, gid": "coalesce(u.user, " + login + ")",
	} {
		text := sqlConfig + "passdb sql {\n" + sqlPassdb + "}\nuserdb sql {\n  query = SELECT " + columns + " FROM users WHERE userid = '%{user}'\n}\n"
		report, toml := converted(t, text)
		if !strings.Contains(toml, "concat('/var/vmail/', "+want+") as maildir") {
			t.Errorf("%s\n%s%s", columns, report, toml)
		}
	}
	report, toml := converted(t, strings.ReplaceAll(sqlConfig, "mail_path = /var/vmail/%{user}", "mail_path = ~/Maildir\nmail_home = /home/%{user | username}")+
		"passdb sql {\n"+sqlPassdb+"}\nuserdb sql {\n  query = SELECT owner AS user, uid, gid FROM users WHERE userid = '%{user}'\n}\n")
	if !strings.Contains(toml, "concat('/home/', substring_index(coalesce(u.user, "+login+"), '@', 1)) as home") {
		t.Errorf("home directory:\n%s%s", report, toml)
	}
}

// A query for the password that returns NULL as the name keeps the name that the client sends.
func TestNameOfLogin(t *testing.T) {
	const typed = "lower('%s')"
	const local = "if(locate('@', p.username) > 0 or locate('@', " + typed + ") = 0, p.username, concat(p.username, '@', substring_index(" + typed + ", '@', -1)))"
	const domain = "concat(substring_index(" + typed + ", '@', 1), '@', p.domain)"
	for columns, want := range map[string]string{
		"password":                             typed,
		"owner AS user, password":              "coalesce(p.user, " + typed + ")",
		"owner AS username, password":          "coalesce(" + local + ", " + typed + ")",
		"place AS domain, password":            "coalesce(" + domain + ", " + typed + ")",
		"owner AS username, domain, password":  "coalesce(concat(p.username, '@', p.domain), " + local + ", " + domain + ", " + typed + ")",
		"lower(owner) AS user, pw AS password": "coalesce(p.user, " + typed + ")",
	} {
		text := sqlConfig + "passdb sql {\n  default_password_scheme = PLAIN\n  query = SELECT " + columns + " FROM users WHERE userid = '%{user}'\n}\n" +
			"userdb sql {\n  query = SELECT uid, gid FROM users WHERE userid = '%{user}'\n}\n"
		if report, toml := converted(t, text); !strings.Contains(toml, "select "+want+" as login") {
			t.Errorf("%s\n%s%s", columns, report, toml)
		}
	}
}

// The only further input is taken for a file of another name only if no other is named.
func TestOtherFile(t *testing.T) {
	const query = "driver = mysql\nconnect = host=localhost dbname=m user=u\ndefault_pass_scheme = PLAIN\n" +
		"password_query = SELECT userid AS user, password FROM users WHERE userid = '%u'\nuser_query = SELECT home, uid, gid FROM users WHERE userid = '%u'\n"
	convert := func(passdb, userdb, input string) string {
		text := systemConfig + "passdb {\n  args = " + passdb + "\n  driver = sql\n}\nuserdb {\n  args = " + userdb + "\n  driver = sql\n}\n"
		r := finished(t, draft.Input{Name: "in", Text: text}, draft.Input{Name: input, Text: query})
		return r.Stop + draft.Report(r.Notes)
	}
	const missing = "give the file %s as a further INPUT"
	for _, test := range []struct{ passdb, userdb, input, missing string }{
		{"/etc/a.ext", "/etc/a.ext", "a.ext", ""},
		{"/etc/a.ext", "/etc/a.ext", "copy", ""},
		{"/etc/a.ext", "/etc/b.ext", "a.ext", "/etc/b.ext"},
		{"/etc/a.ext", "/etc/b.ext", "b.ext", "/etc/a.ext"},
		{"/etc/a.ext", "/etc/b.ext", "copy", "/etc/a.ext"},
	} {
		report := convert(test.passdb, test.userdb, test.input)
		want := strings.ReplaceAll(missing, "%s", test.missing)
		if has := strings.Contains(report, strings.ReplaceAll(missing, "%s", test.missing)); test.missing != "" && !has || test.missing == "" && strings.Contains(report, "as a further INPUT") {
			t.Errorf("%+v: no %q in\n%s", test, want, report)
		}
	}
}
