//go:build integration

package proxy

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
	"tpops/pkg/proxy"
	"tpops/test/clients"
	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/dovecot"
	"tpops/test/fixture"
)

// The proxy before Dovecot keeps the contract of a Mailbox.
func TestProxyMailboxDovecot(t *testing.T) {
	d := dovecot.Start(t, "127.0.0.0/8")
	p, err := proxy.New(proxy.Options{Servers: []string{d.Addr}, TLS: proxy.TLSNo, Client: proxy.ClientXCLIENT, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	var next atomic.Int32
	pop3test.TestMailbox(t, func(t *testing.T, texts []string) pop3test.Maildrop {
		user := int(next.Add(1)) - 1
		d.Deliver(t, user, texts)
		return pop3test.Maildrop{
			Open: func() (pop3.Mailbox, error) {
				return p.Open(t.Context(), &pop3.Account{Name: fmt.Sprintf("user%d", user)}, &pop3.Client{Password: fixture.Password})
			},
			Remove: func(n int) { dovecot.RemoveMessage(t, d.Maildir(user), n) },
			Remote: true, OwnLineEnd: true, OwnLast: true, OwnRemoved: true,
		}
	})
	if t.Failed() {
		t.Log(d.Log())
	}
}

// The proxy before this server, each with a process of its own for the Maildir,
// keeps it too.
func TestProxyMailboxTPOPS(t *testing.T) {
	pop3test.TestMailbox(t, func(t *testing.T, texts []string) pop3test.Maildrop {
		var messages []corpus.Message
		for i, text := range texts {
			messages = append(messages, corpus.Message{Name: "cur/" + dovecot.MessageName(i) + ":2,", Data: []byte(text)})
		}
		box := fixture.NewMailbox(t, messages)
		d := box.Start(t, "--maildir-use-filesize=no", "--maildir-extended=no", "--xclient-from=127.0.0.0/8")
		p, err := proxy.New(proxy.Options{Servers: []string{d.Addr}, TLS: proxy.TLSNo, Client: proxy.ClientXCLIENT, Timeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		return pop3test.Maildrop{
			Open: func() (pop3.Mailbox, error) {
				return p.Open(t.Context(), &pop3.Account{Name: fixture.User}, &pop3.Client{Password: fixture.Password})
			},
			Remove: func(n int) { dovecot.RemoveMessage(t, box.Dir, n) },
			Remote: true,
		}
	})
}

// A whole mailbox through the proxy is octet by octet what the backend
// has, with its order and its UIDLs, and real clients fetch it.
func TestProxyCorpus(t *testing.T) {
	messages := corpus.Messages(3, 150)
	box := fixture.NewMailbox(t, messages)
	behind := box.Start(t, "--maildir-extended=no", "--maildir-use-filesize=no")
	front := fixture.ProxyBefore(t, behind.Addr, "--pop-server-client=none")
	direct := answers(t, behind, len(messages))
	if through := answers(t, front, len(messages)); !bytes.Equal(direct, through) {
		t.Errorf("%d octets through the proxy, %d without, and they differ", len(through), len(direct))
	}
	for _, c := range clients.All {
		if c.Name != "curl" && c.Name != "poplib" {
			continue
		}
		got := c.Fetch(t, clients.NewJob(t, front, clients.Keep))
		if len(got) != len(messages) {
			t.Fatalf("%s: %d messages, want %d", c.Name, len(got), len(messages))
		}
		for i, m := range messages {
			if want := corpus.Wire(m.Data); !clients.Applies(c.Alters, &m) && !bytes.Equal(got[i], want) {
				t.Errorf("%s: message %d (%s) is not what it was", c.Name, i+1, m.Kind)
			}
		}
	}
}

// answers returns all replies of a server for a mailbox of n messages.
func answers(t *testing.T, d *daemon.Daemon, n int) []byte {
	t.Helper()
	s := fixture.LogIn(t, d)
	var all bytes.Buffer
	commands := []string{"LIST", "UIDL"}
	for i := 1; i <= n; i++ {
		commands = append(commands, fmt.Sprintf("RETR %d", i), fmt.Sprintf("TOP %d 3", i))
	}
	for _, command := range commands {
		status, lines, err := s.Multi(command)
		if err != nil {
			t.Fatalf("%s: %v", command, err)
		}
		fmt.Fprintf(&all, "%s: %s\n%s", command, status, lines)
	}
	fmt.Fprintln(&all, s.OK("STAT"), s.OK("LAST"))
	s.OK("QUIT")
	return all.Bytes()
}

// fetchmail fetches from Dovecot through the proxy, and deletes there.
func TestProxyFetchmail(t *testing.T) {
	d := dovecot.Start(t, "127.0.0.0/8")
	texts := []string{
		"From: a@example.org\nSubject: one\n\nfirst\n.dot\n", "From: b@example.org\nSubject: two\n\nsecond\n",
	}
	d.Deliver(t, 0, texts)
	d.Write(t, "users", strings.Replace(d.Users(), "user0:", fixture.User+":", 1))
	front := fixture.ProxyBefore(t, d.Addr, "--pop-server-client=xclient")
	// Dovecot reads its users again in its own time.
	fixture.Eventually(t, "Dovecot knows the user", func() bool {
		c, err := daemon.Login(d.Addr, fixture.User, fixture.Password)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	got := clients.Fetchmail(t, clients.NewJob(t, front, clients.Remove))
	if len(got) != len(texts) {
		t.Fatalf("%d messages, want %d\n%s\n%s", len(got), len(texts), front.Log(), d.Log())
	}
	if left, err := filepath.Glob(filepath.Join(d.Maildir(0), "cur", "*")); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	for _, want := range texts {
		body := want[strings.Index(want, "\n\n")+2:]
		found := false
		for _, m := range got {
			found = found || strings.HasSuffix(string(m), "\r\n\r\n"+strings.ReplaceAll(body, "\n", "\r\n"))
		}
		if !found {
			t.Errorf("%q is not among what was fetched", body)
		}
	}
	fixture.Eventually(t, "Dovecot has logged the client's session", func() bool {
		id := loginOf(front.Log())
		return id != "" && strings.Contains(d.Log(), "session=<"+id)
	})
}

// loginOf returns the id of the session that logged in, "" if none is logged.
func loginOf(log string) string {
	_, rest, _ := strings.Cut(log, " login session=")
	id, _, _ := strings.Cut(rest, " ")
	return id
}

// A client that vanishes and a front that is killed lose no message.
func TestProxyNothingLost(t *testing.T) {
	box := fixture.Small(t)
	behind := box.Start(t)
	before := len(box.Files(t))
	front := fixture.ProxyBefore(t, behind.Addr)
	vanishing := fixture.LogIn(t, front)
	vanishing.OK("DELE 1")
	vanishing.Close()
	fixture.Eventually(t, "the mailbox is free again", func() bool {
		c, err := daemon.Login(behind.Addr, fixture.User, fixture.Password)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	killed, err := daemon.Start(fixture.Program(t, "tpops"), "--mailbox-type=proxy", "--pop-server="+behind.Addr, "--syslog=none")
	if err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "the mailbox is free for the next front", func() bool {
		c, err := daemon.Login(killed.Addr, fixture.User, fixture.Password)
		if err != nil {
			return false
		}
		_, err = c.Command("DELE 2")
		return err == nil
	})
	killed.Kill()
	if got := len(box.Files(t)); got != before {
		t.Errorf("%d messages are left of %d", got, before)
	}
	var s fixture.Session
	fixture.Eventually(t, "the mailbox is free after a kill", func() bool {
		c, err := daemon.Login(front.Addr, fixture.User, fixture.Password)
		s = fixture.Session{Client: c, T: t}
		return err == nil
	})
	s.OK("DELE 1")
	s.OK("QUIT")
	if got := len(box.Files(t)); got != before-1 {
		t.Errorf("%d messages are left of %d, after one was deleted", got, before)
	}
}

// A server that cannot be reached is trouble, and no failed login.
func TestProxyUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	box := fixture.Small(t)
	behind := box.Start(t)
	front := fixture.ProxyBefore(t, addr)
	s := fixture.Dial(t, front)
	s.OK("USER " + fixture.User)
	s.Want("PASS "+fixture.Password, `^-ERR \[SYS/TEMP\] `)
	s.Want("QUIT", `^\+OK`)
	// The next of two is tried.
	fixture.LogIn(t, fixture.ProxyBefore(t, addr+","+behind.Addr)).OK("QUIT")
}

// A server that names itself is found out, at whatever address it listens.
func TestProxyLoop(t *testing.T) {
	for _, port := range []string{"127.0.0.1:0", "0"} {
		users := fixture.Write(t, "users", fixture.User+"::::::\n")
		front := fixture.ProxyBefore(t, "127.0.0.1:1", "--port="+port, "--auth-type=passwd-file", "--passwd-file="+users)
		next := fixture.Write(t, "users", fmt.Sprintf("%s::::::pop-server=%s\n", fixture.User, front.Addr))
		if err := os.Rename(next, users); err != nil {
			t.Fatal(err)
		}
		s := fixture.Dial(t, front)
		s.OK("USER " + fixture.User)
		s.Want("PASS "+fixture.Password, `^-ERR \[SYS/PERM\] `)
		fixture.Eventually(t, "the log speaks of a loop", func() bool { return strings.Contains(front.Log(), "loop: ") })
	}
}

// Two proxies that pass connections on to each other find it out, in whichever
// way they are told how often that happened.
func TestProxyCircle(t *testing.T) {
	for tell, trust := range map[string]string{"xclient": "xclient-from", "proxy": "proxy-protocol-from"} {
		t.Run(tell, func(t *testing.T) {
			addr, err := daemon.FreePort()
			if err != nil {
				t.Fatal(err)
			}
			// The client comes from another address than the two to each other.
			options := []string{"--pop-server-client=" + tell, "--" + trust + "=127.0.0.1"}
			one := fixture.ProxyBefore(t, addr, append(options, "--port=127.0.0.1:0")...)
			other := fixture.ProxyBefore(t, one.Addr, append(options, "--port="+addr)...)
			s := fixture.DialAs(t, "127.0.0.2", one.Addr, fixture.Greeting)
			s.OK("USER " + fixture.User)
			s.Want("PASS "+fixture.Password, `^-ERR \[SYS/PERM\] `)
			// By the count, or because a header says where the client first was.
			fixture.Eventually(t, "a log speaks of a loop", func() bool { return strings.Contains(one.Log()+other.Log(), "loop: ") })
		})
	}
}

// The rows of a passwd-file say where a user's mail is. They need no password.
func TestProxyServerPerUser(t *testing.T) {
	box := fixture.Small(t)
	behind := box.Start(t)
	users := fixture.Write(t, "users", fmt.Sprintf("%s::::::pop-server=127.0.0.1:1,%s\nclosed:!::::: \nbad::::::pop-server=/x\n", fixture.User, behind.Addr))
	front := fixture.ProxyBefore(t, "127.0.0.1:1", "--auth-type=passwd-file", "--passwd-file="+users)
	fixture.LogIn(t, front).OK("QUIT")
	for name, want := range map[string]string{
		"closed": `^-ERR \[AUTH\] `, "bad": `^-ERR \[SYS/PERM\] `, "unknown": `^-ERR \[SYS/TEMP\] `,
	} {
		s := fixture.Dial(t, front)
		s.OK("USER " + name)
		s.Want("PASS x", want)
	}
	code, out, errs := fixture.RunTPOPS(t, "--check-config", "--mailbox-type=proxy", "--auth-type=passwd-file", "--passwd-file="+users)
	if code != 0 {
		t.Errorf("check-config: %d, %s%s", code, out, errs)
	}
}

// SIGTERM lets the sessions come to their end.
func TestProxyStop(t *testing.T) {
	box := fixture.Small(t)
	front := fixture.ProxyBefore(t, box.Start(t).Addr)
	s := fixture.LogIn(t, front)
	s.OK("DELE 1")
	before := len(box.Files(t))
	fixture.Signal(t, front, syscall.SIGTERM)
	s.OK("NOOP") // On its own the daemon waits for its sessions.
	s.OK("QUIT")
	s.Closed()
	if code, err := front.Wait(); err != nil || code != 0 {
		t.Errorf("%d, %v", code, err)
	}
	if got := len(box.Files(t)); got != before-1 {
		t.Errorf("%d messages are left of %d", got, before)
	}
}

// A server that dies under a session has deleted nothing, and the client is
// told so; the next login gets an error.
func TestProxyDyingServer(t *testing.T) {
	box := fixture.Small(t)
	before := len(box.Files(t))
	behind, err := daemon.Start(fixture.Program(t, "tpops"), box.Params()...)
	if err != nil {
		t.Fatal(err)
	}
	defer behind.Kill()
	front := fixture.ProxyBefore(t, behind.Addr)
	s, next := fixture.LogIn(t, front), fixture.Dial(t, front)
	s.OK("DELE 2")
	behind.Kill()
	s.Want("QUIT", `^-ERR \[SYS/TEMP\] .*no message was deleted`)
	s.Closed()
	next.OK("USER " + fixture.User)
	next.Want("PASS "+fixture.Password, `^-ERR \[SYS/TEMP\] `)
	if got := len(box.Files(t)); got != before {
		t.Errorf("%d messages are left of %d", got, before)
	}
}
