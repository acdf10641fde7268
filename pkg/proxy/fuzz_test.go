package proxy

import (
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

var answerPattern = regexp.MustCompile(`(?s)^(\+OK|-ERR)(?: (.*))?$`)

func FuzzParseAnswer(f *testing.F) {
	for _, line := range []string{"+OK", "-ERR", "+OK ", "+OKx", "-ERR [AUTH] no", "+ERR", "+ok", "", " +OK", "+OK\t", "-ERR  x"} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		a, ok := parseAnswer(line)
		want := answerPattern.FindSubmatch(line)
		if ok != (want != nil) {
			t.Fatalf("%q: %v", line, ok)
		}
		if ok && (a.ok != (line[0] == '+') || a.text != string(want[2])) {
			t.Fatalf("%q: %+v", line, a)
		}
	})
}

// For any reply of a backend, the client gets one printable line with a known response
// code.
func FuzzRefusal(f *testing.F) {
	for _, text := range []string{
		"", "[AUTH] no", "[", "]", "[]", "[[AUTH]]", "[AUTH", "[SYS/TEMP/X] y", "\r\n+OK", "[x] [AUTH] y", "a [AUTH] b", "[AUTH]  [ x",
	} {
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, promised bool) {
		c := &conn{secret: "s3cret"}
		for _, r := range []*refusal{c.newRefusal("RETR", text), c.loginRefusal("PASS", text, promised)} {
			reply := r.answer.Text
			printable := strings.Trim(reply, "\x20\x21\x22#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~") == ""
			if !printable || len(reply) > maxText || strings.HasPrefix(reply, "[") || strings.Contains(reply, c.secret) {
				t.Fatalf("%q: %q", text, reply)
			}
			switch r.answer.Code {
			case pop3.CodeNone, pop3.CodeAuth, pop3.CodeInUse, pop3.CodeSysTemp, pop3.CodeSysPerm, codeLoginDelay:
			default:
				t.Fatalf("%q: code %q", text, r.answer.Code)
			}
		}
	})
}

// An accepted listing is consistent, for any data of the backend.
func FuzzListing(f *testing.F) {
	f.Add([]byte("+OK 2 30\r\n+OK\r\n1 10\r\n2 20\r\n.\r\n+OK\r\n1 a\r\n2 b\r\n.\r\n+OK 1\r\n"))
	f.Add([]byte("+OK 2 2\r\n+OK\r\n1 1\r\n2 1\r\n.\r\n+OK\r\n1 a\r\n2 a\r\n.\r\n+OK 2 is the last read message.\r\n"))
	f.Add([]byte("+OK 0 0\r\n+OK\r\n.\r\n+OK\r\n.\r\n-ERR\r\n"))
	f.Add([]byte("+OK 1 1\r\n+OK\r\n1 1\r\n.\r\n-ERR\r\n-ERR\r\n"))
	f.Add([]byte("+OK 1 1\n+OK\n1 1 x\n.\n+OK\n1 a \n.\n+OK 0\n"))
	f.Add([]byte("+OK 500001 1\r\n"))
	f.Add([]byte("+OK 1 1\r\n+OK\r\n1 1\r\n..\r\n.\r\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		listing, err := listingOf(t, sent)
		if err != nil {
			return
		}
		var octets int64
		for n := 1; n <= listing.Len(); n++ {
			m := listing.Message(n)
			octets += m.Octets
			if m.UIDL != "" && (len(m.UIDL) > 70 || strings.ContainsFunc(m.UIDL, func(r rune) bool { return r < 0x21 || r > 0x7E })) {
				t.Fatalf("%q: UIDL %q", sent, m.UIDL)
			}
			if m.UIDL == "" && listing.HasUIDLs() || m.Octets < 0 {
				t.Fatalf("%q: %+v", sent, m)
			}
		}
		if stat := fmt.Sprintf("+OK %d %d", listing.Len(), octets); octets != listing.Octets() || !plain(sent, stat) {
			t.Fatalf("%q: %s", sent, stat)
		}
	})
}

// plain reports whether the first line is that of stat or has its numbers in another
// form.
func plain(sent []byte, stat string) bool {
	first, _, _ := strings.Cut(string(sent), "\n")
	return strings.HasPrefix(first, stat) || strings.Contains(first, " 0")
}

// listingOf reads a listing that the backend sends in one write.
func listingOf(t *testing.T, sent []byte) (*pop3.Listing, error) {
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		_, _ = theirs.Write(sent)
		_ = theirs.Close()
	}()
	c := newConn(ours, server{"h", "110"}, time.Minute, "")
	listing, err := c.list(features{known: true, pipelining: true})
	_ = c.fail(errClosedHere)
	<-done
	if err == nil && listing == nil {
		t.Fatal("neither a listing nor an error")
	}
	return listing, err
}

func FuzzParseServers(f *testing.F) {
	for _, list := range []string{"localhost:10110", "a, b:1", "[::1]:1,::1", "a:0", "", ",", "a:b", "[a]", "a..b", "fe80::1%x"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		servers, err := parseServers(list)
		if (err == nil) != (len(servers) > 0) || len(servers) > maxServers {
			t.Fatalf("%q: %v, %v", list, servers, err)
		}
		for _, s := range servers {
			again, err := parseServer(s.String())
			if err != nil || again != s {
				t.Fatalf("%q: %v, read again %v, %v", list, s, again, err)
			}
		}
	})
}

// The command has the expected number of words, for any name of the session.
func FuzzXCLIENT(f *testing.F) {
	f.Add("abc", 0)
	f.Add("a b\r\nQUIT", 3)
	f.Fuzz(func(t *testing.T, session string, hops int) {
		command := xclient(&pop3.Client{Session: session, Hops: hops})
		if !regexp.MustCompile(`^XCLIENT( SESSION=[0-9A-Za-z]{1,64})? TTL=-?[0-9]+$`).MatchString(command) {
			t.Fatalf("%q", command)
		}
	})
}
