package loginhook

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/hook"
	"tpops/pkg/pop3"
)

func load(t *testing.T, content string) *config.Config {
	t.Helper()
	name := filepath.Join(t.TempDir(), "tpops.toml")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.Source{Args: []string{"--config=" + name}, Hostname: "host"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWithoutHook checks that sessions call nothing without login-hook.
func TestWithoutHook(t *testing.T) {
	c := load(t, "")
	helper, err := New(c, slog.Default())
	if helper != nil || err != nil || LoggedIn(c, helper) != nil {
		t.Errorf("%v, %v", helper, err)
	}
	if helper, err := Attach(nil, slog.Default()); helper != nil || err != nil {
		t.Errorf("%v, %v", helper, err)
	}
}

// TestNewRejectsProgram checks that an error has the place of login-hook.
func TestNewRejectsProgram(t *testing.T) {
	_, err := New(load(t, "login-hook = \"/nonexistent/program\"\n"), slog.Default())
	var problem config.Problem
	if !errors.As(err, &problem) || problem.Line != 1 || !strings.Contains(err.Error(), "login-hook: ") {
		t.Errorf("%v", err)
	}
}

// TestMain is the helper's process too, as the daemon is.
func TestMain(m *testing.M) {
	if hook.IsHelper() {
		os.Exit(Main())
	}
	os.Exit(m.Run())
}

// TestLoggedIn checks that the program starts with the facts of a login.
func TestLoggedIn(t *testing.T) {
	program, output := filepath.Join(t.TempDir(), "program"), filepath.Join(t.TempDir(), "output")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nenv > "+output+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	c := load(t, "login-hook = \"/bin/true\"\n")
	c.Hook.Program = program // CheckProgram rejects programs in a directory that others can write to.
	var log bytes.Buffer
	helper := hook.New(hook.Command(c.Hook.Program, c.Hook.Timeout, c.Hook.Max), logFailure(slog.New(slog.NewTextHandler(&log, nil))))
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	LoggedIn(c, helper)(&pop3.Account{Name: "ann"}, &pop3.Client{Session: "s1"})
	helper.Close(time.Minute) // It waits for the program.
	text, err := os.ReadFile(output)
	if err != nil || !strings.Contains(string(text), "=ann\n") || !strings.Contains(string(text), "=s1\n") {
		t.Errorf("the program has %q, %v; logged %s", text, err, log.String())
	}
}

func TestLoginOf(t *testing.T) {
	account := &pop3.Account{Name: "ann", Maildrop: "/home/ann/Maildir"}
	got := loginOf(account, &pop3.Client{
		Session: "s1", Remote: netip.MustParseAddrPort("[2001:db8::1]:4000"), Local: netip.MustParseAddrPort("192.0.2.1:110"),
	})
	want := hook.Login{
		User: "ann", Remote: "2001:db8::1", RemotePort: "4000", Local: "192.0.2.1", LocalPort: "110", Session: "s1", Maildir: "/home/ann/Maildir",
	}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := loginOf(account, &pop3.Client{Session: "s2"}), (hook.Login{User: "ann", Remote: "local", Session: "s2", Maildir: "/home/ann/Maildir"}); got != want {
		t.Errorf("a client without an address: %+v, want %+v", got, want)
	}
}

func TestCodeOf(t *testing.T) {
	for err, want := range map[error]int{nil: 0, hook.ErrUsage: 64, fmt.Errorf("x: %w", hook.ErrRights): 77, os.ErrClosed: 71} {
		if got := codeOf(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}

// TestLogFailure checks that a failure which concerns no single login has none.
func TestLogFailure(t *testing.T) {
	login := hook.Login{User: "ann", Remote: "192.0.2.1", Session: "s1"}
	for _, test := range []struct {
		err  error
		want string
	}{
		{hook.ErrGone, `level=ERROR msg="login hook disabled" error="the helper process has ended"`},
		{hook.ErrDied, `level=WARN msg="login hook failed" error="the helper process has ended and is started again"`},
		{errors.New("exit status 1"), `level=WARN msg="login hook failed" session=s1 remote=192.0.2.1 user=ann error="exit status 1"`},
	} {
		var text bytes.Buffer
		logFailure(slog.New(slog.NewTextHandler(&text, nil)))(login, test.err)
		if _, got, _ := strings.Cut(strings.TrimSpace(text.String()), " "); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}
