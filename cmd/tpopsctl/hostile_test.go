package main

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// hostileReplies are replies of a server, by the command, that verify and import must
// reject. None of them ends as it should.
var hostileReplies = map[string]struct {
	command, reply string
	want           string // in the report
}{
	"line without end":          {"UIDL", "+OK\r\n1 " + strings.Repeat("a", 1<<20), "UIDL: this is not POP3: a line of more than 1024 octets"},
	"more UIDLs than messages":  {"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n", "UIDL: this is not POP3"},
	"UIDLs without end":         {"UIDL", "+OK\r\n" + strings.Repeat("1 a\r\n", 1<<16), "UIDL: this is not POP3"},
	"fewer UIDLs than messages": {"UIDL", "+OK\r\n.\r\n", "UIDL: this is not POP3: 0 messages have a UIDL, of 1"},
	"UIDL with an escape":       {"UIDL", "+OK\r\n1 a\x1b[2J\r\n.\r\n", `UIDL: this is not POP3: "1 a\x1b[2J"`},
	"UIDL with a C1 control":    {"UIDL", "+OK\r\n1 a\x9b2J\r\n.\r\n", `UIDL: this is not POP3: "1 a\x9b2J"`},
	"UIDL of two lines":         {"UIDL", "+OK\r\n1 a\rb\r\n.\r\n", `UIDL: this is not POP3: "1 a\rb"`},
	"UIDL with a tab":           {"UIDL", "+OK\r\n1 a\tb\r\n.\r\n", `UIDL: this is not POP3: "1 a\tb"`},
	"UIDL with a NUL":           {"UIDL", "+OK\r\n1 a\x00\r\n.\r\n", `UIDL: this is not POP3: "1 a\x00"`},
	"number of 65 bits":         {"UIDL", "+OK\r\n18446744073709551617 a\r\n.\r\n", "UIDL: this is not POP3"},
	"size of 64 bits":           {"LIST", "+OK\r\n1 18446744073709551615\r\n.\r\n", "LIST: this is not POP3"},
	"count of 64 bits":          {"STAT", "+OK 18446744073709551617 10\r\n", "STAT: this is not POP3"},
	"very many messages":        {"STAT", "+OK 9223372036854775807 10\r\n", "STAT: 9223372036854775807 messages: more than 500000 are not served"},
	"escape in an error":        {"STAT", "-ERR \x1b[2J\x9b2J\r\n", "STAT: -ERR"},
	"endless error":             {"PASS secret", "-ERR " + strings.Repeat("x", 1<<20), "PASS: this is not POP3: a line of more than 1024 octets"},
	"no header":                 {"TOP 1 0", "+OK\r\n" + strings.Repeat("X: y\r\n", 1<<22), "header of message 1: it has more than"},
}

// A server that never comes to an end, or sends what is no POP3, is given up. The report
// names it and stays small, and no control character comes to the terminal.
func TestHostileServers(t *testing.T) {
	t.Chdir(t.TempDir())
	makeMaildir(t, "box", "1.a")
	box, err := filepath.Abs("box")
	if err != nil {
		t.Fatal(err)
	}
	writeTest(t, "accounts", box+"\tann\tsecret\n")
	good := lists("a")
	for name, h := range hostileReplies {
		bad := newPOPServer(t, func(command string) string {
			if command == h.command {
				return h.reply
			}
			return good(command)
		})
		commands := []string{"import --from pop3 --tls no --accounts accounts --server " + bad.addr}
		if h.command != "TOP 1 0" { // verify does not send it.
			commands = append(commands, "verify --tls no --against "+bad.addr+" --server "+bad.addr+" ann")
		}
		for _, command := range commands {
			before := allocated()
			code, stdout, stderr := call("secret\n", strings.Fields(command)...)
			all := stdout + stderr
			if code == 0 || !strings.Contains(all, bad.addr) || !strings.Contains(all, h.want) {
				t.Errorf("%s: %s: exit %d, %.1000q, want %q", name, command, code, all, h.want)
			}
			if strings.ContainsAny(all, "\x1b\u009b\r\x00\t") || len(all) > 1000 {
				t.Errorf("%s: %s: %d octets, %.1000q", name, command, len(all), all)
			}
			if more := allocated() - before; h.command != "TOP 1 0" && more > 64<<20 {
				t.Errorf("%s: %s: %d octets allocated", name, command, more)
			}
		}
	}
}

// allocated returns how many octets the process has allocated so far.
func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}
