package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWarnings(t *testing.T) {
	const (
		inFile = "DIR/t.toml:4:14: mysql-passwd: all users can read this file: run chmod o-r"
		stored = "DIR/t.toml:4:19: mysql-passwd-file: all users can read the file: run chmod o-r"
	)
	for _, test := range []struct {
		name, file, args     string
		fileMode, storedMode fs.FileMode
		want                 string
	}{
		{"in the file", "mysql-passwd='s3cret'", "", 0o644, 0o600, inFile},
		{"in the file, overruled", "mysql-passwd='s3cret'", "--mysql-passwd-file=DIR/stored", 0o604, 0o600, inFile},
		{"in the file, of no effect", "mysql-passwd='s3cret'", "--auth-type=passwd", 0o644, 0o600, inFile},
		{"in the file, empty", "mysql-passwd=''", "", 0o644, 0o600, ""},
		{"in the file of a group", "mysql-passwd='s3cret'", "", 0o660, 0o600, ""},
		{"no secret", "", "", 0o644, 0o644, ""},
		{"stored", "mysql-passwd-file='DIR/stored'", "", 0o644, 0o604, stored},
		{"stored, as an option", "", "--mysql-passwd-file=DIR/stored", 0o600, 0o644, "--mysql-passwd-file: all users can read the file: run chmod o-r"},
		{"stored for a group", "mysql-passwd-file='DIR/stored'", "", 0o644, 0o640, ""},
		{"both", "mysql-passwd='s3cret'", "--mysql-passwd-file=DIR/stored", 0o644, 0o644,
			"--mysql-passwd-file: all users can read the file: run chmod o-r\n" + inFile},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "stored"), "s3cret")
			source := sourceIn(t, dir, strings.ReplaceAll(mysqlFile+test.file, "DIR", dir), strings.Fields(test.args)...)
			err := errors.Join(os.Chmod(source.DefaultFile, test.fileMode), os.Chmod(filepath.Join(dir, "stored"), test.storedMode))
			if err != nil {
				t.Fatal(err)
			}
			c, err := Load(source)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.ReplaceAll(Problems(c.Warnings()).Error(), dir, "DIR"); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestProblem(t *testing.T) {
	for _, test := range []struct{ name, file, args, param, want string }{
		{"in the file", "fg = true\nuser = 'nobody-here'", "", "user", "DIR/t.toml:2:8: user: WRONG"},
		{"in a table", mysqlFile + "[mysql.tls]\nca = 'x'", "--mysql-tls", "mysql-tls-ca", "DIR/t.toml:5:6: mysql-tls-ca: WRONG"},
		{"option", "", "--access-log=/x", "access-log", "--access-log: WRONG"},
		{"short option", "", "-u x", "user", "-u: WRONG"},
		{"option over file", "user = 'x'", "--user=y", "user", "--user: WRONG"},
		{"default", "fg = true", "", "hostname", "hostname: WRONG"},
		{"secret", mysqlFile + "mysql-passwd='s3cret'", "", "mysql-passwd", "DIR/t.toml:4:14: mysql-passwd: WRONG"},
		{"stored secret", mysqlFile + "mysql-passwd-file='DIR/stored'", "", "mysql-passwd", "DIR/t.toml:4:19: mysql-passwd: WRONG"},
		{"stored secret as an option", mysqlFile + "mysql-passwd='x'", "--mysql-passwd-file=DIR/stored", "mysql-passwd", "--mysql-passwd-file: WRONG"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "stored"), "s3cret")
			c, text, err := loadIn(t, dir, strings.ReplaceAll(test.file, "DIR", dir), strings.Fields(test.args)...)
			if err != nil {
				t.Fatal(text)
			}
			cause := errors.Join(fs.ErrPermission, errors.New("second line"))
			problem := c.Problem(test.param, cause)
			want := strings.ReplaceAll(test.want, "WRONG", "permission denied; second line")
			if got := strings.ReplaceAll(problem.Error(), dir, "DIR"); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if !errors.Is(problem, fs.ErrPermission) {
				t.Error("the cause is not in it")
			}
		})
	}
}
