package oldconf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tpops/pkg/config"
	"tpops/pkg/config/draft"
)

// convert returns the new file without the lines that every new file has, and the notes.
func convert(t *testing.T, text string, checks Checks) (toml, notes string, result *Result) {
	t.Helper()
	r, err := Convert(draft.Input{Name: "old", Text: text}, "pop.example.org", checks)
	if err != nil {
		t.Fatal(err)
	}
	_, toml, _ = strings.Cut(string(r.TOML), "\n")
	toml, _, _ = strings.Cut(toml, "\n# 0.8 delayed every error")
	toml = strings.Replace(toml, "\n# The default of 0.8.\nmaildir-uidl-convert = false\n", "", 1)
	for _, n := range r.Notes {
		if n.At.Line > 0 {
			notes += fmt.Sprintf("%d %s\n", n.At.Line, n.Text)
		}
	}
	return strings.TrimSuffix(toml, "\n"), strings.TrimSuffix(notes, "\n"), r
}

// load reads the new file as the server does.
func load(t *testing.T, toml []byte) *config.Config {
	t.Helper()
	name := filepath.Join(t.TempDir(), "tpops.toml")
	if err := os.WriteFile(name, toml, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.Source{Args: []string{"--config=" + name}, Hostname: "pop.example.org"})
	if err != nil {
		t.Fatalf("%v\n%s", err, toml)
	}
	return c
}

// asComment has the line before a parameter that the units of the packages replace.
var asComment = map[string]string{
	"port":  "# With the packages tpops.socket opens the port. Without systemd remove the # before the next line.\n",
	"user":  "# With the packages User= of tpops.service selects the user. Without systemd remove the # before the next line.\n",
	"group": "# With the packages Group= of tpops.service selects the group. Without systemd remove the # before the next line.\n",
}

