package config

import (
	"errors"
	"strings"
	"testing"
)

func TestArgs(t *testing.T) {
	for _, test := range []struct {
		name, args, param, want string
	}{
		{"equals sign", "--port=1110", "port", "1110"},
		{"next word", "--port 1110", "port", "1110"},
		{"short, next word", "-p 1110", "port", "1110"},
		{"short, same word", "-p1110", "port", "1110"},
		{"short user", "-u mail", "user", "mail"},
		{"short group", "-g8", "group", "8"},
		{"last one wins", "--port=1 -p 2 --port 3", "port", "3"},
		{"value with an equals sign", "--mysql-auth-query=a=b --auth-type=mysql --mysql-server=x --mysql-db=y", "mysql-auth-query", "a=b"},
		{"bare switch", "--fg", "fg", "yes"},
		{"switch with a value", "--maildir-lock=no", "maildir-lock", "no"},
		{"switch turned off again", "--fg --fg=off", "fg", "no"},
		{"switch does not eat a word", "--fg --port 7", "port", "7"},
		{"negative word as a value", "--domain -x", "domain", "-x"},
		{"value with two hyphens that is no option", "--domain --x", "domain", "--x"},
		{"unset", "--access-log=/x --access-log=none", "access-log", ""},
		{"end of options", "--port=7 --", "port", "7"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, _, err := loadIn(t, t.TempDir(), "", strings.Fields(test.args)...)
			if err != nil {
				t.Fatal(err)
			}
			if got := valueOf(t, c, test.param); got != test.want {
				t.Errorf("%s is %q, want %q", test.param, got, test.want)
			}
		})
	}
}

func TestArgsBeatFile(t *testing.T) {
	const file = "port = 1110\nmaildir-lock = true\naccess-log = '/x'\nerror-log = '/y'\n"
	c, _, err := loadIn(t, t.TempDir(), file, "-p2110", "--maildir-lock=no", "--access-log=none")
	if err != nil {
		t.Fatal(err)
	}
	if c.Run.Port != ":2110" || c.Mailbox.Lock || c.Log.Access != "" || c.Log.Errors != "/y" {
		t.Errorf("got %+v", c)
	}
}

func TestArgsRefused(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown", []string{"--prot=1110"}, `--prot: unknown option (did you mean "--port"?)`},
		{"unknown, underscores", []string{"--mysql_server", "x"}, `--mysql_server: unknown option (did you mean "--mysql-server"?)`},
		{"unknown, upper case", []string{"--PORT=1"}, `--PORT: unknown option (did you mean "--port"?)`},
		{"unknown, cut short", []string{"--maildir-use"}, `--maildir-use: unknown option (did you mean "--maildir-use-filesize"?)`},
		{"unknown, nothing near", []string{"--zzzzzzzz"}, `--zzzzzzzz: unknown option`},
		{"unknown letter", []string{"-x"}, `-x: unknown option`},
		{"one hyphen too few", []string{"-port=1"}, `-port: unknown option (did you mean "--port"?)`},
		{"one hyphen too few, no such letter", []string{"-inetd"}, `-inetd: unknown option (did you mean "--inetd"?)`},
		{"one hyphen too few, letters that exist", []string{"-fg"}, `-fg: unknown option (did you mean "--fg"?)`},
		{"stray", []string{"stray"}, `stray: not an option`},
		{"stray, near", []string{"inted"}, `inted: not an option (did you mean "--inetd"?)`},
		{"stray hyphen", []string{"-"}, `-: not an option`},
		{"empty stray", []string{""}, `"": not an option`},
		{"stray with control characters", []string{"a\x1b[31m\n"}, `a?[31m?: not an option`},
		{"word after a switch", []string{"--fg", "no"}, `no: not an option`},
		{"after the end of options", []string{"--", "--fg"}, `--fg: not an option (did you mean "--fg"?)`},
		{"no value", []string{"--port"}, `--port: needs a value`},
		{"no value, short", []string{"-p"}, `-p: needs a value`},
		{"no value but an option", []string{"--port", "--fg"}, `--port: needs a value`},
		{"empty value", []string{"--pid-file="}, `--pid-file: must not be empty`},
		{"no value but the end of options", []string{"--port", "--"}, `--port: needs a value`},
		{"all are reported", []string{"--prot=1", "--port=x", "y"},
			"--prot: unknown option (did you mean \"--port\"?)\ny: not an option\n" +
				"--port: must have a port from 0 to 65535, not \"x\""},
		{"value of a mistyped secret", []string{"--mysql-paswd", "s3cret"}, `--mysql-paswd: unknown option (did you mean "--mysql-passwd"?)`},
		{"secret without quotes", []string{"--auth-type=mysql", "--mysql-server=x", "--mysql-db=x", "--mysql-passwd", "very", "s3cret"},
			`--mysql-passwd: is followed by a word that is not an option: put quotes around a value with spaces`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, got, err := loadIn(t, t.TempDir(), "", test.args...)
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			var problems Problems
			if !errors.As(err, &problems) || !problems.Usage() {
				t.Errorf("not reported as an error of the command line: %#v", err)
			}
		})
	}
}
