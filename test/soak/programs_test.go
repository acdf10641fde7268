//go:build integration

package soak

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"time"

	"tpops/test/clients"
	"tpops/test/fixture"
)

// program is a mail program with a mailbox and a folder of its own.
type program struct {
	*soak
	name    string
	box     int
	again   bool // it fetches everything each time
	dir     string
	command func(p *program) (string, []string)
	none    int // its exit status without new mail

	copies map[int]int  // message → how often it was stored
	good   map[int]bool // the messages that a run without an error has stored
	last   string       // what it wrote when it last failed
}

// firstProgram is the mailbox of the first mail program.
const firstProgram = 7

// programs returns the mail programs, in the mailboxes after those of the drivers.
func (s *soak) programs() []*program {
	all := []*program{
		{name: "curl", again: true, command: curl},
		{name: "fetchmail", none: 1, command: func(p *program) (string, []string) { return fetchmail(p, "fetchall no keep") }},
		{name: "mpop", command: func(p *program) (string, []string) { return mpop(p, "off") }},
		{name: "poplib", command: poplib},
		{name: "mpop that leaves mail", command: func(p *program) (string, []string) { return mpop(p, "on") }},
		{name: "fetchmail that leaves mail", none: 1, command: func(p *program) (string, []string) { return fetchmail(p, "keep") }},
	}
	for i, p := range all {
		p.soak, p.box, p.copies, p.good = s, firstProgram+i, map[int]int{}, map[int]bool{}
		p.dir = filepath.Join(filepath.Dir(s.dovecot.Maildir(0)), fmt.Sprint("program", i))
		for _, sub := range []string{"", "mail", "mail/new", "mail/cur", "mail/tmp"} {
			if err := os.Mkdir(filepath.Join(p.dir, sub), 0o700); err != nil {
				s.t.Fatal(err)
			}
		}
		p.write("sink.sh", "#!/bin/sh\nset -eu\ncat >\"$1/tmp/$$\"\nexec mv \"$1/tmp/$$\" \"$1/new/$(date +%s%N).$$\"\n", 0o700)
		fixture.Command(s.t, "chown", "-R", fmt.Sprintf("%d:%d", clients.Nobody, clients.Nobody), p.dir)
	}
	return all
}

// write writes a file for the program.
func (p *program) write(name, text string, mode os.FileMode) string {
	file := filepath.Join(p.dir, name)
	p.own(file, text, mode)
	return file
}

// work runs the program until the end.
func (p *program) work() {
	for p.live() {
		p.run()
		p.pause(rand.N(3 * time.Second))
	}
}

// run runs the program once and takes what it has stored. It reports whether it ended
// without an error; after an error a program may fetch a message again.
func (p *program) run() bool {
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	name, args := p.command(p)
	cmd := asNobody(ctx, name, args...)
	cmd.Dir, cmd.Env = p.dir, append(cmd.Env, "HOME="+p.dir, "TMPDIR="+p.dir)
	out, err := cmd.CombinedOutput()
	p.figures.programs.Add(1)
	good := cmd.ProcessState != nil && (err == nil || cmd.ProcessState.ExitCode() == p.none)
	if !good {
		p.figures.failed.Add(1)
		p.last = fmt.Sprintf("%v\n%s", err, out)
		if bytes.Contains(out, []byte("[AUTH]")) {
			p.fault("%s: login rejected\n%s", p.name, out)
		}
	}
	p.take(good)
	return good
}

// take moves what the program has stored to the oracle.
func (p *program) take(good bool) {
	files, _ := filepath.Glob(filepath.Join(p.dir, "mail", "new", "*"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			p.t.Error(err)
			continue
		}
		os.Remove(file)
		id, err := identify(p.box, text)
		if err != nil {
			if good || bytes.Contains(text, []byte("\nend\n")) {
				p.fault("%s: %v", p.name, err)
			}
			continue // The session was cut in the middle of a message.
		}
		if p.good[id] && !p.again {
			p.fault("%s has fetched message %d again", p.name, id)
		}
		p.copies[id]++
		p.good[id] = p.good[id] || good
	}
}

// finish has the program fetch what is left and checks that it has every message.
func (p *program) finish() {
	for n := 0; !p.run(); n++ {
		if n == 20 {
			p.fault("%s fails at the end: %s", p.name, p.last)
			break
		}
		time.Sleep(500 * time.Millisecond)
	}
	for id, f := range p.fates(p.box) {
		if f != offered && p.copies[id] == 0 {
			p.fault("%s has not got message %d", p.name, id)
		}
	}
}

// account returns host, port and user.
func (p *program) account() (host, port, user string) {
	host, port, _ = net.SplitHostPort(p.plain)
	return host, port, fmt.Sprintf("user%d", p.box)
}

func fetchmail(p *program, what string) (string, []string) {
	host, port, user := p.account()
	rc := p.write("fetchmailrc", fmt.Sprintf(`
set no syslog
set no bouncemail
poll %s with protocol pop3 service %s uidl auth password timeout 30
	username "%s" there with password "%s" is "nobody" here
	no rewrite no dropstatus no dropdelivered pass8bits sslproto "" %s
	mda "%s/sink.sh %s/mail"
`, host, port, user, fixture.Password, what, p.dir, p.dir), 0o600)
	return "fetchmail", []string{"--fetchmailrc", rc, "--invisible", "--pidfile", filepath.Join(p.dir, "pid"), "--idfile", filepath.Join(p.dir, "ids")}
}

func mpop(p *program, keep string) (string, []string) {
	host, port, user := p.account()
	rc := p.write("mpoprc", fmt.Sprintf(`
defaults
tls off
auth user
received_header off
timeout 30
account default
host %s
port %s
user %s
password %s
uidls_file %s/uidls
delivery maildir %s/mail
keep %s
`, host, port, user, fixture.Password, p.dir, p.dir, keep), 0o600)
	return "mpop", []string{"--file=" + rc, "--quiet"}
}

// curl lists the mailbox and fetches all of it, over TLS. It writes an empty line for an
// empty mailbox.
func curl(p *program) (string, []string) {
	ca := p.write("ca.pem", string(p.authority.PEM), 0o600)
	_, port, user := p.account()
	script := p.write("curl.sh", fmt.Sprintf(`set -eu
fetch() { curl --silent --show-error --fail --max-time 30 --ssl-reqd --cacert %s --user '%s:%s' "$@"; }
fetch pop3://localhost:%s/ >list
n=$(grep -c '^[0-9]' list || :)
[ "$n" -eq 0 ] || fetch "pop3://localhost:%s/[1-$n]" --output 'mail/new/#1'
`, ca, user, fixture.Password, port, port), 0o700)
	return "/bin/sh", []string{script}
}

func poplib(p *program) (string, []string) {
	host, port, user := p.account()
	script := p.write("fetch.py", fmt.Sprintf(`
import os, poplib, time
pop = poplib.POP3(%q, %s, timeout=30)
pop.user(%q)
pop.pass_(%q)
for n in range(1, pop.stat()[0] + 1):
    _, lines, _ = pop.retr(n)
    name = "%%d.%%d" %% (time.time_ns(), n)
    with open("mail/tmp/" + name, "wb") as f:
        f.write(b"".join(line + b"\r\n" for line in lines))
    os.rename("mail/tmp/" + name, "mail/new/" + name)
    pop.dele(n)
pop.quit()
`, host, port, user, fixture.Password), 0o600)
	return "/usr/bin/python3", []string{script} // The one of Debian, which every user may run.
}
