package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/certs/certstest"
	"tpops/pkg/config"
)

// TestCredentialsRemain checks that files that a configuration names exist until it is
// released, and no longer. An invalid configuration leaves none.
func TestCredentialsRemain(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"valid", "", ""},
		{"invalid", "maildr = 1\n", "maildr"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file, directory := filepath.Join(t.TempDir(), "tpops.toml"), filepath.Join(t.TempDir(), "credentials")
			writeTest(t, file, test.text)
			if err := os.Mkdir(directory, 0o700); err != nil {
				t.Fatal(err)
			}
			cert := filepath.Join(directory, "tls-cert")
			writeTest(t, cert, "x")
			c, err := loadFrom(config.Source{Args: []string{"--config=" + file}, Hostname: "mail.example.org"}, directory, func() error { return os.RemoveAll(directory) })
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%v", err)
				}
			} else {
				if err != nil || len(c.TLS.Cert) != 1 || c.TLS.Cert[0] != cert {
					t.Fatalf("%v %+v", err, c)
				}
				if _, err := os.Stat(cert); err != nil {
					t.Error(err)
				}
				c.release(streams{})
			}
			if _, err := os.Stat(directory); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("not removed: %v", err)
			}
		})
	}
}

// TestCredentialsLeft checks that copies that could not be removed are reported.
func TestCredentialsLeft(t *testing.T) {
	var printed bytes.Buffer
	c := &server{remove: func() error { return errors.New("stop failed") }}
	c.release(streams{err: &printed})
	if printed.String() != "tpopsctl: copies of the credentials could not be removed: stop failed\n" {
		t.Errorf("%q", printed.String())
	}
}

// TestCredentialFiles runs subcommands whose certificate and users are credentials.
func TestCredentialFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, "Maildir", name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	issued := certstest.NewAuthority(t).Issue(t, certstest.Leaf{Names: []string{"mail.example.org"}})
	t.Setenv(credentialsVariable, dir)
	writeTest(t, filepath.Join(dir, "tls-cert"), string(issued.Cert))
	writeTest(t, filepath.Join(dir, "tls-key"), string(issued.Key))
	writeTest(t, filepath.Join(dir, "users"), fmt.Sprintf("ann:{PLAIN}secret::::%s::\n", dir))
	conf := filepath.Join(dir, "tpops.toml")
	writeTest(t, conf, fmt.Sprintf("auth-type = \"passwd-file\"\npasswd-file = \"%s/users\"\nmailbox-type = \"maildir\"\n", dir))
	for _, s := range []step{
		{"check", "", "check --offline -f " + conf, 0, "The service has ", "Checked"},
		{"check of a user", "", "check ann --offline -f " + conf, 0, "A login of ann works", "Checked"},
		{"doctor", "", "doctor --user ann -f " + conf, 0, "no faults", ""},
		{"deleted", "", "deleted ann -f " + conf, 0, "no kept messages", ""},
	} {
		t.Run(s.name, s.run)
	}
}

// TestConfigurationReadOnce counts how often the configuration is opened: a second reader
// could get another one, and would start another unit for the credentials.
func TestConfigurationReadOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	dir := t.TempDir()
	makeMaildir(t, filepath.Join(dir, "ann/Maildir"), "1.a")
	writeTest(t, "users", "ann:{PLAIN}x::::"+dir+"/ann\n")
	writeTest(t, "c.toml", "auth-type = 'passwd-file'\npasswd-file = 'users'\n")
	for _, command := range []string{"doctor --user ann", "deleted ann", "undo --user ann", "set-aside ann 1.a", "set-aside --list ann", "set-back ann"} {
		opened := opens(t, "c.toml", func() {
			if code, stdout, stderr := call("", append(strings.Fields(command), "-f", "c.toml")...); code != 0 && !strings.Contains(command, "undo") {
				t.Errorf("%s: %d %s%s", command, code, stdout, stderr)
			}
		})
		if opened != 1 {
			t.Errorf("%s opens the configuration %d times", command, opened)
		}
	}
}

// opens returns how often a function opens a file.
func opens(t *testing.T, name string, f func()) int {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if _, err := unix.InotifyAddWatch(fd, name, unix.IN_OPEN|unix.IN_CLOSE); err != nil {
		t.Fatal(err)
	}
	f()
	events := make([]byte, 4096)
	n, err := unix.Read(fd, events)
	if err != nil {
		t.Fatal(err)
	}
	return n / unix.SizeofInotifyEvent / 2
}
