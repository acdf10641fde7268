package config

import (
	"errors"
	"strings"
	"testing"
)

const mysqlFile = "auth-type = 'mysql'\nmysql-server = 'db'\nmysql-db = 'mail'\n" // three lines

const (
	jwksFile          = "oauth-tokens = 'jwks'\noauth-jwks-file = '/etc/tpops/keys'\noauth-issuer = 'https://id.example.org'\n"
	introspectionFile = "oauth-tokens = 'introspection'\noauth-introspection-url = 'https://id.example.org/'\n"
)

func TestFile(t *testing.T) {
	for _, test := range []struct{ name, file, param, want string }{
		{"flat", "port = 1110\n", "port", "1110"},
		{"text", `port = "127.0.0.1:1110"`, "port", "127.0.0.1:1110"},
		{"boolean", "fg = true", "fg", "yes"},
		{"word for a boolean", `maildir-lock = "no"`, "maildir-lock", "no"},
		{"boolean for a word", mysqlFile + "mysql-crypt-passwd = true", "mysql-crypt-passwd", "yes"},
		{"seconds", "command-timeout = 90", "command-timeout", "90"},
		{"seconds in quotes", `command-timeout = "90"`, "command-timeout", "90"},
		{"minutes", `command-timeout = "10m"`, "command-timeout", "600"},
		{"hexadecimal", "max-servers = 0x10", "max-servers", "16"},
		{"number of a user", "user = 8", "user", "8"},
		{"unset", `user = "parent's"`, "user", ""},
		{"quoted key", `"port" = 1`, "port", "1"},
		{"quoted key with escapes", `"p\u006frt" = 1`, "port", "1"},
		{"table", "[mysql]\nserver='db'\ndb='x'\n[auth]\ntype='mysql'\n", "mysql-server", "db:3306"},
		{"table that is a parameter too", "maildir='M'\n[ maildir-use ]\nfilesize=false", "maildir-use-filesize", "no"},
		{"table named like a parameter", "[maildir]\nlock=false", "maildir-lock", "no"},
		{"table in a table", "[maildir.use]\nfilesize=false", "maildir-use-filesize", "no"},
		{"dotted key", "maildir.use.filesize = false", "maildir-use-filesize", "no"},
		{"inline table", "maildir = {lock = false, use = {filesize=true}}", "maildir-lock", "no"},
		{"table without keys", "[mysql]\n", "port", "110"},
		{"query on several lines", mysqlFile + "mysql-auth-query = '''select a\n from b'''", "mysql-auth-query", "select a\n from b"},
		{"byte order mark", "\ufeffport = 1\r\n", "port", "1"},
		{"empty", "\n# nothing", "port", "110"},
		{"list", "auth-type = ['mysql', 'passwd']\nmysql-db='x'\nmysql-server='y'", "auth-type", "mysql,passwd"},
		{"list of one", "mail-roots = ['/home']", "mail-roots", "/home"},
		{"list in a text", "mail-roots = '/home, /var/mail'", "mail-roots", "/home,/var/mail"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, _, err := loadIn(t, t.TempDir(), test.file)
			if err != nil {
				t.Fatal(err)
			}
			if got := valueOf(t, c, test.param); got != test.want {
				t.Errorf("%s is %q, want %q", test.param, got, test.want)
			}
		})
	}
}