func TestLines(t *testing.T) {
	tests := []struct{ name, text, toml, notes string }{
		{"equals sign", "max-servers = 1110", "max-servers = 1110", "1 max-servers: kept"},
		{"no spaces", "max-servers=1110", "max-servers = 1110", "1 max-servers: kept"},
		{"space", "max-servers 1110", "max-servers = 1110", "1 max-servers: kept"},
		{"tab", "max-servers\t1110", "max-servers = 1110", "1 max-servers: kept"},
		{"surrounding spaces", "  max-servers  =  1110  ", "max-servers = 1110", "1 max-servers: kept"},
		{"CRLF", "max-servers = 1110\r\nfg\r\n", "max-servers = 1110\nfg = true", "1 max-servers: kept\n2 fg: kept"},
		{"byte order mark", "\ufeffmax-servers 1110", "max-servers = 1110", "1 max-servers: kept"},
		{"switch", "debug", "debug = true", "1 debug: kept"},
		{"switch with a value", "maildir-lock no", "maildir-lock = false", "1 maildir-lock: kept"},
		{"other words for a switch", "fg = On\ndebug = FALSE", "fg = true\ndebug = false", "1 fg: kept\n2 debug: kept"},
		{"letters", "p 1110\nu = 8\ng mail", asComment["port"] + "# port = 1110\n" + asComment["user"] + "# user = 8\n" + asComment["group"] + "# group = \"mail\"",
			"1 p: kept as port, as a comment; with the packages, write it as ListenStream= to a drop-in of tpops.socket\n" +
				"2 u: kept as user, as a comment; with the packages, set User= in a drop-in of tpops.service as in vmail.conf\n" +
				"3 g: kept as group, as a comment; with the packages, set Group= in a drop-in of tpops.service as in vmail.conf"},
		{"the usual port", "port = 110", asComment["port"] + "# port = 110", "1 port: kept, as a comment: with the packages tpops.socket opens the port"},
		{"inetd", "user = mail\ngroup mail\ninetd", "user = \"mail\"\ngroup = \"mail\"\ninetd = true", "1 user: kept\n2 group: kept\n3 inetd: kept"},
		{"host and port", "port = [::1]:1110", asComment["port"] + `# port = "[::1]:1110"`,
			"1 port: kept, as a comment; with the packages, write it as ListenStream= to a drop-in of tpops.socket"},
		{"leading zeros", "error-interval = 007", "error-interval = 7", "1 error-interval: kept"},
		{"a value with an equals sign", "domain a=b", `domain = "a=b"`, "1 domain: kept"},
		{"blank lines", "\nfg\n\n\ndebug\n", "\nfg = true\n\n\ndebug = true", "2 fg: kept\n5 debug: kept"},
		{"comments", "#one\n # two\nfg", "# one\n# two\nfg = true", "1 comment: kept\n2 comment: kept\n3 fg: kept"},
		{"comment in EUC-JP", "# \xc0\xdf\xc4\xea\nfg", "fg = true",
			"1 comment: omitted: it is not UTF-8, or contains control characters\n2 fg: kept"},
		{"section", "[mysql]\nfg", "# [mysql]\nfg = true", "1 section: ignored, as in 0.8; kept as a comment\n2 fg: kept"},
		{"twice", "max-servers 1\nfg\nmax-servers 2", "fg = true\nmax-servers = 2", "1 max-servers: omitted: line 3 sets it again\n2 fg: kept\n3 max-servers: kept"},
		{"twice, with a letter", "port 1\np 110", asComment["port"] + "# port = 110",
			"1 port: omitted: line 2 sets it again\n2 p: kept as port, as a comment: with the packages tpops.socket opens the port"},
		{"quotes", `domain = "example.org"`, `domain = "\"example.org\""`, "1 domain: kept; the quotes are part of the value"},
		{"comment after a value", "access-log = /var/log/tpops/l # x", `access-log = "/var/log/tpops/l # x"`,
			"1 access-log: kept; the # and what follows are part of the value"},
		{"empty", "access-log =", "# Omitted, its value is empty:\n#access-log =",
			"1 access-log: omitted: its value is empty"},
		{"none", "access-log none", `access-log = "none"`, "1 access-log: kept; none means that it is not set"},
		{"command line", "version\nf x", "# Omitted, it is allowed only on the command line:\n#version\n# Omitted, it is allowed only on the command line:\n#f x",
			"1 version: omitted: it is allowed only on the command line\n2 f: omitted: it is allowed only on the command line"},
		{"without effect", "mysql-db mail", "# Omitted, has an effect only with auth-type = mysql, but auth-type is passwd:\n#mysql-db mail",
			"1 mysql-db: omitted: has an effect only with auth-type = mysql, but auth-type is passwd"},
		{"without effect, by a later line", "port 1110\ninetd", "# Omitted, has no effect with inetd = yes:\n#port 1110\ninetd = true",
			"1 port: omitted: has no effect with inetd = yes\n2 inetd: kept"},
		{"secret without effect", "mysql-passwd s3cret", "",
			"1 mysql-passwd: omitted: has an effect only with auth-type = mysql, but auth-type is passwd"},
		{"nothing", "", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			toml, notes, r := convert(t, test.text, nil)
			if diff := cmp.Diff(test.notes, notes); diff != "" {
				t.Error("notes:", diff)
			}
			if diff := cmp.Diff(test.toml, toml); diff != "" {
				t.Error("file:", diff)
			}
			load(t, r.TOML)
		})
	}
}

// The kind of a note follows from what the operator has to do about a line.
func TestKinds(t *testing.T) {
	for text, want := range map[string]draft.Kind{
		"fg": draft.Done, "# x": draft.Done, "[mysql]": draft.Done, "access-log =": draft.Done, "mysql-db mail": draft.Done, "port 110": draft.Done,
		"domain \"a\"": draft.ToKnow, "access-log = /var/log/tpops/l # x": draft.ToKnow, "access-log none": draft.ToKnow,
		"access-log /var/log/tpops/access": draft.Done, "error-log = /var/log/tpops/../tpops/e": draft.Done, "pid-file /run/tpops/pid": draft.Done,
		"pid-file /var/run/tpops/pid": draft.Done, "access-log /srv/l\ninetd": draft.Done,
		"access-log = /var/log/tpops.log": draft.ToDo, "error-log /var/log/tpops/../e": draft.ToDo, "pid-file /run/tpops.pid": draft.ToDo, "pid-file pid": draft.ToDo,
		"mysql-passwd x\nauth-type mysql\nmysql-db m\nmysql-server s": draft.ToDo,
		"port 1110": draft.ToDo, "user vmail": draft.ToDo, "apop-passwd-file = /a # x": draft.ToDo,
		"prot 110": draft.Needed, "max-servers many": draft.Needed,
	} {
		_, _, r := convert(t, text, nil)
		if got := r.Notes[0]; got.At.Line != 1 || got.Kind != want {
			t.Errorf("%s: kind %d instead of %d: %s", text, got.Kind, want, got)
		}
	}
	_, _, r := convert(t, "", nil)
	var after []string
	for _, n := range r.Notes {
		after = append(after, fmt.Sprint(n.At, " ", n.Kind, " ", strings.Fields(n.Text)[0]))
	}
	want := []string{"old 0 maildir-uidl-convert", "old 1 error-interval-for", "old 1 first-uid:"}
	if diff := cmp.Diff(want, after); diff != "" {
		t.Error(diff)
	}
}

