package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/config"
)

func TestImportConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	writeTest(t, "old", "port 1110\n")
	writeTest(t, "bad", "port 1110\nprot 1\n")
	writeTest(t, "query", "auth-type mysql\nmysql-server a\nmysql-db b\nmysql-passwd s3cret\nmysql-auth-query = select a from b where c='%s\n")
	writeTest(t, "secret", "auth-type mysql\nmysql-server a\nmysql-db b\nmysql-passwd s3cret\n")
	writeTest(t, "long", strings.Repeat("#", maxConfig+1))
	for _, step := range []step{
		{"to standard output", "", "import-config old", 0, "\n# port = 1110\n", "To do:\nold:1: port: kept, as a comment; with the packages, write it as ListenStream= to a drop-in of tpops.socket\nTo know:\nold: "},
		{"from standard input", "fg", "import-config -", 0, "\nfg = true\n", "Nothing to do:\n-:1: fg: kept\n"},
		{"to a file", "", "import-config old -o new", 0, "", "old:1: port: kept, as a comment; "},
		{"existing file", "", "import-config old -o new", exitCantCreate, "", "new already exists: -f replaces it"},
		{"existing file with -f", "", "import-config --force --output=new old", 0, "", "kept"},
		{"rejected", "", "import-config bad -o none", exitData, "", "bad:2: rejected: 0.8 has no parameter \"prot\"\n"},
		{"rejected query", "", "import-config query -o none", exitData, "", "query:5: rejected: mysql-auth-query: "},
		{"with a password", "", "import-config secret -o secret.toml", 0, "", "secret.toml: contains a password"},
		{"missing file", "", "import-config none", exitNoInput, "", "none: no such file"},
		{"a folder", "", "import-config .", exitNoInput, "", "is a directory"},
		{"too long", "", "import-config long", exitNoInput, "", "long: longer than 1048576 octets"},
		{"missing folder", "", "import-config old -o none/new", exitCantCreate, "", "no such file"},
	} {
		t.Run(step.name, step.run)
	}
	for name, mode := range map[string]os.FileMode{"new": modePublic, "secret.toml": modeSecret} {
		info, err := os.Stat(name)
		if err != nil || info.Mode() != mode {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
		if _, err := config.Load(config.Source{Args: []string{"--config=" + name}, Hostname: "a"}); err != nil {
			t.Error(err)
		}
	}
	left, err := filepath.Glob(".*")
	if _, missing := os.Stat("none"); !os.IsNotExist(missing) || len(left) > 0 || err != nil {
		t.Errorf("left: %v, %v, %v", left, missing, err)
	}
}