// Each line of want is DIR/t.toml:LINE:COL: text, without DIR/t.toml.
func TestFileRefused(t *testing.T) {
	const quoted, list = "must be text in quotes", "must be a list of texts in quotes without commas"
	for _, test := range []struct{ name, file, want string }{
		{"list of numbers", "mail-roots = [1]", "1:14: mail-roots: " + list},
		{"list with a comma in it", "mail-roots = ['/a,/b']", "1:14: mail-roots: " + list},
		{"list in a list", "auth-type = [['mysql']]", "1:13: auth-type: " + list},
		{"empty list", "auth-type = []", "1:13: auth-type: must not be an empty list"},
		{"list where there is none", "syslog = ['mail']", "1:10: syslog: " + quoted},
		{"unknown", "\n  maildir-loc = true", `2:3: unknown parameter "maildir-loc" (did you mean "maildir-lock"?)`},
		{"unknown, nothing near", "zzz = 1", `1:1: unknown parameter "zzz"`},
		{"unknown, upper case", "Port = 1", `1:1: unknown parameter "Port" (did you mean "port"?)`},
		{"unknown, empty", `"" = 1`, `1:1: unknown parameter ""`},
		{"unknown, odd characters", "\"a\\nb\\u001b\" = 1", `1:1: unknown parameter "a\nb\x1b"`},
		{"unknown, dot in quotes", `"mysql.server" = "x"`, `1:1: unknown parameter "mysql.server" (did you mean "mysql-server"?)`},
		{"unknown in a table", "[mysql] # x\npasword = 's3cret'", `2:1: unknown parameter "mysql-pasword" (did you mean "mysql-passwd"?)`},
		{"parameter after a table", "auth-type='mysql'\n[mysql]\nserver='db'\ndb='x'\n\nport = 1110", "6:1: port is in the table [mysql], which begins on line 2, and there is no parameter mysql-port: move it above line 2"},
		{"parameter after a table in a table", "fg=true\n[maildir.use]\nfilesize=true\ncommand-timeout=5",
			"4:1: command-timeout is in the table [maildir.use], which begins on line 2, and there is no parameter maildir-use-command-timeout: move it above line 2"},
		{"table after a table", "[mysql]\n[mysql.maildir]\nlock=true",
			"2:1: unknown table \"mysql-maildir\""},
		{"parameter in an inline table", "mysql = {port=1110}", `1:10: unknown parameter "mysql-port"`},
		{"unknown in an inline table", "maildir = { lock=true, lok='y' }", `1:24: unknown parameter "maildir-lok" (did you mean "maildir-lock"?)`},
		{"unknown table", "[stuff]\nx=1", `1:1: unknown table "stuff"`},
		{"unknown table, near", "[mysq]\nx=1", `1:1: unknown table "mysq" (did you mean "mysql"?)`},
		{"unknown table in a table", "[mysql.logs]\nx=1", `1:1: unknown table "mysql-logs" (did you mean "mysql-tls"?)`},
		{"unknown array of tables", "[[stuff]]\nx=1", `1:1: unknown parameter "stuff"`},
		{"array of tables", "[[port]]\nx=1", `1:1: port: must be a number without quotes, or text in quotes`},
		{"table", "[port]\nx=1", `1:1: port: must be a number without quotes, or text in quotes`},
		{"array", "port = [1, 2]", `1:8: port: must be a number without quotes, or text in quotes`},
		{"float", "command-timeout = 1.5", `1:19: command-timeout: must be a number without quotes, or text in quotes`},
		{"date", "pid-file = 2020-01-01", `1:12: pid-file: ` + quoted},
		{"number for text", "hostname = 5", `1:12: hostname: ` + quoted},
		{"boolean for text", "access-log = false", `1:14: access-log: ` + quoted},
		{"text for a count", `max-servers = "5"`, `1:15: max-servers: must be a number without quotes`},
		{"number for a switch", `fg = 1`, `1:6: fg: must be true or false, without quotes, or yes or no in quotes`},
		{"number for a secret", mysqlFile + `mysql-passwd = 1234`, `4:16: mysql-passwd: ` + quoted},
		{"command line only", "config = 'x'\nhelp = true", "1:10: config: is allowed only on the command line\n2:8: help: is allowed only on the command line"},
		{"value", "port = 70000", `1:8: port: must have a port from 0 to 65535, not "70000"`},
		{"value after wide characters", "fg = true # äöü\n  \"port\"\t=  'ü:1'", `2:13: port: must have a host name or IP address before the port, not "ü:1"`},
		{"value on a line with wide characters", "maildir = {'lock' = 'ü'}", `1:21: maildir-lock: must be yes or no, not "ü"`},
		{"value of a dotted key", "maildir . lock = 5", `1:18: maildir-lock: must be true or false, without quotes, or yes or no in quotes`},
		{"value in a table of a table", "[maildir.use]\n\n filesize = 5", `3:13: maildir-use-filesize: must be true or false, without quotes, or yes or no in quotes`},
		{"value after strings of all kinds", "access-log = '#[x]'\nerror-log = \"\\\"#\"\npid-file = '''\n'port=1''''\ndomain = \"\"\"\\\"\"\"\\\"\"\"\"\nport = -1",
			"6:8: port: must have a port from 0 to 65535, not \"-1\""},
		{"key inside an array", "x = [{port = 1}]\nport = -1", "1:1: unknown parameter \"x\"\n2:8: port: must have a port from 0 to 65535, not \"-1\""},
		{"key inside a comment", "#port = 1\nport = -1", "2:8: port: must have a port from 0 to 65535, not \"-1\""},
		{"Windows line ends", "fg = true\r\nport = -1\r\n", "2:8: port: must have a port from 0 to 65535, not \"-1\""},
		{"twice by two spellings", "maildir-lock = true\n[maildir]\nlock = true\n", `3:1: maildir-lock is already set on line 1`},
		{"thrice", "maildir.use-filesize = true\nmaildir-use.filesize=true\nmaildir-use-filesize=true",
			"2:1: maildir-use-filesize is already set on line 1\n3:1: maildir-use-filesize is already set on line 1"},
		{"all are reported, in order", "prot = 1\nfg = 5\n[mysql]\nserver=5\nx=1",
			"1:1: unknown parameter \"prot\" (did you mean \"port\"?)\n2:6: fg: must be true or false, without quotes, or yes or no in quotes\n" +
				"4:8: mysql-server: " + quoted + ", or a list of such texts\n5:1: unknown parameter \"mysql-x\" (did you mean \"mysql-db\"?)"},
		{"not UTF-8", "fg = true\na\xff", `2:2: not UTF-8: save the file as UTF-8`},
		{"too deep", "a = " + strings.Repeat("[", 100_000), `1:38: nested too deeply: a value may be inside at most 32 brackets`},
		{"too long", strings.Repeat("a", 1001) + " = 1", `1:1: key too long: with its tables it has at most 1000 octets`},
		{"byte order mark", "\ufeff prot = 1\nport = -1", "1:2: unknown parameter \"prot\" (did you mean \"port\"?)\n2:8: port: must have a port from 0 to 65535, not \"-1\""},
		{"too many parts", "a" + strings.Repeat(".a", 100_000) + " = 1", `1:65: nested too deeply: a key has at most 32 parts`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, got, err := loadIn(t, t.TempDir(), test.file)
			want := "DIR/t.toml:" + strings.ReplaceAll(test.want, "\n", "\nDIR/t.toml:")
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			var problems Problems
			if !errors.As(err, &problems) || problems.Usage() {
				t.Errorf("reported as an error of the command line: %#v", err)
			}
		})
	}
}