// A default that has changed since 0.8 is written out: a tpops_uidl that 0.8 did not
// use would give all messages other UIDLs.
func TestChangedDefault(t *testing.T) {
	for text, want := range map[string]bool{"fg": false, "fg\nmaildir-uidl-convert": true, "maildir-uidl-convert no": false} {
		_, _, r := convert(t, text, nil)
		if got := load(t, r.TOML).Mailbox.UIDLConvert; got != want {
			t.Errorf("%q: maildir-uidl-convert is %v", text, got)
		}
	}
}

func TestRejected(t *testing.T) {
	tests := []struct{ name, text, notes string }{
		{"unknown name", "fg\nprot = 110", "1 fg: kept\n2 rejected: 0.8 has no parameter \"prot\""},
		{"a new name", "mysql-tls yes", `1 rejected: 0.8 has no parameter "mysql-tls"`},
		{"no name", "= 110", `1 rejected: 0.8 has no parameter ""`},
		{"no value", "port", "1 rejected: port: needs a value"},
		{"empty", "port =", "1 rejected: port: needs a value"},
		{"a port that is none", "port = 99999999", "1 rejected: port: "},
		{"a bad user", "user = a\x01b", "1 rejected: user: must not contain control characters"},
		{"no time", "connection-keep-time 0", `1 rejected: connection-keep-time: must be from 1 to 31536000 seconds, not "0"`},
		{"no number", "max-servers = many", "1 rejected: max-servers: must be a number without quotes"},
		{"comment after a number", "max-servers = 5 # five", "1 rejected: max-servers: must be a number without quotes"},
		{"no switch", "maildir-lock maybe", `1 rejected: maildir-lock: must be yes or no, not "maybe"`},
		{"no choice", "syslog = nowhere\nfg", "1 rejected: syslog: must be none"},
		{"EUC-JP", "domain \xc0\xdf", "1 rejected: domain: not UTF-8: convert the file with iconv first"},
		{"control character", "domain a\x01b", "1 rejected: domain: must not contain control characters"},
		{"path outside of the home directory", "maildir = /var/mail", "1 rejected: maildir: must be a path relative to the home directory"},
		{"by a check", "pid-file /x", "1 rejected: pid-file: not here"},
	}
	checks := Checks{"pid-file": func(string) error { return errors.New("not here") }}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, notes, r := convert(t, test.text, checks)
			if !r.Rejected() || !strings.HasPrefix(notes, test.notes) {
				t.Errorf("rejected: %v, notes\n%s\nwant\n%s", r.Rejected(), notes, test.notes)
			}
		})
	}
}

// A missing parameter is reported at the line that requires it.
func TestRejectedWithoutLine(t *testing.T) {
	_, notes, r := convert(t, "auth-type mysql\nmysql-user mail", nil)
	if !r.Rejected() || !strings.Contains(notes, "1 rejected: auth-type = mysql needs mysql-db") {
		t.Errorf("rejected: %v, notes\n%s", r.Rejected(), notes)
	}
}

// whole is a file with all parameters that can be combined.
const whole = `port = 1110
hostname pop.example.org
connection-keep-time = 7200
command-timeout 300
fg
debug yes
access-log = /var/log/tpops/access
error-log = /var/log/tpops/error
pid-file /run/tpops.pid
user = vmail
group = vmail
syslog local3
auth-type mysql
mailbox-type maildir
parallel-type thread
domain example.org
error-interval = 3
max-servers = 20
mysql-server = localhost
mysql-user = tpops
mysql-passwd = se"cret
mysql-db = mail
mysql-auth-query = select id,pass,dir from "users" where id="%s" and a=1
mysql-crypt-passwd = yes
maildir-use-filesize no
maildir-extended no
maildir-lock no
maildir-uidl-convert
`

