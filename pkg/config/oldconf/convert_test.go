package oldconf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tpops/pkg/config"
)

// convert returns the new file without what is the same in each, and the notes.
func convert(t *testing.T, text string, checks Checks) (toml, notes string, result *Result) {
	t.Helper()
	r, err := Convert(text, "pop.example.org", checks)
	if err != nil {
		t.Fatal(err)
	}
	_, toml, _ = strings.Cut(string(r.TOML), "\n")
	toml, _, _ = strings.Cut(toml, "\n# 0.8 delayed every error")
	for _, n := range r.Notes {
		if n.Line > 0 {
			notes += fmt.Sprintf("%d %s\n", n.Line, n.Text)
		}
	}
	return strings.TrimSuffix(toml, "\n"), strings.TrimSuffix(notes, "\n"), r
}

// load reads what came out as the server does.
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

func TestLines(t *testing.T) {
	tests := []struct{ name, text, toml, notes string }{
		{"equals sign", "port = 1110", "port = 1110", "1 port: kept"},
		{"no blanks", "port=1110", "port = 1110", "1 port: kept"},
		{"blank", "port 1110", "port = 1110", "1 port: kept"},
		{"tab", "port\t1110", "port = 1110", "1 port: kept"},
		{"blanks around", "  port  =  1110  ", "port = 1110", "1 port: kept"},
		{"CRLF", "port = 1110\r\nfg\r\n", "port = 1110\nfg = true", "1 port: kept\n2 fg: kept"},
		{"byte order mark", "\ufeffport 1110", "port = 1110", "1 port: kept"},
		{"switch", "debug", "debug = true", "1 debug: kept"},
		{"switch with a value", "maildir-lock no", "maildir-lock = false", "1 maildir-lock: kept"},
		{"other words for a switch", "fg = On\ndebug = FALSE", "fg = true\ndebug = false", "1 fg: kept\n2 debug: kept"},
		{"letters", "p 1110\nu = 8\ng mail", "port = 1110\nuser = 8\ngroup = \"mail\"",
			"1 p: kept as port\n2 u: kept as user\n3 g: kept as group"},
		{"host and port", "port = [::1]:1110", `port = "[::1]:1110"`, "1 port: kept"},
		{"zeros in front", "error-interval = 007", "error-interval = 7", "1 error-interval: kept"},
		{"a value with an equals sign", "domain a=b", `domain = "a=b"`, "1 domain: kept"},
		{"blank lines", "\nfg\n\n\ndebug\n", "\nfg = true\n\n\ndebug = true", "2 fg: kept\n5 debug: kept"},
		{"comments", "#one\n # two\nfg", "# one\n# two\nfg = true", "1 comment: kept\n2 comment: kept\n3 fg: kept"},
		{"comment in EUC-JP", "# \xc0\xdf\xc4\xea\nfg", "fg = true",
			"1 comment: left out: not UTF-8, or with control characters\n2 fg: kept"},
		{"section", "[mysql]\nfg", "# [mysql]\nfg = true", "1 section: passed over, as in 0.8; kept as a comment\n2 fg: kept"},
		{"twice", "port 1\nfg\np 2", "fg = true\nport = 2", "1 port: left out: line 3 sets it again\n2 fg: kept\n3 p: kept as port"},
		{"quotes", `domain = "example.org"`, `domain = "\"example.org\""`, "1 domain: kept; the quotes are part of the value"},
		{"comment behind a value", "access-log = /l # x", `access-log = "/l # x"`,
			"1 access-log: kept; the # and what follows are part of the value"},
		{"empty", "access-log =", "# Left out, it is empty, so nothing is set:\n#access-log =",
			"1 access-log: left out: it is empty, so nothing is set"},
		{"none", "access-log none", `access-log = "none"`, "1 access-log: kept; none means that it is not set"},
		{"command line", "version\nf x", "# Left out, it belongs on the command line:\n#version\n# Left out, it belongs on the command line:\n#f x",
			"1 version: left out: it belongs on the command line\n2 f: left out: it belongs on the command line"},
		{"without effect", "mysql-db mail", "# Left out, has an effect only with auth-type = mysql, and auth-type is passwd:\n#mysql-db mail",
			"1 mysql-db: left out: has an effect only with auth-type = mysql, and auth-type is passwd"},
		{"without effect, by a later line", "port 1110\ninetd", "# Left out, has no effect with inetd = yes:\n#port 1110\ninetd = true",
			"1 port: left out: has no effect with inetd = yes\n2 inetd: kept"},
		{"secret without effect", "mysql-passwd s3cret", "",
			"1 mysql-passwd: left out: has an effect only with auth-type = mysql, and auth-type is passwd"},
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

func TestRefused(t *testing.T) {
	tests := []struct{ name, text, notes string }{
		{"unknown name", "fg\nprot = 110", "1 fg: kept\n2 refused: 0.8 has no parameter \"prot\""},
		{"a name of today", "mysql-tls yes", `1 refused: 0.8 has no parameter "mysql-tls"`},
		{"no name", "= 110", `1 refused: 0.8 has no parameter ""`},
		{"no value", "port", "1 refused: port: needs a value"},
		{"empty", "port =", "1 refused: port: needs a value"},
		{"no time", "connection-keep-time 0", `1 refused: connection-keep-time: must be from 1 to 31536000 seconds, not "0"`},
		{"no number", "max-servers = many", "1 refused: max-servers: must be a number without quotes"},
		{"comment behind a number", "max-servers = 5 # five", "1 refused: max-servers: must be a number without quotes"},
		{"no switch", "maildir-lock maybe", `1 refused: maildir-lock: must be yes or no, not "maybe"`},
		{"no choice", "syslog = nowhere\nfg", "1 refused: syslog: must be none"},
		{"EUC-JP", "domain \xc0\xdf", "1 refused: domain: not UTF-8; convert the file with iconv first"},
		{"control character", "domain a\x01b", "1 refused: domain: must not contain control characters"},
		{"path out of the home directory", "maildir = /var/mail", "1 refused: maildir: must be a path below the home directory"},
		{"by the use of the value", "pid-file /x", "1 refused: pid-file: not here"},
	}
	checks := Checks{"pid-file": func(string) error { return errors.New("not here") }}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, notes, r := convert(t, test.text, checks)
			if !r.Refused() || !strings.HasPrefix(notes, test.notes) {
				t.Errorf("refused: %v, notes\n%s\nwant\n%s", r.Refused(), notes, test.notes)
			}
		})
	}
}

