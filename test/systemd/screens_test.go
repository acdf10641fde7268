//go:build systemd && screens

package systemd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/test/bed"
	"tpops/test/corpus"
)

// screenUsers have sessions while the screens are recorded, each from a client's address.
var screenUsers = []struct{ name, client string }{
	{"ann", "192.0.2.14"}, {"bruno", "198.51.100.7"}, {"chiyo", "2001:db8::52"}, {"deniz", "192.0.2.80"}, {"elena", "203.0.113.33"},
}

// TestScreens records what journalctl and tpopsctl top show on a terminal, for README.md and
// the page. It writes into the folder that TPOPS_SCREENS names; see 'make screens'.
func TestScreens(t *testing.T) {
	folder := os.Getenv("TPOPS_SCREENS")
	if folder == "" {
		t.Fatal("TPOPS_SCREENS names no folder")
	}
	s := newSite(t, bed.Trixie)
	s.do("hostname", "mail")
	s.configure(`proxy-protocol-from = "127.0.0.1"`)
	s.do("mkdir", "/var/vmail")
	for _, u := range screenUsers {
		s.userWithMail(u.name, append(letters(8), largeMessage()))
	}
	s.enableDaemon()
	s.screenLog()
	save := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	save("journal.txt", s.Run(t, "journalctl", "--no-pager", "--unit=tpops"))
	visits := s.screenSessions()
	done := make(chan error)
	for i := range 2 {
		go func() { done <- visits[i].retrieveSlowly(90 + 30*i) }()
	}
	s.Shell(t, `(sleep 8; printf q; sleep 1) |
		TERM=xterm LC_ALL=C.UTF-8 script --quiet --return --command 'stty columns 100 rows 9; tpopsctl top' /root/top`)
	save("top.txt", s.Read(t, "/root/top"))
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// screenLog has sessions that journalctl shows: one that deletes a message, and two that
// fail.
func (s *site) screenLog() {
	s.t.Helper()
	v := s.visitFrom(screenUsers[0].client)
	v.login(screenUsers[0].name)
	v.multi("RETR 1")
	v.want("DELE 1", `^\+OK`)
	v.quit()
	for _, name := range []string{"bruno", "admin"} {
		v := s.visitFrom("203.0.113.66")
		v.want("USER "+name, `^\+OK`)
		v.want("PASS wrong", `^-ERR`)
		v.closed()
	}
}

// screenSessions has the users log in. Each retrieves and deletes one message more than
// the one before, and stays. Another client has not logged in.
func (s *site) screenSessions() (visits []*visit) {
	s.t.Helper()
	for i, u := range screenUsers {
		v := s.visitFrom(u.client)
		v.login(u.name)
		for number := range i {
			v.multi(fmt.Sprintf("RETR %d", number+1))
			v.want(fmt.Sprintf("DELE %d", number+1), `^\+OK`)
		}
		visits = append(visits, v)
	}
	s.visitFrom("203.0.113.34").want("USER farid", `^\+OK`)
	return visits
}

// visitFrom connects as a client with the address, through a proxy.
func (s *site) visitFrom(client string) *visit {
	s.t.Helper()
	kind, server := "TCP4", "192.0.2.1"
	if strings.Contains(client, ":") {
		kind, server = "TCP6", "2001:db8::1"
	}
	v := s.connect(pop3Port)
	v.send(fmt.Sprintf("PROXY %s %s %s 50123 110\r\n", kind, client, server))
	v.greeting = v.line(`^\+OK `)
	return v
}

// retrieveSlowly retrieves the large message several times, ten times a second.
func (v *visit) retrieveSlowly(times int) error {
	for range times {
		if _, err := v.Drain("RETR 8"); err != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil
}

// largeMessage returns a message of about 300 KB.
func largeMessage() corpus.Message {
	return corpus.Message{Name: "new/1900000000.large.mail", Data: []byte("Subject: large\n\n" + strings.Repeat("0123456789abcdef 0123456789abcdef\n", 9000))}
}
