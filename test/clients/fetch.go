package clients

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"testing"

	"tpops/test/fixture"
)

// script returns the fetch function of a script in the folder clients.
func script(interpreter, name string) func(*testing.T, *Job) [][]byte {
	return func(t *testing.T, j *Job) [][]byte {
		j.Mkdir(t, "out")
		j.Run(t, nil, interpreter, name, j.Host, j.Port, "out", j.choose("keep", "delete", "keep"))
		return j.Numbered(t, "out")
	}
}

// perl undoes what Net::POP3 does to line ends.
func perl(t *testing.T, j *Job) [][]byte {
	messages := script("perl", "fetch-net-pop3.pl")(t, j)
	for i, m := range messages {
		messages[i] = bytes.ReplaceAll(m, []byte("\n"), []byte("\r\n"))
	}
	return messages
}

func curl(t *testing.T, j *Job) [][]byte {
	j.Mkdir(t, "out")
	url := "pop3://" + j.Addr + "/"
	user := []string{"--silent", "--show-error", "--fail", "--user", fixture.User + ":" + fixture.Password}
	j.Run(t, nil, "curl", append(user, url, "--output", "list")...)
	list, err := os.ReadFile(j.Path("list"))
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprintf("%s[1-%d]", url, bytes.Count(list, []byte("\n")))
	j.Run(t, nil, "curl", append(user, all, "--output", "out/#1")...)
	if j.purpose == Remove {
		// --head means that the answer to DELE is one line.
		for n := range bytes.Count(list, []byte("\n")) {
			user = append(user, "--next", "--silent", "--show-error", "--fail", "--user", fixture.User+":"+fixture.Password,
				"--head", "--request", fmt.Sprintf("DELE %d", n+1), url)
		}
		j.Run(t, nil, "curl", user[4:]...)
	}
	return j.Numbered(t, "out")
}

// MPOP fetches with mpop.
func MPOP(t *testing.T, j *Job) [][]byte { return mpop(t, j) }

// mpop fetches with mpop, which may end with one of these statuses.
func mpop(t *testing.T, j *Job, may ...int) [][]byte {
	j.Mkdir(t, "mail", "mail/new", "mail/cur", "mail/tmp")
	j.Write(t, "mpoprc", fmt.Sprintf(`
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
`, j.Host, j.Port, fixture.User, fixture.Password, j.Path("uidls"), j.Path("mail"), j.choose("on", "off", "on"), j.choose("off", "off", "on")), 0o600)
	j.Run(t, may, "mpop", "--file=mpoprc", "--quiet")
	return j.Files(t, nil, "mail/new")
}

// Fetchmail fetches with fetchmail.
func Fetchmail(t *testing.T, j *Job) [][]byte {
	j.Mkdir(t, "mail")
	j.Write(t, "fetchmailrc", fmt.Sprintf(`
set no syslog
set no bouncemail
poll %s with protocol pop3 service %s uidl auth password bad-header accept
	username "%s" there with password "%s" is "nobody" here
	no rewrite no dropstatus no dropdelivered pass8bits sslproto "" %s
	mda "%s %s"
`, j.Host, j.Port, fixture.User, fixture.Password, j.choose("fetchall keep", "fetchall no keep", "keep"), j.Path("sink.sh"), j.Path("mail")), 0o600)
	// Status 1: there was no new mail.
	j.Run(t, []int{1}, "fetchmail", "--fetchmailrc", "fetchmailrc", "--invisible",
		"--pidfile", j.Path("pid"), "--idfile", j.Path("ids"))
	return j.Files(t, nil, "mail")
}

func getmail(t *testing.T, j *Job) [][]byte {
	j.Mkdir(t, "mail", "mail/new", "mail/cur", "mail/tmp")
	if _, err := os.Stat(j.Path("state")); err != nil {
		j.Mkdir(t, "state")
	}
	j.Write(t, "getmailrc", fmt.Sprintf(`
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
`, j.Host, j.Port, fixture.User, fixture.Password, j.Path("mail"), j.choose("false", "true", "false"), j.choose("true", "true", "false")), 0o600)
	// Debian's Python, for which the getmail package is installed.
	j.Run(t, nil, "/usr/bin/python3", "run-getmail.py", "--getmaildir="+j.Path("state"), "--rcfile="+j.Path("getmailrc"))
	return j.Files(t, withoutReturnPath, "mail/new")
}

// withoutReturnPath removes the line that getmail puts first.
func withoutReturnPath(message []byte) []byte {
	if line, rest, found := bytes.Cut(message, []byte("\n")); found && bytes.HasPrefix(line, []byte("Return-Path: ")) {
		return rest
	}
	return message
}

func mutt(t *testing.T, j *Job) [][]byte {
	j.Mkdir(t, "mail", "mail/new", "mail/cur", "mail/tmp")
	todo := "<copy-message>" + j.Path("mail") + "<enter>"
	if j.purpose == Remove {
		todo = "<save-message>" + j.Path("mail") + "<enter>"
	}
	j.Write(t, "muttrc", fmt.Sprintf(`
set pop_user="%[1]s" pop_pass="%[2]s" pop_authenticators="user" ssl_force_tls=no ssl_starttls=no
set pop_delete=no pop_reconnect=no message_cachedir="" header_cache="" tmpdir="%[3]s" folder="%[3]s"
set mbox_type=Maildir confirmappend=no confirmcreate=no move=no quit=yes delete=yes wait_key=no sort=mailbox-order weed=no
push "<tag-pattern>~A<enter><tag-prefix>%[4]s<quit>"
`, fixture.User, fixture.Password, j.Dir, todo), 0o600)
	// mutt works at a terminal only; script(1) makes one.
	command := fmt.Sprintf("exec mutt -n -F muttrc -f pop://%s/", j.Addr)
	j.Run(t, nil, "script", "--quiet", "--return", "--command", command, "/dev/null")
	return j.Files(t, withoutLengths, "mail/new", "mail/cur")
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
