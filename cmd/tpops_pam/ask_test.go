//go:build pam && cgo

package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pam"
)

// service writes the file of a service in a directory of the test.
func service(t *testing.T, lines ...string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mail"), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(confDirVariable, dir)
}

// wantOutcome asks about a user and checks the outcome.
func wantOutcome(t *testing.T, login, password string, want pam.Outcome) *pam.Answer {
	t.Helper()
	a := ask(&pam.Request{Service: "mail", Login: []byte(login), Password: []byte(password)})
	if a.Outcome != want {
		t.Errorf("%s: %+v, want %s", login, a, want)
	}
	if strings.Contains(a.Text, password) {
		t.Errorf("the password is in %q", a.Text)
	}
	return a
}

// The outcome for each error, which pam_debug(8) returns.
func TestOutcomes(t *testing.T) {
	for _, test := range []struct {
		auth, acct string
		want       pam.Outcome
	}{
		{"success", "success", pam.Admitted},
		{"auth_err", "success", pam.Wrong}, {"user_unknown", "success", pam.Wrong}, {"maxtries", "success", pam.Wrong},
		{"perm_denied", "success", pam.Wrong}, {"acct_expired", "success", pam.AccountExpired},
		{"success", "acct_expired", pam.AccountExpired}, {"success", "authtok_expired", pam.PasswordExpired},
		{"success", "cred_expired", pam.PasswordExpired}, {"success", "new_authtok_reqd", pam.MustChange},
		{"success", "perm_denied", pam.Denied}, {"success", "user_unknown", pam.Failed}, {"success", "auth_err", pam.Denied},
		{"authinfo_unavail", "success", pam.Failed}, {"system_err", "success", pam.Failed}, {"service_err", "success", pam.Failed},
		{"cred_insufficient", "success", pam.Failed}, {"abort", "success", pam.Failed},
		{"success", "system_err", pam.Failed}, {"success", "authinfo_unavail", pam.Failed}, {"success", "buf_err", pam.Failed},
		{"try_again", "try_again", pam.Failed},
	} {
		t.Run(test.auth+" "+test.acct, func(t *testing.T) {
			service(t, "auth required pam_debug.so auth="+test.auth, "account required pam_debug.so acct="+test.acct)
			wantOutcome(t, "nobody", "s3cret", test.want)
		})
	}
}

func TestServices(t *testing.T) {
	for _, test := range []struct {
		name, login string
		lines       []string
		want        pam.Outcome
	}{
		{"permit", "nobody", []string{"auth required pam_permit.so", "account required pam_permit.so"}, pam.Admitted},
		{"permit whom the system does not know", "no-such-user", []string{"auth required pam_permit.so", "account required pam_permit.so"}, pam.Failed},
		{"deny", "nobody", []string{"auth required pam_deny.so", "account required pam_permit.so"}, pam.Wrong},
		{"deny whom the system does not know", "no-such-user", []string{"auth required pam_deny.so"}, pam.NoUser},
		{"deny the account", "nobody", []string{"auth required pam_permit.so", "account required pam_deny.so"}, pam.Denied},
		{"removed from the system", "no-such-user", []string{"auth required pam_permit.so", "account required pam_unix.so"}, pam.NoUser},
		{"user unknown to the account step and the system", "no-such-user", []string{"auth required pam_permit.so", "account required pam_debug.so acct=user_unknown"}, pam.NoUser},
		{"user unknown to the account step only", "nobody", []string{"auth required pam_permit.so", "account required pam_debug.so acct=user_unknown"}, pam.Failed},
		{"account of an unknown user not checked", "no-such-user", []string{"auth required pam_permit.so", "account required pam_debug.so acct=system_err"}, pam.Failed},
		{"no account", "nobody", []string{"auth required pam_permit.so"}, pam.Denied},
		{"no such module", "nobody", []string{"auth required pam_nothing.so", "account required pam_permit.so"}, pam.Failed},
		{"not a service", "nobody", []string{"}{"}, pam.Wrong},
	} {
		t.Run(test.name, func(t *testing.T) {
			service(t, test.lines...)
			wantOutcome(t, test.login, "s3cret", test.want)
		})
	}
}

func TestAdmittedUser(t *testing.T) {
	service(t, "auth required pam_permit.so", "account required pam_permit.so")
	a := wantOutcome(t, "nobody", "s3cret", pam.Admitted)
	if a.User.Name != "nobody" || a.User.UID != 65534 || a.User.GID != 65534 || a.User.Home != "/nonexistent" || len(a.User.Groups) != 0 {
		t.Errorf("%+v", a.User)
	}
	if a := ask(&pam.Request{Service: "mail", Login: []byte("nobody")}); a.Outcome != pam.Known || a.User.UID != 65534 {
		t.Errorf("without a password: %+v", a)
	}
	if a := ask(&pam.Request{Service: "mail", Login: []byte("no-such-user")}); a.Outcome != pam.NoUser {
		t.Errorf("without a password: %+v", a)
	}
}

// TestUnix has pam_unix(8) check users of this machine.
func TestUnix(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can add users")
	}
	name := addUser(t, "pass word")
	// pam_faildelay(8) asks for four minutes, of which the library waits at least half.
	service(t, "auth optional pam_faildelay.so delay=240000000", "auth required pam_unix.so", "account required pam_unix.so")
	a := wantOutcome(t, name, "pass word", pam.Admitted)
	if a.User.Name != name || a.User.UID < 1000 || a.User.Home == "" {
		t.Errorf("%+v", a.User)
	}
	begun := time.Now()
	wantOutcome(t, name, "wrong", pam.Wrong)
	if took := time.Since(begun); took > testTimeout {
		t.Errorf("a wrong password took %v: modules still delay", took)
	}
	wantOutcome(t, "no-such-user", "pass word", pam.NoUser)
	for _, test := range []struct {
		chage []string
		want  pam.Outcome
	}{
		{[]string{"-d", "0"}, pam.MustChange},
		{[]string{"-d", "2020-01-01", "-M", "10"}, pam.MustChange},
		{[]string{"-d", "2020-01-01", "-M", "10", "-I", "5"}, pam.PasswordExpired},
		{[]string{"-d", "2020-01-01", "-M", "-1", "-I", "-1", "-E", "2020-01-01"}, pam.AccountExpired},
		{[]string{"-E", "-1"}, pam.Admitted},
	} {
		command(t, "chage", append(test.chage, name)...)
		wantOutcome(t, name, "pass word", test.want)
	}
	command(t, "usermod", "--lock", name)
	wantOutcome(t, name, "pass word", pam.Wrong)
}

func addUser(t *testing.T, password string) string {
	t.Helper()
	var random [3]byte
	rand.Read(random[:])
	name := "tpops-test-" + hex.EncodeToString(random[:])
	hash, err := exec.CommandContext(context.Background(), "mkpasswd", "--method=yescrypt", password).Output()
	if err != nil {
		t.Fatal(err)
	}
	command(t, "useradd", "--no-create-home", "--password", strings.TrimSpace(string(hash)), name)
	t.Cleanup(func() { command(t, "userdel", name) })
	return name
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(context.Background(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
