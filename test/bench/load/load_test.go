package load_test

import (
	"crypto/tls"
	"net"
	"net/netip"
	"strings"
	"testing"

	"tpops/test/bench/load"
	"tpops/test/bench/mail"
	"tpops/test/bench/null"
	"tpops/test/bench/peer"
)

var message = mail.Message(3000)

// serve starts the null server and returns how to reach it without and with TLS.
func serve(t *testing.T) []load.Target {
	dir := t.TempDir()
	cert, err := peer.NewCertificate(dir)
	if err != nil {
		t.Fatal(err)
	}
	config, err := cert.Server()
	if err != nil {
		t.Fatal(err)
	}
	server, err := null.New(dir, message, config, nil)
	if err != nil {
		t.Fatal(err)
	}
	var targets []load.Target
	for _, client := range []*tls.Config{nil, cert.Client()} {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go server.Serve(l, client != nil)
		targets = append(targets, load.Target{Addr: netip.MustParseAddrPort(l.Addr().String()), TLS: client})
	}
	return targets
}

// retrieved is the length of the reply to RETR.
var retrieved = int64(len("+OK\r\n") + len(mail.OnTheWire(message)) + len(".\r\n"))

func TestCrowd(t *testing.T) {
	session := append(load.Login("ann", "secret"), load.Single("STAT"), load.Multi("RETR 1"), load.Multi("UIDL"), load.Single("QUIT"))
	for _, target := range serve(t) {
		left := []int{5, 5, 5, 0}
		crowd := load.Crowd{Target: target, Clients: len(left), Next: func(client int) []load.Step {
			if left[client] == 0 {
				return nil
			}
			left[client]--
			return session
		}}
		r, err := crowd.Run()
		if err != nil {
			t.Fatal(err)
		}
		one := int64(2*len("+OK\r\n")+len("+OK 0 0\r\n")+len("+OK\r\n.\r\n")+len("+OK bye\r\n")) + retrieved
		if r.Sessions != 15 || r.Replies != 15*6 || r.Octets != 15*one {
			t.Errorf("TLS %t: %+v, want 15 sessions, 90 replies, %d octets", target.TLS != nil, r, 15*one)
		}
	}
}

func TestOpenConnections(t *testing.T) {
	for _, target := range serve(t) {
		conns := make([]*load.Conn, 3)
		buf := load.Buffer()
		target.From = netip.MustParseAddr("127.0.3.4")
		for i := range conns {
			c, err := load.Dial(target, buf)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			conns[i] = c
		}
		var done [3]int
		crowd := load.Crowd{Target: target, Clients: 3, Open: conns, Next: func(client int) []load.Step {
			done[client]++
			if done[client] > 10 {
				return nil
			}
			return []load.Step{load.Multi("RETR 1"), load.Multi("TOP 1 0")}
		}}
		r, err := crowd.Run()
		if err != nil || r.Sessions != 30 || r.Replies != 60 {
			t.Errorf("%+v, %v; want 30 batches, 60 replies", r, err)
		}
		if n, err := conns[0].Do(load.Multi("RETR 1"), buf); n != retrieved || err != nil {
			t.Errorf("after the crowd: %d octets, %v, want %d", n, err, retrieved)
		}
	}
}

func TestLines(t *testing.T) {
	targets := serve(t)
	conns, err := load.DialAll(targets[0], 4, load.Buffer())
	if err != nil {
		t.Fatal(err)
	}
	want := int64(strings.Count(string(message), "\n"))
	for _, size := range []int{7, 4096} {
		for _, c := range conns {
			if n, err := c.Lines(load.Multi("RETR 1"), make([]byte, size)); n != want || err != nil {
				t.Errorf("%d lines, %v, want %d", n, err, want)
			}
		}
	}
	for _, c := range conns {
		c.Close()
	}
}

// pieces serves one connection: it sends the first text as its greeting, and the
// others, each in a segment of its own, after the first command.
func pieces(t *testing.T, texts ...string) load.Target {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		conn.Write([]byte(texts[0]))
		conn.Read(make([]byte, 100))
		for _, text := range texts[1:] {
			conn.Write([]byte(text))
		}
	}()
	return load.Target{Addr: netip.MustParseAddrPort(l.Addr().String())}
}

func TestReplyInPieces(t *testing.T) {
	target := pieces(t, "+OK ready\r\n", "+", "OK\r\n", "a\r\n..", "\r", "\n.\r\n", "x\r\n.", "\r", "\n")
	// One octet at a time no piece contains more than a part of the final dot.
	c, err := load.Dial(target, make([]byte, 1))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// The line "..": its dot is doubled, and does not end the reply. The line
	// "." does, where a server doubles dots.
	n, err := c.Do(load.Multi("UIDL"), make([]byte, 1))
	if want := int64(len("+OK\r\na\r\n..\r\n.\r\n")); n != want || err != nil {
		t.Errorf("%d octets, %v, want %d", n, err, want)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		sends []string
		want  string
	}{
		{[]string{"+OK\r\n", "-ERR [SYS/TEMP] disk\r\n"}, "STAT: \"-ERR [SYS/TEMP] disk\""},
		{[]string{"-ERR busy\r\n"}, "busy"},
	} {
		crowd := load.Crowd{Target: pieces(t, test.sends...), Clients: 1, Next: func(int) []load.Step {
			return []load.Step{load.Single("STAT")}
		}}
		if _, err := crowd.Run(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v, want one with %q", test.sends, err, test.want)
		}
	}
	secret := load.Login("ann", "secret")[1].String()
	if strings.Contains(secret, "secret") {
		t.Errorf("an error would contain a password: %q", secret)
	}
}

func TestNothingIsAllocatedForAReply(t *testing.T) {
	target := serve(t)[0]
	buf := load.Buffer()
	c, err := load.Dial(target, buf)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	step := load.Multi("RETR 1")
	if n := testing.AllocsPerRun(100, func() {
		if _, err := c.Do(step, buf); err != nil {
			t.Fatal(err)
		}
	}); n >= 1 {
		t.Errorf("%v allocations for a reply", n)
	}
}
