//go:build integration

package dovecot

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// A Dovecot in front, as a proxy: it logs in here with what its client gave, and
// sends the client's address by XCLIENT.
func TestDovecotInFront(t *testing.T) {
	box := fixture.Small(t)
	d := box.Start(t, "--xclient-from=127.0.0.1", "--plaintext-login=yes")
	front := Start(t, "127.0.0.0/8")
	_, port, _ := net.SplitHostPort(d.Addr)
	front.Write(t, "users", fmt.Sprintf("%s:{PLAIN}%s::::::proxy=y host=127.0.0.1 port=%s\n", fixture.User, fixture.Password, port))
	s := fixture.Session{Client: daemon.NewClient(fixture.DialFrom(t, "127.0.0.9", front.Addr)), T: t}
	if _, err := s.Line(); err != nil {
		t.Fatal(err)
	}
	s.OK("USER " + fixture.User)
	s.Want("PASS "+fixture.Password, `^\+OK .* has 5 messages`)
	if _, body, err := s.Multi("RETR 1"); err != nil || len(body) == 0 {
		t.Errorf("%d octets, %v", len(body), err)
	}
	s.OK("DELE 1")
	s.OK("QUIT")
	fixture.Eventually(t, "the client is logged with its own address", func() bool {
		return strings.Contains(d.Log(), " login session=") && strings.Contains(d.Log(), " remote=127.0.0.9 forwarded=")
	})
	if left := box.Files(t); len(left) != 4 {
		t.Errorf("%d messages are left, want 4", len(left))
	}
	if t.Failed() {
		t.Logf("%s\n%s", front.Log(), d.Log())
	}
}
