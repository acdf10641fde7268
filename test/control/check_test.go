//go:build integration

package control_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"tpops/test/fixture"
	"tpops/test/mariadb"
)

// check expects the exit code and the texts of a check. The report must fit in 100 columns,
// except for its last line, and must have no password and nothing that a terminal obeys.
func check(t *testing.T, stdin string, args []string, want int, texts ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), fixture.Program(t, "tpopsctl"), append([]string{"check"}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	report, _ := cmd.CombinedOutput() // The exit code has the result.
	out := string(report)
	if code := cmd.ProcessState.ExitCode(); code != want {
		t.Errorf("exit %d, want %d: %s", code, want, out)
	}
	words := strings.Join(strings.Fields(out), " ")
	for _, text := range texts {
		if !strings.Contains(words, text) {
			t.Errorf("no %q in\n%s", text, out)
		}
	}
	if strings.Contains(out, fixture.Password) || strings.Contains(out, "\x1b") {
		t.Errorf("a secret or an escape is in\n%q", out)
	}
	for line := range strings.Lines(out) {
		if utf8.RuneCountInString(line) > 101 && !strings.HasPrefix(line, "A login of ") {
			t.Errorf("does not fit in 100 columns: %s", line)
		}
	}
}

// TestCheck checks what daemons of each type report, and that checks are no logins.
func TestCheck(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", filepath.Dir(fixture.Write(t, "other", "of another program")))
	fixture.EachType(t, testCheck)
}

func testCheck(t *testing.T, parallelType string) {
	box := fixture.Small(t)
	addRow(t, box, "outside:{PLAIN}x::::/tmp::userdb_mail=maildir:/usr/share")
	addRow(t, box, "escape:{PLAIN}x::::/tmp::userdb_mail=maildir:/tmp/\x1b]0;owned\x07")
	d, socket := start(t, box, parallelType, "--mail-roots="+box.Dir)
	check(t, "", []string{socket, fixture.User}, 0, "mailbox ok lock free, 5 messages,", "A login of user works, if the password is right.")
	check(t, fixture.Password+"\n", []string{socket, fixture.User, "--password"}, 0, "password ok right", "A login of user works.")
	for range 4 {
		check(t, "wrong\n", []string{socket, fixture.User, "--password", "--address=127.0.0.1"}, 1, "password failed", "wrong password")
	}
	check(t, "", []string{socket, "none"}, 1, "no such user")
	check(t, "", []string{socket, "outside"}, 1, "path warning", "outside mail-roots", "mailbox failed")
	check(t, "", []string{socket, "escape"}, 1, "row failed", "control characters")
	check(t, "", []string{socket}, 0, "parallel-type "+parallelType[len("--parallel-type="):], "database ok passwd-file answers", "mail-roots ok", "listening at", "guard ok",
		"credential ok other can be read")
	s := fixture.LogIn(t, d) // The guard has counted nothing: there is no delay.
	check(t, "", []string{socket, fixture.User}, 1, "cannot lock", "lock failed held by session", "from 127.0.0.1:", "tpopsctl kick")
	s.OK("QUIT")
	if n := len(box.Files(t)); n != 5 {
		t.Errorf("%d messages are left", n)
	}
}

// addRow adds a line to the users.
func addRow(t *testing.T, box fixture.Mailbox, row string) {
	t.Helper()
	text, err := os.ReadFile(box.Users)
	if err == nil {
		err = os.WriteFile(box.Users, []byte(string(text)+row+"\n"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestCheckSystemUser checks a system user whose password expires, and whose mailbox has
// another owner.
func TestCheckSystemUser(t *testing.T) {
	fixture.NeedRoot(t)
	u := fixture.AddSystemUser(t)
	path := filepath.Join(t.TempDir(), "control")
	fixture.Start(t, "--auth-type=passwd", "--parallel-type=fork", "--syslog=none", "--control-socket="+path)
	socket := "--socket=" + path
	check(t, u.Password+"\n", []string{socket, u.Name, "--password"}, 0, fmt.Sprintf("owner ok uid %d", u.UID), "3 messages")
	fixture.Command(t, "chown", "-R", "root:", u.Box.Dir)
	fixture.Command(t, "chmod", "700", u.Box.Dir)
	check(t, "", []string{socket, u.Name}, 1, "mailbox failed", "permission denied", "namei -l")
	fixture.Command(t, "chage", "-E", "1", u.Name)
	check(t, "", []string{socket, u.Name}, 1, "row failed", "account has expired", "chage -l")
}

// TestCheckMySQL checks rows of a database, one with a mistake, and the database when it
// does not run.
func TestCheckMySQL(t *testing.T) {
	s := mariadb.NewWithUsers(t, false)
	path := filepath.Join(t.TempDir(), "control")
	fixture.Start(t, "--auth-type=mysql", "--mysql-server="+s.Socket, "--mysql-user=tpops", "--mysql-db=tpops", "--syslog=none",
		"--mysql-passwd-file="+fixture.Write(t, "secret", mariadb.DatabasePassword), "--control-socket="+path, "--parallel-type=thread")
	socket := "--socket=" + path
	check(t, "", []string{socket, "ann"}, 1, "database ok mysql has the user", `row ok login "ann", password {`, "path ok /m/ann")
	check(t, "", []string{socket, "up"}, 1, "row failed", `has a ".."`, "Correct the path")
	check(t, "", []string{socket, "none"}, 1, "database ok mysql: no such user")
	check(t, "", []string{socket}, 0, "database ok mysql answers")
	s.Stop()
	check(t, "", []string{socket, "ann"}, 1, "database failed mysql:")
	check(t, "", []string{socket}, 1, "database failed mysql:")
}
