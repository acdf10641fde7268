package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecret(t *testing.T) {
	for _, test := range []struct {
		name, file, args   string
		stored, credential string // contents of DIR/stored and of the credential; "-" is a directory in its place
		want, wantErr      string
	}{
		{name: "in the file", file: "mysql-passwd='s3cret'", want: "s3cret"},
		{name: "as an option", args: "--mysql-passwd=s3cret", want: "s3cret"},
		{name: "option beats file", file: "mysql-passwd='other'", args: "--mysql-passwd=s3cret", want: "s3cret"},
		{name: "stored", file: "mysql-passwd-file='DIR/stored'", stored: "s3cret\n", want: "s3cret"},
		{name: "stored, no newline", file: "mysql-passwd-file='DIR/stored'", stored: "s3cret", want: "s3cret"},
		{name: "stored, two newlines", file: "mysql-passwd-file='DIR/stored'", stored: "s3cret\n\n", want: "s3cret\n"},
		{name: "stored, spaces", file: "mysql-passwd-file='DIR/stored'", stored: " s3 cret \n", want: " s3 cret "},
		{name: "stored, longest", file: "mysql-passwd-file='DIR/stored'", stored: strings.Repeat("x", 4096) + "\n", want: strings.Repeat("x", 4096)},
		{name: "credential", credential: "s3cret\n", want: "s3cret"},
		{name: "unset", want: ""},
		{name: "stored beats file's own", file: "mysql-passwd='other'", args: "--mysql-passwd-file=DIR/stored", stored: "s3cret", want: "s3cret"},
		{name: "option beats stored", file: "mysql-passwd-file='DIR/stored'", args: "--mysql-passwd=s3cret", stored: "other", want: "s3cret"},
		{name: "stored, unset by an option", file: "mysql-passwd-file='DIR/stored'", args: "--mysql-passwd-file=none", stored: "other", want: ""},
		{name: "credential in place of an empty one", file: "mysql-passwd=''", credential: "s3cret", want: "s3cret"},

		{name: "twice in the file", file: "mysql-passwd='s3cret'\nmysql-passwd-file='DIR/stored'", stored: "s3cret",
			wantErr: "DIR/t.toml:5:19: mysql-passwd and mysql-passwd-file are both set: remove one of them"},
		{name: "twice as options", args: "--mysql-passwd=s3cret --mysql-passwd-file=DIR/stored", stored: "s3cret",
			wantErr: "--mysql-passwd-file: mysql-passwd and mysql-passwd-file are both set: remove one of them"},
		{name: "credential and file", file: "mysql-passwd='s3cret'", credential: "s3cret",
			wantErr: "DIR/credentials/mysql-passwd: the credential exists, but mysql-passwd is set, too: remove one of them"},
		{name: "credential and stored", file: "mysql-passwd-file='DIR/stored'", stored: "s3cret", credential: "s3cret",
			wantErr: "DIR/credentials/mysql-passwd: the credential exists, but mysql-passwd is set, too: remove one of them"},
		{name: "stored, missing", file: "mysql-passwd-file='DIR/stored'",
			wantErr: "DIR/t.toml:4:19: mysql-passwd-file: DIR/stored: open: no such file or directory"},
		{name: "stored, directory", file: "mysql-passwd-file='DIR/stored'", stored: "-",
			wantErr: "DIR/t.toml:4:19: mysql-passwd-file: DIR/stored: not a regular file"},
		{name: "stored, empty", args: "--mysql-passwd-file=DIR/stored", stored: "\n",
			wantErr: "--mysql-passwd-file: DIR/stored: the file is empty"},
		{name: "stored, NUL", file: "mysql-passwd-file='DIR/stored'", stored: "s3\x00cret",
			wantErr: "DIR/t.toml:4:19: mysql-passwd-file: DIR/stored: must not contain NUL"},
		{name: "stored, too long", file: "mysql-passwd-file='DIR/stored'", stored: strings.Repeat("s3cret", 1000),
			wantErr: "DIR/t.toml:4:19: mysql-passwd-file: DIR/stored: longer than 4097 octets"},
		{name: "stored, one too long", file: "mysql-passwd-file='DIR/stored'", stored: strings.Repeat("x", 4097),
			wantErr: "DIR/t.toml:4:19: mysql-passwd-file: DIR/stored: must be at most 4096 octets long"},
		{name: "credential, directory", credential: "-", wantErr: "DIR/credentials/mysql-passwd: mysql-passwd: not a regular file"},
		{name: "in the file, too long", file: "mysql-passwd='" + strings.Repeat("s3cret", 1000) + "'",
			wantErr: "DIR/t.toml:4:14: mysql-passwd: must be at most 4096 octets long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			placeFile(t, filepath.Join(dir, "stored"), test.stored)
			placeFile(t, filepath.Join(dir, "credentials", "mysql-passwd"), test.credential)
			source := sourceIn(t, dir, strings.ReplaceAll(mysqlFile+test.file, "DIR", dir), strings.Fields(test.args)...)
			source.Getenv = func(name string) string {
				if name != "CREDENTIALS_DIRECTORY" {
					t.Errorf("asked for %s", name)
				}
				return filepath.Join(dir, "credentials")
			}
			c, err := Load(source)
			switch {
			case err != nil && strings.ReplaceAll(err.Error(), dir, "DIR") != test.wantErr:
				t.Errorf("got error  %v\nwant error %s", err, test.wantErr)
			case err == nil && (string(c.MySQL.Passwd) != test.want || test.wantErr != ""):
				t.Errorf("got %q, want %q, %s", string(c.MySQL.Passwd), test.want, test.wantErr)
			}
		})
	}
}