func TestFileSyntax(t *testing.T) {
	for _, test := range []struct{ name, file, want string }{
		{"no value", "a =\n", "1:4: not valid TOML: expected value"},
		{"no equals sign", "\nport 110", "2:6: not valid TOML: expected '.' or '='"},
		{"twice", "fg = true\nfg = true", "2:1: not valid TOML: Key 'fg' has already been defined."},
		{"open string", "a = \"b\n", "1:7: not valid TOML: strings cannot contain newlines"},
		{"number out of range", "a = 99999999999999999999", "1:5: not valid TOML: number out of range"},
		{"after a byte order mark", "\ufeffa = \n", "1:5: not valid TOML: expected value"},
		{"NUL", "a = 1 # \x00", "1:8: not valid TOML: TOML files cannot contain control characters"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, got, _ := loadIn(t, t.TempDir(), test.file)
			if want := "DIR/t.toml:" + test.want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// A value without quotes is reported with the type to write.
func TestFileBareWord(t *testing.T) {
	const (
		isSwitch = "must be true or false, without quotes, or yes or no in quotes"
		isText   = "must be text in quotes"
		isNumber = "must be a number without quotes"
		isEither = "must be a number without quotes, or text in quotes"
	)
	for _, test := range []struct{ name, file, want string }{
		{"switch", "debug = yes", "1:9: debug: " + isSwitch},
		{"switch, upper case", "debug = True # x", "1:9: debug: " + isSwitch},
		{"switch, two words", "debug = true false", "1:9: debug: " + isSwitch},
		{"switch in a table", "[maildir]\r\nlock =  off\r\n", "2:9: maildir-lock: " + isSwitch},
		{"switch in an inline table", "maildir = {use.filesize = true, lock = no}", "1:40: maildir-lock: " + isSwitch},
		{"switch for the second time", "fg = true\nfg = no", "2:6: fg: " + isSwitch},
		{"path", "fg = true\naccess-log = /var/log/tpops", "2:14: access-log: " + isText},
		{"paths", "mail-roots = ['/home', /var/mail]", "1:24: mail-roots: " + isText + ", or a list of such texts"},
		{"host name", "hostname = mail.example.org", "1:12: hostname: " + isText},
		{"wide characters", "domain = müller", "1:10: domain: " + isText},
		{"address", "port = 127.0.0.1:110", "1:8: port: " + isEither},
		{"time", "command-timeout = 10m", "1:19: command-timeout: " + isEither},
		{"user", "user = mail", "1:8: user: " + isEither},
		{"count", "max-servers = many", "1:15: max-servers: " + isNumber},
		{"choice", "syslog = none", "1:10: syslog: " + isText},
		{"secret", "[mysql]\npasswd = 7s3cret", "2:10: mysql-passwd: " + isText},
		{"unknown parameter", "prot = pop3", "1:8: not valid TOML: text needs quotes"},
		{"broken number", "max-servers = 0733", "1:15: not valid TOML: Invalid integer"},
		{"value and table", "maildir = true\nmaildir.lock = true", "2:1: not valid TOML: Key 'maildir' has already been defined."},
		{"no equals sign", "max-servers many", "1:13: not valid TOML: expected '.' or '='"},
		{"text after quotes", "domain = 'x'y", "1:13: not valid TOML: expected a top-level item to end with a newline, comment, or end of file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, got, _ := loadIn(t, t.TempDir(), test.file)
			if want := "DIR/t.toml:" + test.want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestFileWithTooManyProblems(t *testing.T) {
	file := "a = 1\n"
	for i := range 300 {
		file += strings.Repeat("z", i+1) + " = 1\n"
	}
	_, _, err := loadIn(t, t.TempDir(), file)
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != maxProblems+1 {
		t.Fatalf("%d problems", len(problems))
	}
	if got, want := problems[maxProblems].Text, "too many problems: the remaining 201 keys were not checked"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A file of 0.8 is distinguished from TOML with a mistake.
func TestFileOfOldVersion(t *testing.T) {
	const hint = ": looks like a configuration file of TPOPS 0.8: convert it with tpopsctl import-config DIR/t.toml"
	for _, test := range []struct {
		name, file, place string
	}{
		{"equals signs", "port = 110\nauth-type = mysql\nmysql-server = localhost\n", "2:1"},
		{"no equals signs", "# x\nport 110\nauth-type mysql\n", "2:1"},
		{"bare name", "fg\nuser = mail\n", "1:1"},
		{"sections", "[tpops]\nfg = on\nparallel-type = prefork\n", "2:1"},
		{"query", "mysql-auth-query = select login,passwd,maildir from user where login=\"%s\"\nauth-type = mysql\n", "1:1"},
		{"not UTF-8", "port 110\n# \xc0\xdf\nauth-type mysql\n", "1:1"},
		{"byte order mark and CRLF", "\ufeffport 110\r\nauth-type mysql\r\n", "1:1"},
		{"TOML without one pair of quotes", "port = 110\nauth-type = mysql\n", ""},
		{"TOML with quotes elsewhere", "user = 'x'\nauth-type = mysql\nsyslog = mail\n", ""},
		{"another program's", "listen = *\nprotocols = pop3\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, got, err := loadIn(t, t.TempDir(), test.file)
			hasHint := strings.Contains(got, hint)
			if err == nil || hasHint != (test.place != "") || hasHint && !strings.Contains(got, "DIR/t.toml:"+test.place+hint) {
				t.Errorf("got %s", got)
			}
		})
	}
}
