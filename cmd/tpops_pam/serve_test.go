//go:build pam && cgo

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	library "github.com/msteinert/pam/v2"
	"golang.org/x/sys/unix"

	"tpops/pkg/pam"
)

// requestLine returns a request as the daemon sends it.
func requestLine(t *testing.T, r pam.Request) string {
	t.Helper()
	line, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(line) + "\n"
}

// In askMode the program answers one request. A malformed request is an error that
// does not contain the request, which may have a password in it.
func TestAskMode(t *testing.T) {
	line := requestLine(t, pam.Request{ID: 7, Service: "mail", Login: []byte("root"), Patience: testTimeout})
	status, output, errorOutput := runProgram(t, line, askMode)
	var a pam.Answer
	if err := json.Unmarshal([]byte(output), &a); err != nil || status != 0 || a.Outcome != pam.Known || a.User.UID != 0 || a.User.Name != "root" {
		t.Errorf("exit status %d, %q, %q, %v", status, output, errorOutput, err)
	}
	for name, input := range map[string]string{
		"nothing": "", "not JSON": "s3cret\n", "no end of the line": `{"Login":"czNjcmV0"}`, "another type": `{"Login":3, "Password":"s3cret"}` + "\n",
		"too long": strings.Repeat("s3cret", 20_000) + "\n",
	} {
		status, output, errorOutput := runProgram(t, input, askMode)
		if status != 1 || output != "" || !strings.HasPrefix(errorOutput, "tpops_pam: read the request: ") || strings.Contains(errorOutput, "s3cret") {
			t.Errorf("%s: exit status %d, %q, %q", name, status, output, errorOutput)
		}
	}
}

// In serveMode the program answers all requests, each with its ID, and exits at the
// end of its input. It exits with an error at a malformed request.
func TestServeMode(t *testing.T) {
	var input strings.Builder
	want := map[uint64]pam.Outcome{}
	for id := uint64(1); id <= 4; id++ {
		login, outcome := "root", pam.Known
		if id%2 == 0 {
			login, outcome = "no-such-user", pam.NoUser
		}
		input.WriteString(requestLine(t, pam.Request{ID: id, Service: "mail", Login: []byte(login), Patience: testTimeout}))
		want[id] = outcome
	}
	cmd := program(t, serveMode)
	in, err := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(err, errOut, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, input.String()); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.Contains(lines.Text(), "Version") {
		t.Fatalf("the greeting is %q, %v", lines.Text(), lines.Err())
	}
	for range len(want) {
		var a pam.Answer
		if !lines.Scan() || json.Unmarshal(lines.Bytes(), &a) != nil || a.Outcome != want[a.ID] {
			t.Fatalf("%q, want one of %v", lines.Text(), want)
		}
		delete(want, a.ID)
	}
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		t.Errorf("at the end of the input: %v", err)
	}
	status, _, errorOutput := runProgram(t, "s3cret\n", serveMode)
	if status != 1 || !strings.HasPrefix(errorOutput, "tpops_pam: read a request: ") || strings.Contains(errorOutput, "s3cret") {
		t.Errorf("malformed request: exit status %d, %q", status, errorOutput)
	}
}

// An unknown argument is an error.
func TestUnknownArgument(t *testing.T) {
	status, output, errorOutput := runProgram(t, "", "--help")
	if status != 1 || output != "" || errorOutput != "tpops_pam: unknown argument \"--help\"\n" {
		t.Errorf("exit status %d, %q, %q", status, output, errorOutput)
	}
}

