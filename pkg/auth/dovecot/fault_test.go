package dovecot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// afterGreeting returns a fake that sends text in reply to each request, in which %s is
// its id.
func afterGreeting(text string) func(*peer) {
	return func(p *peer) {
		p.greet()
		for line := p.next(); line != ""; line = p.next() {
			p.send("%s", strings.ReplaceAll(text, "%s", parse(line).id))
		}
	}
}

// sends returns a fake that sends a text and then nothing.
func sends(text string) func(*peer) {
	return func(p *peer) {
		go p.send("%s", text)
		for p.next() != "" {
		}
	}
}

func silent(p *peer) { sends("")(p) }

// TestFaults checks that no fault of Dovecot counts as a wrong password, and that each
// login ends within the time limits.
func TestFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		auth, userdb func(*peer)
		want         string
	}{
		"down":                      {nil, findUsers, "dovecot: auth: use of closed"},
		"silent":                    {silent, findUsers, "no answer within the time limit"},
		"closes":                    {func(*peer) {}, findUsers, "dovecot: auth: "},
		"half a handshake":          {sends("VERSION\t1\t2\nMECH\tPLA"), findUsers, "no answer within"},
		"another protocol":          {sends("220 mail ESMTP\nVERSION\t2\t0\n"), findUsers, "no major version 1"},
		"no version":                {sends("MECH\tPLAIN\nDONE\n"), findUsers, "no major version 1"},
		"the other socket":          {findUsers, findUsers, "no answer within"},
		"no mechanism":              {sends("VERSION\t1\t2\nDONE\n"), findUsers, "no mechanisms here"},
		"no PLAIN":                  {sends("VERSION\t1\t2\nMECH\tCRAM-MD5\nDONE\n"), findUsers, "does not contain plain"},
		"endless handshake":         {sends(strings.Repeat("SPID\t1\n", maxHandshake+1)), findUsers, "handshake of more than"},
		"endless line":              {sends(strings.Repeat("x", maxReply+1)), findUsers, "longer than 32768 octets"},
		"no reply":                  {afterGreeting(""), findUsers, "no answer within"},
		"half a reply":              {afterGreeting("OK\t%s\tuser=ann"), findUsers, "no answer within"},
		"reply to another":          {afterGreeting("OK\t99\tuser=bob\n"), findUsers, "request that does not exist"},
		"reply without id":          {afterGreeting("OK\n"), findUsers, "without an id"},
		"id beyond 32 bits":         {afterGreeting("OK\t4294967297\tuser=bob\n"), findUsers, "without an id"},
		"flood":                     {afterGreeting(strings.Repeat("NOISE\n", 1000)), findUsers, "unknown lines"},
		"long reply":                {afterGreeting("OK\t%s\tuser=" + strings.Repeat("x", maxReply) + "\n"), findUsers, "longer than"},
		"no user":                   {afterGreeting("OK\t%s\n"), findUsers, "malformed reply: OK"},
		"hostile user":              {afterGreeting("OK\t%s\tuser=a\x01tb\n"), findUsers, "malformed reply: OK"},
		"a challenge":               {afterGreeting("CONT\t%s\tYQ==\n"), findUsers, "malformed reply: CONT"},
		"temporary failure":         {afterGreeting("FAIL\t%s\tuser=ann\tcode=temp_fail\treason=x\n"), findUsers, `temporary failure in Dovecot ("x")`},
		"temporary failure, before": {afterGreeting("FAIL\t%s\tuser=ann\ttemp\n"), findUsers, "temporary failure in Dovecot"},
		"userdb down":               {checkPasswords, nil, "dovecot: userdb: use of closed"},
		"userdb silent":             {checkPasswords, silent, "no answer within"},
		"userdb fails":              {checkPasswords, userdbReply("FAIL\t%s\treason=x"), `the userdb of Dovecot has failed ("x")`},
		"userdb without name":       {checkPasswords, userdbReply("USER\t%s"), "malformed reply: USER to USER"},
		"userdb answers OK":         {checkPasswords, userdbReply("OK\t%s"), "malformed reply: OK to USER"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, _ := start(t, tt.auth, tt.userdb)
				before := time.Now()
				account, err := login(t.Context(), d, "ann")
				if account != nil || err == nil || pop3.ErrorIn(err) != nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%v, %v, want %s", account, err, tt.want)
				}
				if took := time.Since(before); took > 2*timeout+time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

// userdbReply returns a userdb that gives each request one reply, in which %s is its id.
func userdbReply(text string) func(*peer) {
	return func(p *peer) {
		p.greetUserdb()
		for line := p.next(); line != ""; line = p.next() {
			p.send("%s\n", strings.ReplaceAll(text, "%s", parse(line).id))
		}
	}
}

// TestRestart checks that a login which meets a connection that a restart has ended is
// asked again, once.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := start(t, func(p *peer) {
			p.greet()
			if p.n == 1 {
				p.send("OK\t%s\tuser=ann\n", parse(p.next()).id)
				p.next() // The second request gets no reply.
				return
			}
			for line := p.next(); line != "" && p.n == 2; line = p.next() {
				p.send("OK\t%s\tuser=ann\n", parse(line).id)
			}
		}, findUsers)
		for range 2 {
			if _, err := login(t.Context(), d, "ann"); err != nil {
				t.Fatal(err)
			}
		}
		if n := s.count("auth"); n != 2 {
			t.Errorf("%d connections", n)
		}
		d.auth.conns[0].fail(errors.New("restart"))
		if _, err := login(t.Context(), d, "ann"); !errors.Is(err, errLost) || pop3.ErrorIn(err) != nil {
			t.Errorf("a connection that ends at once: %v", err)
		}
	})
}

