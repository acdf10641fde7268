//go:build integration

package soak

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"tpops/test/daemon"
)

// driver is a client of our own, with a mailbox of its own.
type driver struct {
	*soak
	box     int
	login   string // user, apop, plain, cram or scram
	secure  string // tls, stls or ""
	deletes bool   // what it has retrieved; otherwise it retrieves what is new
	final   bool   // the session ends as it should
	*daemon.Client
}

// errServer is a reply that is no fault: the client has to try again.
var errServer = errors.New("try again")

// work has sessions until the end of the run.
func (d driver) work() {
	for d.live() {
		d.session()
		d.pause(rand.N(700 * time.Millisecond))
	}
}

// session is one session. It reports whether it has ended with QUIT.
func (d driver) session() bool {
	before, calm := d.fates(d.box), d.calm()
	d.figures.sessions.Add(1)
	err := d.open()
	if d.Client != nil {
		defer d.Close()
	}
	if err != nil {
		if !errors.Is(err, errServer) {
			d.figures.broken.Add(1)
		}
		return false
	}
	err = d.serve(before)
	switch {
	case err == nil:
		return true
	case errors.Is(err, errServer):
	case calm() && d.live():
		d.fault("user%d: session cut without a restart: %v", d.box, err)
	default:
		d.figures.broken.Add(1)
	}
	return false
}

// entry is a line of UIDL.
type entry struct {
	number int // in the session
	uidl   string
	id     int // of the message, for the oracle
}

// serve does what the client wants to do after the login.
func (d *driver) serve(before []fate) error {
	list, err := d.list()
	if err != nil {
		return err
	}
	breakOff := !d.final && rand.IntN(6) == 0
	for i := range list {
		if breakOff && rand.IntN(1+len(list)/2) == 0 {
			d.figures.brokenOff.Add(1)
			return d.leave(list[:i])
		}
		if err := d.fetch(&list[i], before); err != nil {
			return err
		}
	}
	d.complete(list, before)
	if !d.final && rand.IntN(3) == 0 { // It waits, as over a restart.
		d.pause(rand.N(3 * time.Second))
		if answer, err := d.Command("NOOP"); err != nil || !strings.HasPrefix(answer, "+OK") {
			return d.unexpected("NOOP", answer, err)
		}
	}
	return d.quit(list)
}

// list returns what UIDL lists.
func (d *driver) list() (list []entry, err error) {
	status, lines, err := d.Multi("UIDL")
	if err != nil || !strings.HasPrefix(status, "+OK") {
		return nil, d.unexpected("UIDL", status, err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(lines)) {
		e := entry{id: -1}
		if _, err := fmt.Sscanf(line, "%d %s", &e.number, &e.uidl); err != nil {
			d.fault("user%d: UIDL line %q", d.box, line)
		}
		if seen[e.uidl] {
			d.fault("user%d: UIDL %s is listed twice", d.box, e.uidl)
		}
		seen[e.uidl] = true
		list = append(list, e)
	}
	return list, nil
}

// fetch retrieves a message if it is to be, and marks it as deleted.
func (d *driver) fetch(e *entry, before []fate) error {
	known := false
	e.id, known = d.known(d.box, e.uidl)
	if !known || d.deletes {
		id, err := d.retrieve(*e)
		if err != nil || id < 0 {
			e.id = -1
			return err
		}
		e.id = id
		d.fetchedAs(d.box, id, e.uidl)
	}
	if e.id < len(before) && before[e.id] == removed {
		d.fault("user%d: message %d is listed again after it was removed: %s", d.box, e.id, d.trail(d.box, e.id))
	}
	if !d.deletes {
		return nil
	}
	if answer, err := d.Command(fmt.Sprint("DELE ", e.number)); err != nil || !strings.HasPrefix(answer, "+OK") {
		return d.unexpected("DELE", answer, err)
	}
	return nil
}

// retrieve returns the number that the oracle has for a message, -1 if an IMAP client
// has just moved it.
func (d *driver) retrieve(e entry) (int, error) {
	status, text, err := d.Multi(fmt.Sprint("RETR ", e.number))
	switch {
	case err != nil:
		return -1, err
	case !strings.HasPrefix(status, "+OK") && d.box == movedBox:
		return -1, nil
	case !strings.HasPrefix(status, "+OK"):
		return -1, d.unexpected("RETR", status, nil)
	}
	d.figures.retrieved.Add(1)
	id, err := identify(d.box, text)
	if err != nil {
		d.fault("user%d: RETR %d, UIDL %s: %v", d.box, e.number, e.uidl, err)
		return -1, nil
	}
	return id, nil
}

// unexpected reports a reply that no server should give here.
func (d *driver) unexpected(command, answer string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	if strings.Contains(answer, "[SYS/TEMP]") {
		d.figures.temporary.Add(1) // The daemon stops or cannot continue the session.
		return errServer
	}
	d.fault("user%d: %s: %q", d.box, command, answer)
	return errServer
}

// complete checks that all messages are listed that were in the mailbox before the
// session and are in it now.
func (d *driver) complete(list []entry, before []fate) {
	listed := map[int]bool{}
	for _, e := range list {
		if e.id < 0 && d.box == movedBox {
			return
		}
		listed[e.id] = true
	}
	now := d.fates(d.box)
	for id, f := range before {
		switch {
		case f == present && now[id] == present && !listed[id]:
			d.fault("user%d: message %d is not listed: %s", d.box, id, d.trail(d.box, id))
		case f == uncertain && listed[id]:
			d.set(d.box, id, present)
		case f == uncertain:
			d.set(d.box, id, removed)
		}
	}
}

// leave ends the session without QUIT, in one of several ways. Nothing may be deleted.
func (d *driver) leave(deleted []entry) error {
	if len(deleted) > 0 && rand.IntN(2) == 0 {
		d.Send("RETR 1") // Its answer is not read.
	}
	d.Close()
	return errServer
}

// quit ends the session. If it is cut, what is marked may be removed or not.
func (d *driver) quit(list []entry) error {
	after := func(f fate) {
		for _, e := range list {
			if d.deletes && e.id >= 0 {
				d.set(d.box, e.id, f)
			}
		}
	}
	after(removing)
	answer, err := d.Command("QUIT")
	if err != nil || !strings.HasPrefix(answer, "+OK") {
		after(uncertain)
		return d.unexpected("QUIT", answer, err)
	}
	after(removed)
	if d.deletes {
		d.figures.deletes.Add(int64(len(list)))
	}
	return nil
}
