//go:build integration && amd64

package killed

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tpops/test/daemon"
)

// visit is a session of a client.
type visit struct {
	m     *model
	c     *daemon.Client
	retr  int  // how many messages to retrieve; all if negative
	dele  int  // how many to delete
	must  bool // everything has to work
	quit  bool // QUIT was sent
	lost  bool // the connection broke
	uidls []string
	marks []*entry
}

// play logs in, lists, retrieves, deletes and quits, and stops where the connection breaks.
// Whatever the server answers must be true. A refusal is no fault of its own.
func (v *visit) play() {
	v.m.t.Helper()
	if v.c == nil {
		return
	}
	defer v.c.Close()
	if v.login() && v.list() && v.retrieve() && v.delete() {
		v.end()
	}
	if v.must && v.lost {
		v.m.errorf("the connection broke")
	}
}

// command sends a command. It is not ok if it is refused or the connection breaks.
func (v *visit) command(command string) (answer string, ok bool) {
	answer, err := v.c.Command(command)
	return answer, v.judge(command, answer, err)
}

// judge reports whether a command was successful, and checks how it was not.
func (v *visit) judge(command, answer string, err error) bool {
	v.m.t.Helper()
	if err != nil {
		v.lost = true
		if strings.Contains(err.Error(), "timeout") {
			v.m.errorf("%s: no answer: %v", command, err)
		}
		return false
	}
	ok := strings.HasPrefix(answer, "+OK")
	// A client gives up after a refusal that is not temporary: it asks for another password.
	if !ok && !slices.ContainsFunc([]string{"-ERR [SYS/TEMP]", "-ERR [IN-USE]"}, func(p string) bool { return strings.HasPrefix(answer, p) }) {
		v.m.errorf("%s: %q", command, answer)
	}
	if !ok && v.must {
		v.m.errorf("%s: %q, but nothing is in the way", command, answer)
	}
	return ok
}

func (v *visit) login() bool {
	if _, ok := v.command("USER " + v.m.user.Name); !ok {
		return false
	}
	_, ok := v.command("PASS " + v.m.user.Password)
	return ok
}

// list compares the list with what clients have seen before.
func (v *visit) list() bool {
	v.m.t.Helper()
	status, lines, err := v.c.Multi("UIDL")
	if !v.judge("UIDL", status, err) {
		return false
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(lines)) {
		fields := strings.Fields(line)
		if len(fields) != 2 || fields[0] != strconv.Itoa(len(v.uidls)+1) || seen[fields[1]] {
			v.m.errorf("UIDL: line %q, known %v", line, seen[fields[1]])
			return false
		}
		seen[fields[1]] = true
		v.uidls = append(v.uidls, fields[1])
	}
	v.compareMessages(seen)
	v.compareOrder(seen)
	return true
}

// compareMessages compares the list with the model. A message that no client has seen may
// be left out if the list of another server cannot be written (tpops-maildir(7)).
func (v *visit) compareMessages(seen map[string]bool) {
	v.m.t.Helper()
	fresh := 0
	for _, e := range v.m.entries {
		if e.uidl == "" && e.state == alive {
			fresh++
		}
		if e.uidl != "" && e.state == alive && !seen[e.uidl] {
			v.m.errorf("UIDL %s of %s is missing", e.uidl, e.unique)
		}
	}
	least, most := v.m.count(alive), v.m.count(alive)
	if v.m.follows && !v.must {
		least -= fresh
	}
	if n := len(v.uidls); n < least || n > most {
		v.m.errorf("%d messages listed, want %d to %d", n, least, most)
	}
}

// compareOrder compares the order with that of the last list.
func (v *visit) compareOrder(seen map[string]bool) {
	v.m.t.Helper()
	before := map[string]bool{}
	for _, uidl := range v.m.order {
		before[uidl] = true
	}
	was := slices.DeleteFunc(slices.Clone(v.m.order), func(uidl string) bool { return !seen[uidl] })
	now := slices.DeleteFunc(slices.Clone(v.uidls), func(uidl string) bool { return !before[uidl] })
	if !slices.Equal(was, now) {
		v.m.errorf("the order has changed: %v, before %v", now, was)
	}
	v.m.order = v.uidls
}

// retrieve fetches messages, and compares each with the model.
func (v *visit) retrieve() bool {
	v.m.t.Helper()
	n := len(v.uidls)
	if v.retr >= 0 {
		n = min(n, v.retr)
	}
	for i := range n {
		status, lines, err := v.c.Multi(fmt.Sprintf("RETR %d", i+1))
		if !v.judge("RETR", status, err) {
			return false
		}
		e := v.m.byWire(string(lines))
		if e == nil || e.state == deleted {
			v.m.errorf("RETR %d: no message of the mailbox: %.60q", i+1, lines)
			continue
		}
		if e.uidl == "" {
			e.uidl = v.uidls[i]
		}
		if e.uidl != v.uidls[i] {
			v.m.errorf("%s has the UIDL %s, before %s", e.unique, v.uidls[i], e.uidl)
		}
	}
	return true
}

// delete marks messages.
func (v *visit) delete() bool {
	for n := range min(v.dele, len(v.uidls)) {
		k := slices.IndexFunc(v.m.entries, func(e *entry) bool { return e.uidl == v.uidls[n] && e.state == alive })
		if k < 0 {
			continue // No client has seen its content.
		}
		if _, ok := v.command(fmt.Sprintf("DELE %d", n+1)); !ok {
			return false
		}
		v.marks = append(v.marks, v.m.entries[k])
	}
	return true
}

// end sends QUIT. What is marked may be gone from then on, and has to be after +OK.
func (v *visit) end() {
	v.quit = true
	for _, e := range v.marks {
		e.state = maybe
	}
	if _, ok := v.command("QUIT"); ok {
		for _, e := range v.marks {
			e.state = deleted
		}
	}
}
