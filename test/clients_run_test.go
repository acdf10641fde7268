//go:build integration

package test

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"syscall"
	"testing"
	"time"

	"tpops/test/daemon"
)

// scripts are copied out of the checkout, which others may not be able to read.
//
//go:embed clients
var scripts embed.FS

// purpose is what a client is to do with the messages on the server.
type purpose int

const (
	keep    purpose = iota // fetch all, delete none
	remove                 // fetch and delete all
	onlyNew                // fetch what was not fetched before, delete none
)

// job is a client's work: at which server, to do what, and the folder in which
// it may keep what it likes. A client runs as nobody, for some refuse to run
// as root.
type job struct {
	*daemon.Daemon
	purpose purpose
	dir     string
}

// nobody is the user that owns nothing on Debian.
const nobody = 65534

func newJob(t *testing.T, d *daemon.Daemon, p purpose) *job {
	t.Helper()
	// Not t.TempDir, whose parent lets no other user through.
	dir, err := os.MkdirTemp("", "tpops-client-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	j := &job{d, p, dir}
	j.own(t, dir)
	files, err := scripts.ReadDir("clients")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := scripts.ReadFile("clients/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		j.write(t, f.Name(), string(text), 0o700)
	}
	return j
}

// own gives a file to the user that the client runs as.
func (j *job) own(t *testing.T, file string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	if err := os.Lchown(file, nobody, nobody); err != nil {
		t.Fatal(err)
	}
}

// path returns the path of a file in the job's folder.
func (j *job) path(name string) string { return filepath.Join(j.dir, name) }

func (j *job) write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(j.path(name), []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	j.own(t, j.path(name))
}

// mkdir makes empty folders; old ones of these names are removed first.
func (j *job) mkdir(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.RemoveAll(j.path(name)); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(j.path(name), 0o700); err != nil {
			t.Fatal(err)
		}
		j.own(t, j.path(name))
	}
}