// Without an argument the program drops its capabilities and serves, under its own
// name and without core dumps.
func TestDropsCapabilities(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a process capabilities")
	}
	cmd := program(t)
	cmd.Path = copyForAll(t, cmd.Path)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential:  &syscall.Credential{Uid: 65534, Gid: 65534},
		AmbientCaps: []uintptr{unix.CAP_DAC_READ_SEARCH, unix.CAP_SETUID},
	}
	in, err := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(err, errOut, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.Contains(line, "Version") {
		t.Fatalf("the greeting is %q, %v", line, err)
	}
	proc := fmt.Sprintf("/proc/%d/", cmd.Process.Pid)
	status, err1 := os.ReadFile(proc + "status")
	limits, err2 := os.ReadFile(proc + "limits")
	arguments, err3 := os.ReadFile(proc + "cmdline")
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapAmb"} {
		if !strings.Contains(string(status), set+":\t0000000000000000\n") {
			t.Errorf("%s is not empty:\n%s", set, status)
		}
	}
	if !strings.Contains(string(status), "Name:\t"+name+"\n") || string(arguments) != name+"\x00"+serveMode+"\x00" {
		t.Errorf("arguments %q, status:\n%s", arguments, status)
	}
	if core := strings.Fields(lineWith(string(limits), "Max core file size")); len(core) < 6 || core[4] != "1" || core[5] != "1" { // see confine.NoCoreDumps
		t.Errorf("core dumps are possible: %v", core)
	}
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		t.Error(err)
	}
}

// copyForAll copies a program to a directory that all users can read.
func copyForAll(t *testing.T, path string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tpops_pam")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	text, err := os.ReadFile(path)
	file := filepath.Join(dir, "tpops_pam")
	if err := errors.Join(err, os.Chmod(dir, 0o755), os.WriteFile(file, text, 0o755)); err != nil {
		t.Fatal(err)
	}
	return file
}

// lineWith returns the line that begins with a text.
func lineWith(text, prefix string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			return line
		}
	}
	return ""
}

// lookUp returns the ids of a user, and the further groups without the first one.
func TestLookUp(t *testing.T) {
	if u, err := lookUp("root"); err != nil || u.Name != "root" || u.UID != 0 || u.GID != 0 || u.Home != "/root" || slices.Contains(u.Groups, 0) {
		t.Errorf("root: %+v, %v", u, err)
	}
	for _, login := range []string{"no-such-user", "", "a\nb", "../root", strings.Repeat("a", 300)} {
		if u, err := lookUp(login); !errors.Is(err, errNoUser) {
			t.Errorf("%.20q: %+v, %v", login, u, err)
		}
	}
	if os.Geteuid() != 0 {
		return // Only root can add users.
	}
	login := addUser(t, "pass word")
	command(t, "usermod", "--append", "--groups", "mail,adm", login)
	u, err := lookUp(login)
	if err != nil || u.UID < 1000 || len(u.Groups) != 2 || slices.Contains(u.Groups, u.GID) || !slices.Contains(u.Groups, 8) {
		t.Errorf("%+v, %v", u, err)
	}
}

// An error is about the user only if the manual of the function says so.
func TestOutcomeOf(t *testing.T) {
	for _, test := range []struct {
		err           error
		authenticated pam.Outcome // from pam_authenticate(3)
		account       pam.Outcome // from pam_acct_mgmt(3)
	}{
		{library.ErrAuth, pam.Wrong, pam.Denied},
		{library.ErrUserUnknown, pam.Wrong, pam.NoUser},
		{library.ErrMaxtries, pam.Wrong, pam.Failed},
		{library.ErrPermDenied, pam.Wrong, pam.Denied},
		{library.ErrAcctExpired, pam.AccountExpired, pam.AccountExpired},
		{library.ErrCredExpired, pam.PasswordExpired, pam.PasswordExpired},
		{library.ErrAuthtokExpired, pam.Failed, pam.PasswordExpired},
		{library.ErrNewAuthtokReqd, pam.Failed, pam.MustChange},
		{library.ErrAuthinfoUnavail, pam.Failed, pam.Failed},
		{library.ErrSystem, pam.Failed, pam.Failed},
		{library.ErrConv, pam.Failed, pam.Failed},
		{errSecondQuestion, pam.Failed, pam.Failed},
		{fmt.Errorf("wrapped: %w", library.ErrAuth), pam.Wrong, pam.Denied},
	} {
		if got := outcomeOf(authentication, test.err); got != test.authenticated {
			t.Errorf("authentication: %v: %s, want %s", test.err, got, test.authenticated)
		}
		if got := outcomeOf(account, test.err); got != test.account {
			t.Errorf("account: %v: %s, want %s", test.err, got, test.account)
		}
	}
}
