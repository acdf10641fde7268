package check

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/config"
)

// load returns the configuration of a file with this content.
func load(t *testing.T, content string) *config.Config {
	t.Helper()
	c, _ := loadFrom(t, content)
	return c
}

func loadFrom(t *testing.T, content string) (*config.Config, config.Source) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "tpops.toml")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	source := config.Source{Args: []string{"--config=" + name}, Hostname: "host"}
	c, err := config.Load(source)
	if err != nil {
		t.Fatal(err)
	}
	return c, source
}

// files has the content of a configuration whose users are in a file.
func files(t *testing.T, users string) (folder, content string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "users"), []byte(users), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder, fmt.Sprintf("auth-type = \"passwd-file\"\npasswd-file = \"%s/users\"\nmail-roots = \"%s\"\n", folder, folder)
}

// TestProblemsReportsAll checks that the check does not stop at the first file that
// cannot be read.
func TestProblemsReportsAll(t *testing.T) {
	c, source := loadFrom(t, `tls-cert = "/nonexistent/a.pem,/nonexistent/b.pem"
tls-key = "/nonexistent/a.key,/nonexistent/b.key"
tls-client-ca = "/nonexistent/ca.pem"
auth-type = "passwd-file"
passwd-file = "/nonexistent/users"
mail-roots = "/nonexistent/mail"
login-hook = "/nonexistent/hook"
access-log = "/nonexistent/log/access"
error-log = "/nonexistent/log/error"
oauth-tokens = "jwks"
oauth-issuer = "x"
oauth-audience = "x"
oauth-jwks-file = "/nonexistent/keys"
`)
	got := errors.Join(problems(c, source, slog.New(slog.DiscardHandler))...).Error()
	for _, want := range []string{
		"TLS: open /nonexistent/a.pem", "TLS: open /nonexistent/a.key", "TLS: open /nonexistent/b.pem", "TLS: open /nonexistent/b.key",
		"TLS: open /nonexistent/ca.pem", "/nonexistent/users", "/nonexistent/mail",
		"login-hook: ", "access-log: /nonexistent/log", "error-log: /nonexistent/log", "/nonexistent/keys",
	} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%q is in the errors %d times:\n%s", want, strings.Count(got, want), got)
		}
	}
}

// TestProblemsOfGoodConfiguration checks that nothing is created.
func TestProblemsOfGoodConfiguration(t *testing.T) {
	folder, content := files(t, "ann:{PLAIN}x::::/home/ann::\n")
	c, source := loadFrom(t, content+"access-log = \""+folder+"/access\"\n")
	if got := problems(c, source, slog.New(slog.DiscardHandler)); len(got) > 0 {
		t.Errorf("%v", got)
	}
	if _, err := os.Lstat(folder + "/access"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the check created the access log: %v", err)
	}
}

// TestProblemsOfLines checks that lines of passwd-file with errors are reported.
func TestProblemsOfLines(t *testing.T) {
	_, content := files(t, "ann:{PLAIN}x::::/home/ann::\nbroken line\n")
	c, source := loadFrom(t, content)
	got := problems(c, source, slog.New(slog.DiscardHandler))
	if len(got) != 1 || !strings.Contains(got[0].Error(), "users:2") {
		t.Errorf("%v", got)
	}
}

// TestProblemsOfUnknownUser checks that nothing is checked as another user.
func TestProblemsOfUnknownUser(t *testing.T) {
	_, content := files(t, "")
	c, source := loadFrom(t, content+"user = \"nosuchuser\"\n")
	got := problems(c, source, slog.New(slog.DiscardHandler))
	if len(got) != 1 || !strings.Contains(got[0].Error(), "nosuchuser") {
		t.Errorf("%v", got)
	}
}

// TestReloadable checks that the daemon has to read its configuration again with
// parallel-type thread only.
func TestReloadable(t *testing.T) {
	_, content := files(t, "")
	for parallel, want := range map[string]bool{"thread": true, "prefork": false, "fork": false} {
		c, source := loadFrom(t, content+"parallel-type = \""+parallel+"\"\n")
		if err := os.Remove(strings.TrimPrefix(source.Args[0], "--config=")); err != nil {
			t.Fatal(err)
		}
		if err := reloadable(c, source); (err != nil) != want {
			t.Errorf("%s: %v", parallel, err)
		}
	}
}

// TestExistingLogFile checks that a log file which cannot be written is an error.
func TestExistingLogFile(t *testing.T) {
	folder := t.TempDir()
	f := logFile{"error-log", folder}
	c := load(t, "error-log = \""+folder+"\"\n")
	if err := f.checkExisting(c); err == nil || !strings.Contains(err.Error(), "error-log: open "+folder) {
		t.Errorf("a directory: %v", err)
	}
	if err := (logFile{"error-log", filepath.Join(folder, "missing")}).checkExisting(c); err != nil {
		t.Errorf("a missing file: %v", err)
	}
	if err := f.checkMissing(c); err != nil {
		t.Errorf("an existing file is missing: %v", err)
	}
}

// TestRun checks what is printed, and the exit codes.
func TestRun(t *testing.T) {
	_, good := files(t, "ann:{PLAIN}x::::/home/ann::\n")
	_, bad := files(t, "broken line\n")
	folder, doubtful := files(t, "")
	doubtful = strings.ReplaceAll(doubtful, "mail-roots = \""+folder+"\"", "mail-roots = \""+folder+",/nonexistent/mail\"")
	tests := []struct {
		name, content string
		code          int
		stdout        string
		stderr        []string
	}{
		{"good", good, 0, "The configuration is good.\n", nil},
		{"warning", doubtful, 0, "The configuration has no errors. See the warnings above: 1.\n", []string{"/nonexistent/mail"}},
		{"bad", bad, 78, "", []string{"tpops: ", "users:1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, source := loadFrom(t, test.content)
			code, stdout, stderr := runCaptured(t, c, source)
			if code != test.code || stdout != test.stdout {
				t.Errorf("%d, %q, want %d, %q; standard error %q", code, stdout, test.code, test.stdout, stderr)
			}
			for _, want := range test.stderr {
				if !strings.Contains(stderr, want) {
					t.Errorf("standard error lacks %q: %q", want, stderr)
				}
			}
			if test.stderr == nil && stderr != "" {
				t.Errorf("standard error %q", stderr)
			}
		})
	}
}

// runCaptured runs the check and returns its exit code and what it prints.
func runCaptured(t *testing.T, c *config.Config, source config.Source) (code int, stdout, stderr string) {
	t.Helper()
	t.Setenv("JOURNAL_STREAM", "")
	folder := t.TempDir()
	var written [2]*os.File
	for i, name := range []string{"stdout", "stderr"} {
		file, err := os.Create(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		written[i] = file
	}
	oldOut, oldErr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = written[0], written[1]
	code = Run(c, source)
	os.Stdout, os.Stderr = oldOut, oldErr
	var texts [2]string
	for i, file := range written {
		text, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	return code, texts[0], texts[1]
}