// TestReplyTwice checks that a second reply ends the connection, and does not reach the
// next login.
func TestReplyTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := start(t, func(p *peer) {
			p.greet()
			for line := p.next(); line != ""; line = p.next() {
				a := parse(line)
				p.send("OK\t%s\tuser=%s\nOK\t%s\tuser=%s\n", a.id, a.name, a.id, a.name)
			}
		}, findUsers)
		for i := range 5 {
			name := fmt.Sprintf("u%d", i)
			if account, err := login(t.Context(), d, name); err != nil || account.Name != name {
				t.Errorf("%s: %v, %v", name, account, err)
			}
			synctest.Wait()
		}
		if n := s.count("auth"); n != 5 {
			t.Errorf("%d connections for 5 logins", n)
		}
	})
}

// TestLateReply checks that the reply to a login which was given up reaches no other
// one, and does not end the connection.
func TestLateReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, s := start(t, func(p *peer) {
			p.greet()
			first := parse(p.next())
			p.next() // CANCEL
			second := parse(p.next())
			p.send("FAIL\t%s\tuser=%s\nOK\t%s\tuser=%s\nOK\t%s\tuser=%s\n", first.id, first.name, first.id, first.name, second.id, second.name)
			for p.next() != "" {
			}
		}, findUsers)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(time.Second)
			cancel()
		}()
		if _, err := login(ctx, d, "u1"); !errors.Is(err, context.Canceled) || pop3.ErrorIn(err) != nil {
			t.Errorf("given up: %v", err)
		}
		if account, err := login(t.Context(), d, "u2"); err != nil || account.Name != "u2" {
			t.Errorf("%v, %v", account, err)
		}
		if n := s.count("auth"); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

// TestTimeoutRetires checks that a connection without a reply gets no new requests.
func TestTimeoutRetires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := start(t, func(p *peer) {
			if p.n == 1 {
				afterGreeting("")(p)
				return
			}
			checkPasswords(p)
		}, findUsers)
		if _, err := login(t.Context(), d, "ann"); !errors.Is(err, errTimeout) {
			t.Fatal(err)
		}
		if _, err := login(t.Context(), d, "ann"); err != nil {
			t.Error(err)
		}
	})
}
