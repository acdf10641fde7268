//go:build integration && amd64

package killed

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/uidlist"
	"tpops/test/fixture"
)

// tool is a subcommand of tpopsctl that changes mailboxes.
type tool struct {
	prepare func(m *model) // what it has to do
	args    func(m *model) []string
	after   func(m *model) // what has to hold when it was repeated
}

// tools are the subcommands that move messages or decide on UIDLs.
var tools = map[string]tool{
	"undo": {
		prepare: func(m *model) { m.session(3, 3); m.deletedAreMaybe() },
		args:    func(m *model) []string { return []string{"undo", "-f", m.config(), "--maildir", m.box.Dir} },
		after:   (*model).nothingDeleted,
	},
	"import": {
		prepare: (*model).withDovecotsList,
		args: func(m *model) []string {
			return []string{"import", "--from", "dovecot", "--uidl-format", "%u.%v", "--apply", m.box.Dir}
		},
		after: (*model).wantDovecots,
	},
	"export": {
		prepare: func(m *model) { m.look(-1) },
		args:    func(m *model) []string { return []string{"export", "--to", "dovecot", "--apply", m.box.Dir} },
		after:   (*model).wantExported,
	},
	"expire-deleted": {
		prepare: func(m *model) { m.session(3, 3); m.lossy = true },
		args: func(m *model) []string {
			return []string{"expire-deleted", "-f", m.config(), "--older-than", "0s", m.box.Dir}
		},
		after: (*model).nothingKept,
	},
	"set-aside": {
		prepare: func(m *model) { m.look(-1); m.entries[hiddenOne].state = maybe },
		args:    func(m *model) []string { return m.aside("set-aside") },
		after: func(m *model) {
			m.entries[hiddenOne].state = maybe
			m.checkFiles()
			if m.count(deleted) != 1 {
				m.errorf("the message is not set aside")
			}
		},
	},
	"set-back": {
		prepare: func(m *model) {
			m.look(-1)
			if code, stdout, stderr := fixture.RunTpopsctl(m.t, m.aside("set-aside")...); code != 0 {
				m.t.Fatalf("set-aside: exit %d, %s%s", code, stdout, stderr)
			}
			m.entries[hiddenOne].state = maybe
		},
		args:  func(m *model) []string { return m.aside("set-back") },
		after: (*model).nothingDeleted,
	},
}

// hiddenOne is the message that is set aside.
const hiddenOne = 2

// aside returns the arguments of set-aside or set-back for a message.
func (m *model) aside(command string) []string {
	return []string{command, "-f", m.config(), "--maildir", m.box.Dir, m.entries[hiddenOne].uidl}
}

// TestToolsKilled kills tpopsctl at its system calls, and repeats the command.
func TestToolsKilled(t *testing.T) { eachTool(t, kill) }

// TestToolsFail makes system calls of tpopsctl fail, and repeats the command.
func TestToolsFail(t *testing.T) { eachTool(t, fail) }

func eachTool(t *testing.T, how way) {
	fixture.NeedRoot(t)
	n := kills(t, 40) / 20
	for name, tool := range tools {
		t.Run(name, func(t *testing.T) {
			siege{n: n, calls: 60}.run(t, func(at, round int) bool {
				m := newModel(t, 12, "--keep-deleted=7d")
				m.label = fmt.Sprintf("%s round %d call %d", name, round, at)
				trap := how(at, round)
				trap.below = filepath.Dir(m.box.Dir)
				return tool.attack(m, trap)
			})
		})
	}
}

// attack runs the tool with a trap, looks at the mailbox, and runs it again. It reports
// whether the trap caught a call.
func (w tool) attack(m *model, t trap) bool {
	m.t.Helper()
	w.prepare(m)
	program := fixture.Program(m.t, "tpopsctl")
	cmd := exec.Command(program, w.args(m)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	s, err := supervised(m.t, func(*supervisor) error { return cmd.Start() })
	if err != nil {
		m.t.Fatal(err)
	}
	s.set(t)
	err = cmd.Wait()
	hit := s.disarm()
	s.close()
	m.label += " " + hit
	if text := out.String(); strings.Contains(text, "panic:") || strings.Contains(text, "fatal error:") || hit == "" && err != nil {
		m.errorf("%v: %s", err, text)
	}
	m.checkFiles()
	code, stdout, stderr := fixture.RunTpopsctl(m.t, w.args(m)...)
	if code > 1 { // 1: nothing is left to be done.
		m.errorf("again: exit %d, %s%s", code, stdout, stderr)
	}
	w.after(m)
	m.look(-1)
	return hit != ""
}

// config returns a configuration file for the mailbox.
func (m *model) config() string {
	return fixture.Write(m.t, "tpops.toml", fmt.Sprintf("auth-type = \"passwd-file\"\npasswd-file = %q\nkeep-deleted = \"7d\"\n", m.box.Users))
}

// session deletes messages.
func (m *model) session(retr, dele int) {
	m.t.Helper()
	client, theirs := fixture.Connection(m.t)
	if err := startInetd(m.program, m.params, theirs); err != nil {
		m.t.Fatal(err)
	}
	v := &visit{m: m, c: (&server{}).greeted(client), retr: retr, dele: dele, must: true}
	v.play()
}

// deletedAreMaybe notes that deleted messages can be back at any time.
func (m *model) deletedAreMaybe() {
	for _, e := range m.entries {
		if e.state == deleted {
			e.state = maybe
		}
	}
	m.order = nil // The deleted ones are back between the others.
}

// nothingDeleted checks that all messages are in the mailbox.
func (m *model) nothingDeleted() {
	m.t.Helper()
	m.deletedAreMaybe()
	m.checkFiles()
	if n := m.count(deleted); n > 0 {
		m.errorf("%d messages are still deleted", n)
	}
}

// nothingKept checks that no deleted message is kept any more.
func (m *model) nothingKept() {
	m.t.Helper()
	if _, hidden := m.files(); len(hidden) > 0 {
		m.errorf("%d messages are still kept", len(hidden))
	}
}

// wantExported checks that Dovecot's list has the UIDL of each message.
func (m *model) wantExported() {
	m.t.Helper()
	name := filepath.Join(m.box.Dir, "dovecot-uidlist")
	text := fixture.Read(m.t, name)
	list, err := uidlist.ReadDovecot(uidlist.Source{Reader: strings.NewReader(text), Path: name})
	if err != nil {
		m.t.Fatal(err)
	}
	exported := map[string]string{}
	for _, e := range list.Entries {
		exported[e.Unique], _ = e.Field('P')
	}
	for _, e := range m.entries {
		if exported[e.unique] != e.uidl {
			m.errorf("%s is exported with UIDL %q, want %q", e.unique, exported[e.unique], e.uidl)
		}
	}
}

// withDovecotsList makes the list that Dovecot would have.
func (m *model) withDovecotsList() {
	m.t.Helper()
	var list strings.Builder
	fmt.Fprintf(&list, "3 V1700000000 N%d G0123456789abcdef0123456789abcdef\n", len(m.entries)+1)
	for i, e := range m.entries {
		fmt.Fprintf(&list, "%d :%s\n", i+1, e.unique)
	}
	if err := os.WriteFile(filepath.Join(m.box.Dir, "dovecot-uidlist"), []byte(list.String()), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// wantDovecots makes the UIDLs of Dovecot those that clients have seen.
func (m *model) wantDovecots() {
	for i, e := range m.entries {
		e.uidl = fmt.Sprintf("%d.1700000000", i+1)
	}
}