// run runs a program in the job's folder. It has failed unless its exit status
// is one of those given, or 0.
func (j *job) run(t *testing.T, may []int, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	// env looks for the program in the PATH below, not in that of the test.
	cmd := exec.CommandContext(ctx, "/usr/bin/env", append([]string{name}, args...)...)
	cmd.Dir = j.dir
	cmd.Env = []string{"HOME=" + j.dir, "TMPDIR=" + j.dir, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", "LC_ALL=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	for _, code := range may {
		if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == code {
			return
		}
	}
	if err != nil {
		t.Fatalf("%s: %v\n%.2000s\nserver: %s", name, err, out.String(), j.Log())
	}
}

// numbered reads the files 1, 2 … of a folder.
func (j *job) numbered(t *testing.T, folder string) [][]byte {
	t.Helper()
	var messages [][]byte
	for n := 1; ; n++ {
		message, err := os.ReadFile(filepath.Join(j.path(folder), strconv.Itoa(n)))
		if err != nil {
			return messages
		}
		messages = append(messages, message)
	}
}

// files reads all files of the folders and returns them with CRLF for each LF,
// after undo, which may be nil.
func (j *job) files(t *testing.T, undo func([]byte) []byte, folders ...string) [][]byte {
	t.Helper()
	var messages [][]byte
	for _, folder := range folders {
		names, err := filepath.Glob(filepath.Join(j.path(folder), "*"))
		if err != nil {
			t.Fatal(err)
		}
		sort.Strings(names)
		for _, name := range names {
			message, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if undo != nil {
				message = undo(message)
			}
			messages = append(messages, bytes.ReplaceAll(message, []byte("\n"), []byte("\r\n")))
		}
	}
	return messages
}

// choose returns the text for the job's purpose.
func (j *job) choose(keepText, removeText, newText string) string {
	return [...]string{keep: keepText, remove: removeText, onlyNew: newText}[j.purpose]
}

// script returns the fetch function of a script in the folder clients.
func script(interpreter, name string) func(*testing.T, *job) [][]byte {
	return func(t *testing.T, j *job) [][]byte {
		j.mkdir(t, "out")
		j.run(t, nil, interpreter, name, j.Host, j.Port, "out", j.choose("keep", "delete", "keep"))
		return j.numbered(t, "out")
	}
}

// perl undoes what Net::POP3 does to line ends.
func perl(t *testing.T, j *job) [][]byte {
	messages := script("perl", "fetch-net-pop3.pl")(t, j)
	for i, m := range messages {
		messages[i] = bytes.ReplaceAll(m, []byte("\n"), []byte("\r\n"))
	}
	return messages
}

func curl(t *testing.T, j *job) [][]byte {
	j.mkdir(t, "out")
	url := "pop3://" + j.Addr + "/"
	user := []string{"--silent", "--show-error", "--fail", "--user", login + ":" + password}
	j.run(t, nil, "curl", append(user, url, "--output", "list")...)
	list, err := os.ReadFile(j.path("list"))
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprintf("%s[1-%d]", url, bytes.Count(list, []byte("\n")))
	j.run(t, nil, "curl", append(user, all, "--output", "out/#1")...)
	if j.purpose == remove {
		// --head says that the answer to DELE is one line.
		for n := range bytes.Count(list, []byte("\n")) {
			user = append(user, "--next", "--silent", "--show-error", "--fail", "--user", login+":"+password,
				"--head", "--request", fmt.Sprintf("DELE %d", n+1), url)
		}
		j.run(t, nil, "curl", user[4:]...)
	}
	return j.numbered(t, "out")
}

func mpop(t *testing.T, j *job) [][]byte {
	j.mkdir(t, "mail", "mail/new", "mail/cur", "mail/tmp")
	j.write(t, "mpoprc", fmt.Sprintf(`
defaults
tls off
auth user
received_header off
account default
host %s
port %s
user %s
password %s
uidls_file %s
delivery maildir %s
keep %s
only_new %s
`, j.Host, j.Port, login, password, j.path("uidls"), j.path("mail"), j.choose("on", "off", "on"), j.choose("off", "off", "on")), 0o600)
	j.run(t, nil, "mpop", "--file=mpoprc", "--quiet")
	return j.files(t, nil, "mail/new")
}

func fetchmail(t *testing.T, j *job) [][]byte {
	j.mkdir(t, "mail")
	j.write(t, "fetchmailrc", fmt.Sprintf(`
set no syslog
set no bouncemail
poll %s with protocol pop3 service %s uidl auth password bad-header accept
	username "%s" there with password "%s" is "nobody" here
	no rewrite no dropstatus no dropdelivered pass8bits sslproto "" %s
	mda "%s %s"
`, j.Host, j.Port, login, password, j.choose("fetchall keep", "fetchall no keep", "keep"), j.path("sink.sh"), j.path("mail")), 0o600)
	// Status 1: there was no new mail.
	j.run(t, []int{1}, "fetchmail", "--fetchmailrc", "fetchmailrc", "--invisible",
		"--pidfile", j.path("pid"), "--idfile", j.path("ids"))
	return j.files(t, nil, "mail")
}

func getmail(t *testing.T, j *job) [][]byte {
	j.mkdir(t, "mail", "mail/new", "mail/cur", "mail/tmp")
	if _, err := os.Stat(j.path("state")); err != nil {
		j.mkdir(t, "state")
	}
	j.write(t, "getmailrc", fmt.Sprintf(`
[retriever]
type = SimplePOP3Retriever
server = %s
port = %s
username = %s
password = %s
[destination]
type = Maildir
path = %s/
[options]
delivered_to = false
received = false
verbose = 0
delete = %s
read_all = %s
`, j.Host, j.Port, login, password, j.path("mail"), j.choose("false", "true", "false"), j.choose("true", "true", "false")), 0o600)
	// Debian's Python, for which the getmail package is installed.
	j.run(t, nil, "/usr/bin/python3", "run-getmail.py", "--getmaildir="+j.path("state"), "--rcfile="+j.path("getmailrc"))
	return j.files(t, withoutReturnPath, "mail/new")
}

// withoutReturnPath removes the line that getmail puts first.
func withoutReturnPath(message []byte) []byte {
	if line, rest, found := bytes.Cut(message, []byte("\n")); found && bytes.HasPrefix(line, []byte("Return-Path: ")) {
		return rest
	}
	return message
}

func mutt(t *testing.T, j *job) [][]byte {
	j.mkdir(t, "mail", "mail/new", "mail/cur", "mail/tmp")
	todo := "<copy-message>" + j.path("mail") + "<enter>"
	if j.purpose == remove {
		todo = "<save-message>" + j.path("mail") + "<enter>"
	}
	j.write(t, "muttrc", fmt.Sprintf(`
set pop_user="%[1]s" pop_pass="%[2]s" pop_authenticators="user" ssl_force_tls=no ssl_starttls=no
set pop_delete=no pop_reconnect=no message_cachedir="" header_cache="" tmpdir="%[3]s" folder="%[3]s"
set mbox_type=Maildir confirmappend=no confirmcreate=no move=no quit=yes delete=yes wait_key=no sort=mailbox-order weed=no
push "<tag-pattern>~A<enter><tag-prefix>%[4]s<quit>"
`, login, password, j.dir, todo), 0o600)
	// mutt works at a terminal only; script(1) makes one.
	command := fmt.Sprintf("exec mutt -n -F muttrc -f pop://%s/", j.Addr)
	j.run(t, nil, "script", "--quiet", "--return", "--command", command, "/dev/null")
	return j.files(t, withoutLengths, "mail/new", "mail/cur")
}

// lengths are the fields that mutt adds to the header of a message that it
// stores.
var lengths = regexp.MustCompile(`(?m)^Content-Length: \d+\nLines: \d+\n\n`)

// withoutLengths removes them.
func withoutLengths(message []byte) []byte {
	if at := lengths.FindIndex(message); at != nil {
		return append(message[:at[0]:at[0]], message[at[1]-1:]...)
	}
	return message
}
