package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"tpops/pkg/verify"
)

// popServer is a POP3 server for which a function replies to commands.
type popServer struct {
	addr string
	mu   sync.Mutex
	got  []string // commands, each once
}

func newPOPServer(t *testing.T, reply func(command string) string) *popServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &popServer{addr: l.Addr().String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c, reply)
		}
	}()
	return s
}

func (s *popServer) serve(c net.Conn, reply func(string) string) {
	defer c.Close()
	fmt.Fprint(c, "+OK\r\n")
	for lines := bufio.NewScanner(c); lines.Scan(); {
		name, _, _ := strings.Cut(lines.Text(), " ")
		s.mu.Lock()
		if !slices.Contains(s.got, name) {
			s.got = append(s.got, name)
		}
		s.mu.Unlock()
		if _, err := fmt.Fprint(c, reply(lines.Text())); err != nil || name == "QUIT" {
			return
		}
	}
}

// lists returns the replies of a server with messages of 10 octets, whose users have the
// password secret.
func lists(uidls ...string) func(string) string {
	return func(command string) string {
		list := func(row func(i int) string) string {
			text := "+OK\r\n"
			for i := range uidls {
				text += fmt.Sprintf("%d %s\r\n", i+1, row(i))
			}
			return text + ".\r\n"
		}
		switch command {
		case "STAT":
			return fmt.Sprintf("+OK %d %d\r\n", len(uidls), 10*len(uidls))
		case "LIST":
			return list(func(int) string { return "10" })
		case "UIDL":
			return list(func(i int) string { return uidls[i] })
		case "PASS secret", "QUIT":
			return "+OK\r\n"
		}
		if strings.HasPrefix(command, "USER ") {
			return "+OK\r\n"
		}
		return "-ERR unknown command\r\n"
	}
}

func TestVerify(t *testing.T) {
	t.Chdir(t.TempDir())
	was, now := newPOPServer(t, lists("a", "b", "c")), newPOPServer(t, lists("a", "x", "c"))
	busy := newPOPServer(t, func(string) string { return "-ERR [IN-USE] later\r\n" })
	odd := newPOPServer(t, func(string) string { return "HTTP/1.1 400\r\n" })
	writeTest(t, "users", "ann\tsecret\nbob\tsecret\n")
	writeTest(t, "mixed", "ann\tsecret\nbob\twrong\n")
	writeTest(t, "bad", "ann secret\n")
	writeTest(t, "empty", "")
	verify := func(old, server, rest string) string {
		return "verify --tls no --against " + old + " --server " + server + " " + rest
	}
	for _, step := range []step{
		{"equal", "secret\n", verify(was.addr, was.addr, "ann*master"), 0, "ann*master: equal, 3 messages\nusers: 1 equal\n3 messages\n", ""},
		{"file", "", verify(was.addr, was.addr, "--users users"), 0, "users: 2 equal\n", ""},
		{"standard input", "ann\tsecret\n", verify(was.addr, was.addr, "--users -"), 0, "users: 1 equal\n", ""},
		{"different", "", verify(was.addr, now.addr, "--users users"), exitPart, "ann: different, 3 messages: 1 would be downloaded again, 1 missing on the new server\n" +
			"    message 2 of the new server is not on the old one: UIDL x\n    message 2 of the old server is not on the new one: UIDL b\nbob: ", "2 of 2 users"},
		{"few lines", "", verify(was.addr, now.addr, "--users users --lines 0"), exitPart, "on the new server\nbob: ", "2 of 2 users"},
		{"refused", "", verify(was.addr, now.addr, "--users mixed"), exitRefused, "users: 1 different, 1 login refused\n", "2 of 2 users"},
		{"busy", "", verify(was.addr, busy.addr, "--users users"), exitTemporary, "new server: ", "2 of 2 users"},
		{"no POP3", "", verify(odd.addr, was.addr, "--users users"), exitData, "old server: ", "2 of 2 users"},
		{"unreachable", "", verify("127.0.0.1:1", was.addr, "--users users"), exitNoServer, "server unreachable: old server: ", "2 of 2 users"},
		{"TLS wanted", "", "verify --against " + was.addr + " --server " + was.addr + " --users users", exitNoServer, "STLS: -ERR", "2 of 2 users"},
		{"bad file", "", verify(was.addr, was.addr, "--users bad"), exitData, "", "entry 1"},
		{"no user", "", verify(was.addr, was.addr, "--users empty"), exitNoInput, "", "no user"},
		{"no password", "", verify(was.addr, was.addr, "ann"), exitNoInput, "", "password of ann"},
		{"endless password", strings.Repeat("x", 1<<20), verify(was.addr, was.addr, "ann"), exitNoInput, "", "too long"},
		{"nobody", "", verify(was.addr, was.addr, ""), exitUsage, "", "name the users"},
		{"no server", "", "verify ann", exitUsage, "", "--against"},
		{"wrong server", "", verify("h:0", was.addr, "ann"), exitUsage, "", "--against: "},
		{"wrong mode", "", "verify --against h:1 --tls x ann", exitUsage, "", "--tls x"},
		{"no CA file", "", "verify --against h:1 --tls-ca none ann", exitUsage, "", "--tls-ca: "},
		{"damaged CA file", "", "verify --against h:1 --tls-ca " + damagedCA(t) + " ann", exitUsage, "", "a certificate is damaged or incomplete"},
		{"CA without effect", "", "verify --against h:1 --tls-ca none --insecure ann", exitUsage, "", "no effect"},
		{"no jobs", "", "verify --against h:1 --jobs 0 ann", exitUsage, "", "--jobs"},
		{"lines", "", "verify --against h:1 --lines -1 ann", exitUsage, "", "--lines"},
	} {
		t.Run(step.name, step.run)
	}
	if want := []string{"CAPA", "USER", "PASS", "STAT", "LIST", "UIDL", "LAST", "QUIT"}; !slices.Equal(now.got, want) {
		t.Errorf("the new server got %v", now.got)
	}
}

