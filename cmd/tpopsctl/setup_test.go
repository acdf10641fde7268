package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/setup"
)

// pseudoTerminal returns both ends of a terminal.
func pseudoTerminal(t *testing.T) (master, terminal *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close(); master.Close() })
	return master, terminal
}

// dialogue answers questions: after the output has shown a question, its answer is typed.
type dialogue struct {
	master *os.File
	screen bytes.Buffer
	at     int // what was compared
}

// answer waits for a question and types an answer.
func (d *dialogue) answer(question, answer string) error {
	buffer := make([]byte, 4096)
	for {
		if i := strings.Index(d.screen.String()[d.at:], question); i >= 0 {
			d.at += i + len(question)
			_, err := d.master.WriteString(answer)
			return err
		}
		n, err := d.master.Read(buffer)
		if err != nil {
			return fmt.Errorf("%q was not asked: %w; the terminal shows %q", question, err, d.screen.String())
		}
		d.screen.Write(buffer[:n])
	}
}

// ask has setup ask on a terminal for a machine that has nothing, and types the answers.
func ask(t *testing.T, ctx context.Context, o *setupOptions, answers ...string) (*setup.Choice, *dialogue, error) {
	t.Helper()
	master, terminal := pseudoTerminal(t)
	m, err := setup.Look(setup.Source{Root: t.TempDir(), Hostname: "mail.example.org", IsSystemd: true, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	o.machine, o.isTerminal = m, true
	d, typed := &dialogue{master: master}, make(chan error, 1)
	go func() {
		for i := 0; i < len(answers); i += 2 {
			if err := d.answer(answers[i], answers[i+1]); err != nil {
				typed <- err
				return
			}
		}
		typed <- nil
	}()
	before, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	choice, chooseErr := o.choose(ctx, streams{terminal, terminal, terminal})
	if err := <-typed; err != nil {
		t.Error(err)
	}
	if after, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS); err != nil || *after != *before {
		t.Errorf("the terminal was changed: %v", err)
	}
	return choice, d, chooseErr
}

// Invalid answers are asked again, and what they contain cannot command the terminal.
// The password is not shown.
func TestSetupAsks(t *testing.T) {
	o := &setupOptions{given: map[string]bool{}}
	c, d, err := ask(t, t.Context(), o,
		"[system]: ", "ldap\n", `"ldap": must be system, file, mysql`, "", "[system]: ", "file\n",
		"[/var/vmail]: ", "/srv/\x1b[2J\n", `\x1b`, "", "[/var/vmail]: ", "/srv/mail\n",
		"[none]: ", "7\n", "there is no certificate 7", "", "[none]: ", "\n",
		"[none]: ", "an:n\n", "must be up to", "", "[none]: ", "ann\n",
		"Password of ann: ", "s3cret\n", "again: ", "other\n", "not the same", "",
		"Password of ann: ", "s3cret\n", "again: ", "s3cret\n")
	if err != nil {
		t.Fatal(err)
	}
	if c.Users != setup.UsersFile || c.MailRoot != "/srv/mail" || c.First != (setup.FirstUser{Login: "ann", Password: "s3cret"}) || c.Cert != "" {
		t.Errorf("%+v", c)
	}
	if strings.Contains(d.screen.String(), "s3cret") {
		t.Errorf("the terminal shows the password: %q", d.screen.String())
	}
}

// What an option has answered is not asked.
func TestSetupAsksLess(t *testing.T) {
	o := &setupOptions{given: map[string]bool{"users": true, "mail-root": true, "login": true}, choice: setup.Choice{Users: setup.UsersFile, MailRoot: "/srv/m", NoTLS: true}}
	c, d, err := ask(t, t.Context(), o)
	if err != nil || c.Users != setup.UsersFile || c.MailRoot != "/srv/m" || strings.Contains(d.screen.String(), "?") {
		t.Errorf("%+v, %v, %q", c, err, d.screen.String())
	}
}

// An interruption or the end of the input at any question is an error that says that
// nothing was changed. Too many invalid answers are one as well.
func TestSetupInterrupted(t *testing.T) {
	const eof = "\x04"
	dialogues := [][]string{
		{"[system]: ", eof},
		{"[system]: ", "file\n", "[/var/vmail]: ", eof},
		{"[system]: ", "\n", "[none]: ", eof},
		{"[system]: ", "\n", "[none]: ", "\n", "[none]: ", eof},
		{"[system]: ", "\n", "[none]: ", "\n", "[none]: ", "ann\n", "Password of ann: ", eof},
		{"[system]: ", "\n", "[none]: ", "\n", "[none]: ", "ann\n", "Password of ann: ", "x\n", "again: ", eof},
		{"[system]: ", "a\n", "[system]: ", "a\n", "[system]: ", "a\n", "[system]: ", "a\n", "[system]: ", "a\n"},
	}
	for _, answers := range dialogues {
		if _, _, err := ask(t, t.Context(), &setupOptions{given: map[string]bool{}}, answers...); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
			t.Errorf("%q: %v", answers, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := ask(t, ctx, &setupOptions{given: map[string]bool{}}); err != errUnchanged {
		t.Errorf("after a signal: %v", err)
	}
}

// Without a terminal nothing is asked: the error names the options.
func TestSetupWithoutTerminal(t *testing.T) {
	for _, test := range []struct {
		args, want string
		code       int
	}{
		{"setup", "--yes", exitUsage},
		{"setup --dry-run --tls-cert /x", "give --tls-cert and --tls-key", exitUsage},
		{"setup --dry-run --tls-cert /x --tls-key /y --no-tls", "or --no-tls", exitUsage},
		{"setup --dry-run --users ldap", `users "ldap"`, exitData},
		{"setup --dry-run --users file --login a:b", "login name", exitUsage},
		{"setup --dry-run --users ldap --login ann", `users "ldap"`, exitData},
		{"setup --dry-run --users file --login ann", "password of ann: standard input has no line for it: nothing was changed", exitNoInput},
		{"setup --dry-run --users mysql --mysql-passwd-file /nonexistent", "/nonexistent", exitNoInput},
		{"setup --dry-run --users file --port 0", `"0": must be a port`, exitData},
		{"setup --dry-run --users file --mail-root x", `"x": must be an absolute path`, exitData},
	} {
		code, stdout, stderr := call("", strings.Fields(test.args)...)
		if os.Geteuid() != 0 && test.args == "setup" {
			test.code, test.want = exitRefused, "only root"
		}
		if code != test.code || stdout != "" || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: %d, %s%s", test.args, code, stdout, stderr)
		}
	}
}

// No plan shows a password.
func TestSetupShowsNoSecret(t *testing.T) {
	for _, line := range []string{`mysql-passwd = "s3cret"`, `passwd="s3cret"`, `  "passwd" = 's3cret'`, `#mysql-passwd = "s3cret"`,
		`mysql.passwd = "s3cret"`, `mysql = { user = "x", passwd = "s3cret" }`, `"mysql-passwd" = "s3cret"`, `'passwd' = "s3cret"`,
		`mysql-passwd = "s3cret" # passwd = of the database`, `mysql-passwd = "s3cret,passwd=x"`, `mysql-passwd = "s3cret passwd=x"`,
		`#mysql-passwd = "s3cret" # passwd = of the database`, `oauth-client-secret = "s3cret"`, `# oauth.client-secret = 's3cret'`,
		`oauth.client.secret = "s3cret"`, `"mysql-pass\u0077d" = "s3cret"`, `mysql = { "pass\u0077d" = "s3cret", user = "s3cret" }`,
		"mysql-passwd = \"\"\"\n\\\"\"\"s3cret\ns3cret\"\"\"", "[mysql]\npasswd = '''\n\\\ns3cret'''\nuser = \"x\"",
		"\ufeffmysql-passwd = \"s3cret\"", "mysql-passwd = [\n\"s3cret\"\n]"} {
		var out bytes.Buffer
		printFile(&setup.File{Before: line + "\n", After: "x\n"}, streams{out: &out})
		if !strings.Contains(out.String(), "(secret)") || strings.Contains(out.String(), "s3cret") {
			t.Errorf("%s: %s", line, out.String())
		}
	}
	var out bytes.Buffer
	printFile(&setup.File{Before: "[mysql]\npasswd = \"\"\"\nx\"\"\" # y\nuser = \"a\"\n", After: "[mysql]\nuser = \"b\"\n"}, streams{out: &out})
	if want := "    -passwd = (secret)\n    -(secret)\n    -user = \"a\"\n    +user = \"b\"\n"; out.String() != want {
		t.Errorf("%s, want %s", out.String(), want)
	}
	out.Reset()
	printFile(&setup.File{After: "mysql-crypt-passwd = \"yes\"\n"}, streams{out: &out})
	if out.String() != "    +mysql-crypt-passwd = \"yes\"\n" {
		t.Error(out.String())
	}
	out.Reset()
	printFile(&setup.File{After: "s3cret\n", IsSecret: true, Mode: 0o600}, streams{out: &out})
	if out.String() != "    (changed lines with passwords or keys: 1, mode 0600)\n" {
		t.Error(out.String())
	}
}
