//go:build systemd

package systemd

import (
	"bytes"
	"fmt"
	"strings"

	"tpops/test/corpus"
)

// stageMessages is how many letters the mailbox of a stage has at first.
const stageMessages = 12

// bigOctets is more than the buffers of both ends of a connection take, so that
// a server that sends it has to wait for the client.
const bigOctets = 48 << 20

// stage is a session at a point at which a restart may meet it.
type stage struct {
	name  string
	begin func(v *visit, user string)       // until the restart
	meet  func(v *visit) error              // while the daemon stops; nil: nothing
	end   func(v *visit, user string) error // after the restart, until QUIT or otherwise the end
}

// stages are all that TPOPS promises to live through.
var stages = []stage{
	{name: "greeted",
		begin: func(*visit, string) {},
		end:   func(v *visit, user string) error { v.login(user); v.quit(); return nil }},
	{name: "halfuser",
		begin: func(v *visit, user string) { v.send("USER " + user[:3]) },
		end: func(v *visit, user string) error {
			v.want(user[3:], `^\+OK`)
			v.want("PASS "+userPassword, `^\+OK`)
			v.quit()
			return nil
		}},
	{name: "usergiven",
		begin: func(v *visit, user string) { v.want("USER "+user, `^\+OK`) },
		end: func(v *visit, _ string) error {
			v.want("PASS "+userPassword, `^\+OK`)
			v.quit()
			return nil
		}},
	{name: "halfpass",
		begin: func(v *visit, user string) { v.want("USER "+user, `^\+OK`); v.send("PASS " + userPassword[:6]) },
		end: func(v *visit, _ string) error {
			v.want(userPassword[6:], `^\+OK`)
			v.quit()
			return nil
		}},
	{name: "halfcommand",
		begin: func(v *visit, user string) { v.login(user); v.send("ST") },
		end:   func(v *visit, _ string) error { v.want("AT", `^\+OK \d`); v.quit(); return nil }},
	{name: "halfcrlf",
		begin: func(v *visit, user string) { v.login(user); v.send("NOOP\r") },
		end:   func(v *visit, _ string) error { v.send("\n"); v.line(`^\+OK`); v.quit(); return nil }},
	{name: "pipelined",
		begin: func(v *visit, user string) { v.login(user); v.send(strings.Repeat("NOOP\r\n", 300) + "STAT\r\n") },
		end: func(v *visit, _ string) error {
			for range 301 {
				v.line(`^\+OK`)
			}
			v.quit()
			return nil
		}},
	{name: "marks", begin: beginMarks, end: endMarks},
	{name: "noquit", begin: beginMarks,
		end: func(v *visit, _ string) error { return v.Close() }}, // nothing may be deleted
	{name: "retrieving",
		begin: func(v *visit, user string) { v.login(user); v.want("RETR 1", `^\+OK`) },
		meet:  func(v *visit) error { return v.restOf(corpus.Wire(bigLetter()[0].Data)) },
		end:   func(v *visit, _ string) error { v.want("NOOP", `^\+OK`); v.quit(); return nil }},
}

// beginMarks marks the first message as deleted.
func beginMarks(v *visit, user string) {
	v.t.Helper()
	v.login(user)
	v.want("DELE 1", `^\+OK`)
	v.want("RETR 2", `^\+OK`)
	for v.line("") != "." {
	}
	v.noted = v.want("LAST", `^\+OK`)
}

// endMarks shows that the mark is still there and carried out at QUIT.
func endMarks(v *visit, _ string) error {
	v.t.Helper()
	v.want("LIST 1", `^-ERR`)
	if last := v.want("LAST", `^\+OK`); last != v.noted {
		return fmt.Errorf("LAST is %s, and was %s", last, v.noted)
	}
	uidl := v.want("UIDL 2", `^\+OK 2 `)
	v.want("RSET", `^\+OK`)
	v.want("LIST 1", `^\+OK`)
	v.want("DELE 1", `^\+OK`)
	if again := v.want("UIDL 2", `^\+OK 2 `); again != uidl {
		return fmt.Errorf("%s, then %s", uidl, again)
	}
	v.quit()
	return nil
}

// bigLetter returns one message of bigOctets.
func bigLetter() []corpus.Message {
	line := []byte(strings.Repeat("Zeile ", 12) + "\n")
	data := append([]byte("Subject: big\n\n"), bytes.Repeat(line, bigOctets/len(line))...)
	return []corpus.Message{{Kind: "big", Name: "new/1600000000.big", Data: data}}
}

// restOf reads the lines of a message whose first line of the answer was read. want is what the
// client has to get. It is not copied, so that thousands of clients can do this at once.
func (v *visit) restOf(want []byte) error {
	for left := want; ; {
		line, err := v.Line()
		if err != nil {
			return fmt.Errorf("after %d octets: %w", len(want)-len(left), err)
		}
		if line == "." && len(left) == 0 {
			return nil
		}
		rest, ok := bytes.CutPrefix(left, []byte(strings.TrimPrefix(line, ".")+"\r\n"))
		if !ok || line == "." {
			return fmt.Errorf("after %d of %d octets: %.80q", len(want)-len(left), len(want), line)
		}
		left = rest
	}
}

// stageUser is the user of a stage.
func stageUser(s *stage) string { return "stage-" + s.name }

// addStageUsers adds the users of all stages.
func (s *site) addStageUsers() {
	s.t.Helper()
	for i := range stages {
		messages := letters(stageMessages)
		if stages[i].meet != nil {
			messages = append(bigLetter(), messages...)
		}
		s.userWithMail(stageUser(&stages[i]), messages)
	}
}