func TestVerifyJSON(t *testing.T) {
	was, now := newPOPServer(t, lists("a", "b")), newPOPServer(t, lists("b", "a"))
	code, stdout, _ := call("secret\n", "verify", "--tls=no", "--json", "--against="+was.addr, "--server="+now.addr, "ann")
	var r verify.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != exitPart {
		t.Fatalf("exit %d, %s, %v", code, stdout, err)
	}
	if r.Login != "ann" || r.Status != verify.StatusDifferent || r.Moved != 1 || r.Messages != 2 || len(r.Differences) != 1 {
		t.Errorf("%s", stdout)
	}
}

// A server that sends without end, or lines without end, is given up.
func TestVerifyHostile(t *testing.T) {
	good := lists("a")
	server := newPOPServer(t, good)
	for name, reply := range map[string]string{
		"long line":  "+OK\r\n1 " + strings.Repeat("a", 1<<16) + "\r\n.\r\n",
		"many lines": "+OK\r\n" + strings.Repeat("1 a\r\n", 1<<16),
		"too few":    "+OK\r\n.\r\n",
		"control":    "+OK\r\n1 a\x1b[2J\r\n.\r\n",
	} {
		bad := newPOPServer(t, func(command string) string {
			if command == "UIDL" {
				return reply
			}
			return good(command)
		})
		code, stdout, _ := call("secret\n", "verify", "--tls=no", "--against="+server.addr, "--server="+bad.addr, "ann")
		if code != exitData || !strings.Contains(stdout, verify.StatusInvalid) || strings.Contains(stdout, "\x1b") || len(stdout) > 1000 {
			t.Errorf("%s: exit %d, %.1000q", name, code, stdout)
		}
	}
}

// damagedCA returns a file with a certificate that is incomplete.
func damagedCA(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.pem")
	writeTest(t, name, "-----BEGIN CERTIFICATE-----\nAAAA\n")
	return name
}