func TestWhole(t *testing.T) {
	_, _, r := convert(t, whole, nil)
	if r.Rejected() || !r.Secret {
		t.Fatalf("%+v", r)
	}
	if c := load(t, r.TOML); c.Run.Port != ":110" || c.Processes.User != "" || c.Processes.Group != "" {
		t.Errorf("with the packages: port %s, user %s, group %s", c.Run.Port, c.Processes.User, c.Processes.Group)
	}
	// Without systemd the operator removes the # before port, user and group.
	c := load(t, []byte(regexp.MustCompile(`(?m)^# (port|user|group) = `).ReplaceAllString(string(r.TOML), "$1 = ")))
	want := []any{":1110", "pop.example.org", 7200.0, 300.0, true, true, "/var/log/tpops/access", "vmail", "local3", 3.0, "all",
		20, `se"cret`, `select id,pass,dir from "users" where id="%s" and a=1`, "yes", false, false, false, true}
	got := []any{c.Run.Port, c.Protocol.Hostname, c.Protocol.ConnectionKeepTime.Seconds(), c.Protocol.CommandTimeout.Seconds(), c.Run.Foreground, c.Run.Debug, c.Log.Access,
		c.Processes.User, c.Log.Syslog, c.Protocol.ErrorInterval.Seconds(), c.Protocol.ErrorIntervalFor, c.Processes.MaxServers, string(c.MySQL.Passwd), c.MySQL.AuthQuery,
		c.MySQL.CryptPasswd, c.Mailbox.UseFilesize, c.Mailbox.Extended, c.Mailbox.Lock, c.Mailbox.UIDLConvert}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, n := range r.Notes {
		if strings.Contains(n.Text, "cret") && !strings.Contains(n.Text, "secret") {
			t.Errorf("a note contains the password: %s", n.Text)
		}
	}
}

// A default that has changed since 0.8 is written out or reported.
func TestDefaults(t *testing.T) {
	_, _, r := convert(t, "", nil)
	c := load(t, r.TOML)
	if c.Protocol.ErrorIntervalFor != "all" {
		t.Errorf("error-interval-for is %s", c.Protocol.ErrorIntervalFor)
	}
	if c.Processes.ParallelType != "prefork" {
		t.Errorf("parallel-type is %s", c.Processes.ParallelType)
	}
	if !slices.ContainsFunc(r.Notes, func(n draft.Note) bool { return strings.HasPrefix(n.Text, "first-uid") }) {
		t.Error("first-uid is not reported")
	}
	_, _, r = convert(t, "error-interval 0", nil)
	if strings.Contains(string(r.TOML), "error-interval-for") {
		t.Errorf("error-interval-for without effect:\n%s", r.TOML)
	}
}

// Every choice of 0.8 is accepted.
func TestChoices(t *testing.T) {
	for _, name := range []string{"auth-type", "mailbox-type", "parallel-type", "mysql-crypt-passwd", "syslog"} {
		p := today()[name]
		for _, value := range p.Values {
			text := name + " = " + value + "\n"
			switch {
			case name == "mysql-crypt-passwd" || value == "mysql":
				text += "auth-type = mysql\nmysql-server = a\nmysql-db = b\n"
			case value == "passwd-file":
				continue // not a parameter of 0.8
			}
			_, notes, r := convert(t, text, nil)
			if r.Rejected() {
				t.Errorf("%s = %s is rejected\n%s", name, value, notes)
			}
		}
	}
}

// A note advises to convert the APOP file, too.
func TestAdvice(t *testing.T) {
	_, notes, r := convert(t, "apop-passwd-file /etc/apop\n#mysql-passwd old", nil)
	if r.Rejected() || !r.Secret || !strings.Contains(notes, "tpopsctl import-passwd OLD NEW") {
		t.Errorf("%+v\n%s", r, notes)
	}
}

// All parameters of 0.8 still exist, with their letters.
func TestOldNames(t *testing.T) {
	known := today()
	for _, o := range old {
		if p, ok := known[o.name]; !ok || p.Short != o.short {
			t.Errorf("%s: no longer exists, or has the letter %q", o.name, p.Short)
		}
	}
}

// FuzzConvert converts any text: the server accepts every new file.
func FuzzConvert(f *testing.F) {
	f.Add(whole)
	f.Add("[x]\r\n# y\nport = \"110\"\ninetd\nfg no\nmysql-passwd =\nprot 1")
	f.Add("domain \xff\n#\x00\nport\n= =\naccess-log = none # x")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Convert(draft.Input{Name: "old", Text: text}, "pop.example.org", nil)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Rejected() {
			load(t, r.TOML)
		}
		for _, n := range r.Notes {
			if strings.ContainsAny(n.Text, "\n\r\x00") {
				t.Errorf("%q", n.Text)
			}
		}
	})
}