// What is missing is told at the line that asks for it.
func TestRefusedWithoutLine(t *testing.T) {
	_, notes, r := convert(t, "auth-type mysql\nmysql-user mail", nil)
	if !r.Refused() || !strings.Contains(notes, "1 refused: auth-type = mysql needs mysql-db") {
		t.Errorf("refused: %v, notes\n%s", r.Refused(), notes)
	}
}

// whole is a file with all parameters that go together.
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
	if r.Refused() || !r.Secret {
		t.Fatalf("%+v", r)
	}
	c := load(t, r.TOML)
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
			t.Errorf("a note tells the password: %s", n.Text)
		}
	}
}

// What 0.8 did by default and today's server does not is written out or told.
func TestDefaults(t *testing.T) {
	_, _, r := convert(t, "", nil)
	c := load(t, r.TOML)
	if c.Protocol.ErrorIntervalFor != "all" {
		t.Errorf("error-interval-for is %s", c.Protocol.ErrorIntervalFor)
	}
	if c.Processes.ParallelType != "prefork" {
		t.Errorf("parallel-type is %s", c.Processes.ParallelType)
	}
	if !slices.ContainsFunc(r.Notes, func(n Note) bool { return strings.HasPrefix(n.Text, "first-uid") }) {
		t.Error("first-uid is not told")
	}
	_, _, r = convert(t, "error-interval 0", nil)
	if strings.Contains(string(r.TOML), "error-interval-for") {
		t.Errorf("error-interval-for without effect:\n%s", r.TOML)
	}
}

// Every choice of 0.8 is taken over.
func TestChoices(t *testing.T) {
	for _, name := range []string{"auth-type", "mailbox-type", "parallel-type", "mysql-crypt-passwd", "syslog"} {
		p := today()[name]
		for _, value := range p.Values {
			text := name + " = " + value + "\n"
			switch {
			case name == "mysql-crypt-passwd" || value == "mysql":
				text += "auth-type = mysql\nmysql-server = a\nmysql-db = b\n"
			case value == "passwd-file":
				continue // 0.8 had none
			}
			_, notes, r := convert(t, text, nil)
			if r.Refused() {
				t.Errorf("%s = %s is refused\n%s", name, value, notes)
			}
		}
	}
}

// The APOP file is to be converted too.
func TestAdvice(t *testing.T) {
	_, notes, r := convert(t, "apop-passwd-file /etc/apop\n#mysql-passwd old", nil)
	if r.Refused() || !r.Secret || !strings.Contains(notes, "tpopsctl import-passwd OLD NEW") {
		t.Errorf("%+v\n%s", r, notes)
	}
}

// All parameters of 0.8 are those of today, with their letters.
func TestOldNames(t *testing.T) {
	known := today()
	for _, o := range old {
		if p, ok := known[o.name]; !ok || p.Short != o.short {
			t.Errorf("%s: not one of today, or with the letter %q", o.name, p.Short)
		}
	}
}

// Whatever the old file holds, what comes out is a file that the server takes.
func FuzzConvert(f *testing.F) {
	f.Add(whole)
	f.Add("[x]\r\n# y\nport = \"110\"\ninetd\nfg no\nmysql-passwd =\nprot 1")
	f.Add("domain \xff\n#\x00\nport\n= =\naccess-log = none # x")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Convert(text, "pop.example.org", nil)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Refused() {
			load(t, r.TOML)
		}
		for _, n := range r.Notes {
			if strings.ContainsAny(n.Text, "\n\r\x00") {
				t.Errorf("%q", n.Text)
			}
		}
	})
}