// placeFile writes a file; for "-" it makes a directory, for "" it does nothing.
func placeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	switch content {
	case "":
	case "-":
		if err := os.Mkdir(name, 0o700); err != nil {
			t.Fatal(err)
		}
	default:
		writeFile(t, name, content)
	}
}

func TestSecretWithoutMySQL(t *testing.T) {
	dir := t.TempDir()
	_, got, _ := loadIn(t, dir, "mysql-passwd='s3cret'\nmysql-passwd-file='DIR/none'")
	const want = "has an effect only with auth-type = mysql, but auth-type is passwd"
	if got != "DIR/t.toml:1:14: mysql-passwd: "+want+"\nDIR/t.toml:2:19: mysql-passwd-file: "+want {
		t.Error(got)
	}
	writeFile(t, filepath.Join(dir, "mysql-passwd"), "s3cret")
	source := Source{Hostname: "a", DefaultFile: filepath.Join(dir, "none"), Getenv: func(string) string { return dir }}
	if c, err := Load(source); err != nil || c.MySQL.Passwd != "" {
		t.Errorf("a credential without effect: %v, %v", c, err)
	}
}

func TestSecretIsNotShown(t *testing.T) {
	c := &Config{MySQL: MySQL{Passwd: "s3cret"}}
	for _, verb := range strings.Split("v +v #v s q x X d 5.3s -10v t U", " ") {
		for _, value := range []any{c, *c, c.MySQL.Passwd, []Secret{c.MySQL.Passwd}} {
			shown := fmt.Sprintf("%"+verb, value)
			if hides := !strings.Contains(shown, "s3cret") && !strings.Contains(shown, "733363726574"); !hides {
				t.Errorf("%%%s of %T shows it: %s", verb, value, shown)
			}
		}
	}
	encoded, err := json.Marshal(c)
	if err != nil || strings.Contains(string(encoded), "s3cret") || !strings.Contains(string(encoded), mask) {
		t.Errorf("JSON: %s, %v", encoded, err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", c.MySQL.Passwd, "config", c)
	if strings.Contains(log.String(), "s3cret") {
		t.Errorf("slog: %s", log.String())
	}
	if shown := fmt.Sprint(Secret("")); shown != "" {
		t.Errorf("empty secret: %q", shown)
	}
}

// An error never contains the secret.
func TestSecretIsNotInErrors(t *testing.T) {
	for _, line := range []string{
		"K = trustno1s3cret", "K = s3cret", "K = 733733", "K = 7.33733", "K = 'x's3cret", `K = "x"s3cret"`, "K = 's3cret", `K = "s3cret`,
		"K = '''s3cret", "K = ''' '''s3cret'''", `K = "\s3cret"`, `K = "\xs3cret"`, `K = "\uD7337"`, "K = 733s3cret", "K = 0x733s3cret",
		"K = 73373373373373373373373373", "K = 733-73-37", "K = 73_3__733", "K = 0733", "K = +s3cret", "K = ['s3cret']", "K = {s3cret = 's3cret'}",
		"K = {a='s3cret'", "K.s3cret = 's3cret'", "K: s3cret", "K = 733e999", "K = 733._7", "K = 's3cret'\nK = 's3cret'", "Ks = 's3cret'", "K 's3cret'",
	} {
		for _, name := range []string{"mysql-passwd", "mysql.passwd", "[mysql]\npasswd"} {
			_, got, err := loadIn(t, t.TempDir(), strings.Replace(line, "K", name, 1))
			if err == nil {
				t.Errorf("%q: accepted", line)
			}
			for _, part := range []string{"3cret", "733", "trust", "D7337"} {
				if strings.Contains(got, part) && !strings.Contains(got, `unknown`) {
					t.Errorf("%q: %s", line, got)
				}
			}
		}
	}
	for _, args := range []string{"--mysql-passwd=s3cret", "--mysql-passwd s3cret", "--mysql-passwd x s3cret", "--mysql-passwd --s3cret", "--mysql-pass s3cret",
		"--mysql-pass=s3cret", "-mysql-passwd=s3cret", "-mysql-passwd s3cret", "--mysql-passwd=x --zzz s3cret s3cret"} {
		_, got, err := loadIn(t, t.TempDir(), "", strings.Fields(args)...)
		var problems Problems
		if !errors.As(err, &problems) || strings.Contains(got, "s3cret") {
			t.Errorf("%s: %s", args, got)
		}
	}
}

// Some operators set mysql-passwd-file to the password. An error then contains the
// parameter and what it expects, but not the value.
func TestSecretInsteadOfFile(t *testing.T) {
	for _, value := range []string{
		"s3cret", "/s3cret", "//s3cret", "/s3cret/", "/s3cret/733", "/no-such-top/s3cret", "./s3cret", "../s3cret", "s3cret/", "~/s3cret",
		" /etc/s3cret", "s3cret/etc/passwd", strings.Repeat("s3cret", 1000),
	} {
		for _, option := range []bool{false, true} {
			file, args, start := "mysql-passwd-file='"+value+"'", []string(nil), "DIR/t.toml:4:19: mysql-passwd-file: "
			if option {
				file, args, start = "", []string{"--mysql-passwd-file=" + value}, "--mysql-passwd-file: "
			}
			_, got, err := loadIn(t, t.TempDir(), mysqlFile+file, args...)
			if err == nil || strings.Contains(got, "s3cret") || !strings.HasPrefix(got, start) ||
				!strings.HasSuffix(got, ": set it to the path of the file that contains mysql-passwd") {
				t.Errorf("%.40q: %s", value, got)
			}
		}
	}
}

// An error contains a value that is certainly a path.
func TestSecretFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	writeFile(t, filepath.Join(dir, "empty"), "")
	if err := os.Symlink("nowhere", filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{
		"/etc/tpops/none/mysql": "open: no such file or directory",
		"/etc":                  "not a regular file",
		"/etc/passwd/mysql":     "open: not a directory",
		"empty":                 "the file is empty",
		"dangling":              "open: no such file or directory",
		".":                     "not a regular file",
	} {
		_, got, err := loadIn(t, dir, mysqlFile+"mysql-passwd-file='"+value+"'")
		if want = "DIR/t.toml:4:19: mysql-passwd-file: " + value + ": " + want; err == nil || got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