// A rejected line leaves the existing file unchanged, also with -f.
func TestImportConfigRejected(t *testing.T) {
	t.Chdir(t.TempDir())
	writeTest(t, "new", "port = 1\n")
	code, stdout, stderr := call("port 110\nport2 x\n", "import-config", "-", "-f", "-o", "new")
	if code != exitData || stdout != "" || !strings.HasSuffix(stderr, "tpopsctl: -: nothing was written: lines were rejected\n") {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
	if text, err := os.ReadFile("new"); err != nil || string(text) != "port = 1\n" {
		t.Errorf("%q, %v", text, err)
	}
}

// The usage-file of the file that is replaced is kept, for each kind of old configuration,
// and before the first table.
func TestImportConfigKeepsUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	writeTest(t, "old", "auth-type mysql\nmysql-server a\nmysql-db b\n")
	writeTest(t, "dovecot", "# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf\nprotocols = pop3\npassdb {\n  driver = pam\n}\nuserdb {\n  driver = passwd\n}\nmail_location = maildir:~/Maildir\n")
	for _, test := range []struct{ name, command, before, want, stderr string }{
		{"set", "old", "usage-file = \"/var/lib/tpops/usage\"\nparallel-type = \"thread\"\n", "/var/lib/tpops/usage", "new: kept usage-file = \"/var/lib/tpops/usage\"\n"},
		{"Dovecot", "-k --from=dovecot dovecot", "usage-file = \"/srv/a b\"\nparallel-type = \"thread\"\n", "/srv/a b", "new: kept usage-file = \"/srv/a b\"\n"},
		{"not set", "old", "port = 1\n", "", ""},
		{"faulty", "old", "usage-fil = 1\n", "", "new: usage-file is not kept: new:1:1: unknown parameter \"usage-fil\" (did you mean \"usage-file\"?)\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			writeTest(t, "new", test.before)
			code, _, stderr := call("", append(strings.Fields("import-config -f -o new"), strings.Fields(test.command)...)...)
			if code != 0 || !strings.Contains(stderr, test.stderr) {
				t.Fatalf("exit %d, %s", code, stderr)
			}
			c, err := config.Load(config.Source{Args: []string{"--config=new"}, Hostname: "a"})
			if err != nil || c.Log.Usage != test.want {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}

// A password is in the new file and nowhere else.
func TestImportConfigShowsNoSecret(t *testing.T) {
	const server = "auth-type mysql\nmysql-server a\nmysql-db b\n"
	for _, test := range []struct {
		name, old string
		code      int
	}{
		{"valid", server + "mysql-passwd s3cret\n", 0},
		{"twice", server + "mysql-passwd s3cret\nmysql-passwd = s3cret2\n", 0},
		{"without effect", "mysql-passwd s3cret\n", 0},
		{"commented out", "#mysql-passwd s3cret\n", 0},
		{"not UTF-8", server + "mysql-passwd s3cret\xff\n", exitData},
		{"NUL", server + "mysql-passwd s3cret\x00\n", exitData},
		{"mistyped name", server + "mysql-pass s3cret\n", exitData},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "new")
			code, stdout, stderr := call(test.old, "import-config", "-", "-o", name)
			if code != test.code || strings.Contains(stdout+stderr, "s3cret") {
				t.Errorf("exit %d, %q, %q", code, stdout, stderr)
			}
			if text, err := os.ReadFile(name); err == nil && strings.Contains(string(text), "s3cret") {
				if info, err := os.Stat(name); err != nil || info.Mode() != modeSecret {
					t.Errorf("mode %v, %v", info.Mode(), err)
				}
			}
		})
	}
}

// full is a standard output that cannot be written, such as a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestImportConfigOutputFails(t *testing.T) {
	var stderr strings.Builder
	code := run([]string{"import-config", "-"}, streams{strings.NewReader("fg"), full{}, &stderr})
	if code != exitCantCreate || !strings.Contains(stderr.String(), "tpopsctl: no space left") {
		t.Errorf("exit %d, %s", code, stderr.String())
	}
}

func TestCheckQuery(t *testing.T) {
	for query, want := range map[string]bool{
		`select login,passwd,maildir from user where login="%s"`: true,
		"select a from b where c='%u' and d='%d'":                true,
		"select a from b":             true,
		"select a from b where c=%":   false,
		"select a from b where c='%s": false,
	} {
		if err := checkQuery(query); (err == nil) != want {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// With -f a symbolic link stays, and the file that it names is created or replaced.
func TestImportConfigLink(t *testing.T) {
	t.Chdir(t.TempDir())
	writeTest(t, "old", "port 1110\n")
	if err := os.Symlink("target", "link"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []step{
		{"without a target", "", "import-config old -o link", exitCantCreate, "", "link already exists: -f replaces it"},
		{"without a target, with -f", "", "import-config old -f -o link", 0, "", "kept"},
		{"with a target", "", "import-config old -o link", exitCantCreate, "", "link already exists: -f replaces it"},
		{"with a target, with -f", "", "import-config old -f -o link", 0, "", "kept"},
	} {
		t.Run(step.name, step.run)
	}
	if target, err := os.Readlink("link"); err != nil || target != "target" {
		t.Errorf("the link: %q, %v", target, err)
	}
	if _, err := config.Load(config.Source{Args: []string{"--config=target"}, Hostname: "a"}); err != nil {
		t.Error(err)
	}
}
