package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// loadIn loads a configuration with file as its default file, unless that is
// empty. In args and in the error, DIR stands for the directory of the file.
func loadIn(t *testing.T, dir, file string, args ...string) (*Config, string, error) {
	t.Helper()
	source := sourceIn(t, dir, file, args...)
	c, err := Load(source)
	if err == nil {
		return c, "", nil
	}
	return nil, strings.ReplaceAll(err.Error(), dir, "DIR"), err
}

func sourceIn(t *testing.T, dir, file string, args ...string) Source {
	t.Helper()
	name := filepath.Join(dir, "t.toml")
	if file != "" {
		writeFile(t, name, file)
	}
	source := Source{Hostname: "mail.example.org", DefaultFile: name}
	for _, arg := range args {
		source.Args = append(source.Args, strings.ReplaceAll(arg, "DIR", dir))
	}
	return source
}

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// valueOf returns the value of a parameter in the form that a user could write.
func valueOf(t *testing.T, c *Config, name string) string {
	t.Helper()
	for _, p := range c.table() {
		if p.Name == name {
			return p.value.text()
		}
	}
	t.Fatalf("no parameter %s", name)
	return ""
}

func TestLoadDefaultFileMayBeMissing(t *testing.T) {
	c, _, err := loadIn(t, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if c.Protocol.Hostname != "mail.example.org" || c.Run.Port != ":110" || c.MySQL.Server != nil || c.Processes.User != "" {
		t.Errorf("defaults: %+v", c)
	}
}

// A default file that was read must exist at a reload.
func TestLoadMustExist(t *testing.T) {
	dir := t.TempDir()
	source := sourceIn(t, dir, "")
	if c, err := Load(source); err != nil || c.FileRead() {
		t.Fatalf("without a file: %+v, %v", c, err)
	}
	writeFile(t, source.DefaultFile, "")
	c, err := Load(source)
	if err != nil || !c.FileRead() {
		t.Fatalf("with a file: %+v, %v", c, err)
	}
	source.MustExist = c.FileRead()
	if _, err := Load(source); err == nil || err.Error() != source.DefaultFile+": the file is empty" {
		t.Fatalf("with an empty file that must exist: %v", err)
	}
	writeFile(t, source.DefaultFile, "# nothing set\n")
	if _, err := Load(source); err != nil {
		t.Fatalf("with a file that must exist: %v", err)
	}
	if err := os.Remove(source.DefaultFile); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(source); err == nil || err.Error() != source.DefaultFile+": open: no such file or directory" {
		t.Errorf("without a file that must exist: %v", err)
	}
}

func TestLoadFileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "long"), strings.Repeat("#", maxFile+1))
	for _, test := range []struct{ name, file, want string }{
		{"missing", "DIR/none", "DIR/none: open: no such file or directory"},
		{"directory", "DIR", "DIR: not a regular file"},
		{"device", "/dev/zero", "/dev/zero: not a regular file"},
		{"too long", "DIR/long", "DIR/long: longer than 1048576 octets"},
		{"name with a line end", "a\nb", `--config: must not contain control characters: "a\nb"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, got, _ := loadIn(t, dir, "", "--config", test.file); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestLoadLongestFile(t *testing.T) {
	file := "port = 1110\n#"
	file += strings.Repeat("x", maxFile-len(file))
	if c, _, err := loadIn(t, t.TempDir(), file); err != nil || c.Run.Port != ":1110" {
		t.Errorf("got %v, %v", c, err)
	}
}

func TestLoadAgain(t *testing.T) {
	dir := t.TempDir()
	source := sourceIn(t, dir, "port = 1110\ncommand-timeout = 700\n", "--port=2110")
	before, err := Load(source)
	if err != nil {
		t.Fatal(err)
	}
	sourceIn(t, dir, "port = 3110\ncommand-timeout = 800\n")
	after, err := Load(source)
	if err != nil {
		t.Fatal(err)
	}
	changed := Changed(before, after)
	if len(changed) != 1 || changed[0].Name != "command-timeout" || after.Run.Port != ":2110" {
		t.Errorf("port %s, changed %v", after.Run.Port, changed)
	}
}

func TestLoadHostname(t *testing.T) {
	for _, test := range []struct{ name, uname, arg, want, wantErr string }{
		{"from uname", "a.example", "", "a.example", ""},
		{"set", "a.example", "--hostname=b.example", "b.example", ""},
		{"set to its default", "a.example", "--hostname=uname -n", "a.example", ""},
		{"set where uname is of no use", "", "--hostname=b.example", "b.example", ""},
		{"uname is empty", "", "", "", "hostname must be set: the output of uname -n must not be empty"},
		{"uname is (none)", "(none)", "", "", `hostname must be set: the output of uname -n must be a host name of letters, digits, hyphens and dots, not "(none)"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := Source{Hostname: test.uname, DefaultFile: filepath.Join(t.TempDir(), "none")}
			if test.arg != "" {
				source.Args = []string{test.arg}
			}
			c, err := Load(source)
			if err != nil && err.Error() != test.wantErr || err == nil && (c.Protocol.Hostname != test.want || test.wantErr != "") {
				t.Errorf("got %v, %v", c, err)
			}
		})
	}
}

func TestLoadPrintingWins(t *testing.T) {
	const broken = "x = = y\n"
	for _, args := range [][]string{
		{"--help"}, {"-h"}, {"--no-such", "--help", "--port=x"}, {"--port", "--help"}, {"stray", "-hf", "DIR/none"},
		{"--version"}, {"--version", "-p"}, {"--sample-config"}, {"--sample-config", "--config=DIR/none", "x"},
	} {
		if c, _, err := loadIn(t, t.TempDir(), broken, args...); err != nil || c.Run.Help == "no" && !c.Run.Version && !c.Run.SampleConfig {
			t.Errorf("%q: got %v, %v", args, c, err)
		}
	}
	for _, args := range [][]string{{"--help=no", "x"}, {"--help=maybe"}, {"--", "--help"}, {"--domain=--help", "x"}} {
		if _, _, err := loadIn(t, t.TempDir(), broken, args...); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
