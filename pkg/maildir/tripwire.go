package maildir

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// ChangeError means that messages which are still in a mailbox would get other
// UIDLs, so that clients would download them again. It is for [SYS/TEMP]: the
// operator has to decide.
type ChangeError struct {
	Maildir  string
	Changed  int  // messages that would get another UIDL
	Compared int  // messages that were compared: all, or a sample of a large mailbox
	Renamed  bool // since their files were renamed

	// Server is the server, as tpopsctl import calls it, whose list has the UIDLs that
	// the mailbox was served with; empty if there is none.
	Server string
}

// Error returns how many there are, and what the operator can do.
func (e *ChangeError) Error() string {
	why := "compare tpops_uidl, the list of the other server and the configuration with what they were"
	if e.Renamed {
		why = "their files were renamed"
	}
	if e.Server != "" {
		why = fmt.Sprintf("the list of %s has the UIDLs that they had, to keep them run: %s", e.Server, importCommand(e.Server, e.Maildir))
	}
	return fmt.Sprintf("%d of %d messages compared would get other UIDLs, and clients would download them again: %s; to accept the new UIDLs run: tpopsctl accept %s",
		e.Changed, e.Compared, why, quoted(e.Maildir))
}

// drift is how many messages were compared, and how many of them have another UIDL.
type drift struct{ compared, changed int }

func (d *drift) note(same bool) {
	d.compared++
	if !same {
		d.changed++
	}
}

// explained is how many UIDLs may change without a reason that we know: a line of
// tpops_uidl that was edited, a message that Dovecot has given a new UID.
const explained = 5

// isFar reports whether more UIDLs have changed than can be explained: more than
// explained and more than 2 %, which is as much as the sample of a large mailbox
// shows; or half of those of a small mailbox, but not one alone.
func (d drift) isFar() bool {
	if d.changed > explained {
		return d.changed*50 > d.compared
	}
	return d.changed >= 2 && d.changed*2 >= d.compared
}

// guard compares the UIDLs of a listing with those that the mailbox was served with
// last, and notes them. The error is a ChangeError if too many have changed. What
// cannot be read or written is no reason to refuse a login.
func (r *reader) guard(ctx context.Context, v *view, n numbered) error {
	if !r.options.Served {
		return nil
	}
	s, damage := readServed(r.dir)
	if damage != nil {
		r.logger().Warn("tpops_served ignored", "file", servedName, "error", damage)
	}
	if damage == nil && !r.options.accept {
		if err := r.compare(ctx, s, v, n); err != nil {
			return err
		}
	}
	if r.options.readOnly {
		return nil
	}
	if err := r.note(s, n, damage != nil); err != nil {
		if r.options.accept {
			return fmt.Errorf("%s: %w", servedName, err)
		}
		r.logger().Warn("tpops_served not written", "file", servedName, "error", err)
	}
	return nil
}

// compare returns a ChangeError if too many UIDLs have changed. If there is no s, a
// mailbox that was served before had the UIDLs of tpops_uidl or of names. But if it
// has those of tpops_uidl now, nothing is known: a version that kept no s may have
// served it so.
func (r *reader) compare(ctx context.Context, s *served, v *view, n numbered) error {
	var kinds []drift
	switch {
	case s != nil:
		kinds = s.drifts(n)
	case r.options.follows() && !r.isFirst:
		given, err := r.givenUIDLs(ctx)
		if err != nil {
			return err
		}
		kinds = []drift{namedDrift(n, given)}
	}
	if far := slices.IndexFunc(kinds, drift.isFar); far >= 0 {
		return r.refuse(&ChangeError{Maildir: r.path, Changed: kinds[far].changed, Compared: kinds[far].compared, Server: r.explain(ctx, s, v)})
	}
	return nil
}

// refuse logs why a login is refused, and returns it.
func (r *reader) refuse(e *ChangeError) error {
	r.logger().Warn("UIDL change refused", "error", e)
	return e
}

// drifts compares the messages of a listing: those that had a UIDL of their own, and
// the others. Each kind may be small beside the other.
func (s *served) drifts(n numbered) []drift {
	var given, byRule drift
	if n.own && s.isOwn() {
		return nil
	}
	t := n.table
	for i, f := range t.files {
		unique := t.unique(f)
		was, known := s.uidlOf(unique)
		if !known || t.isTwin(i) {
			continue
		}
		kind := &given
		if was == hashOf(builtInUIDL(unique)) {
			kind = &byRule
		}
		kind.note(was == hashOf(n.uidls.of(t, i)))
	}
	return []drift{given, byRule}
}

// namedDrift compares a listing with what the names and given make of it.
func namedDrift(n numbered, given *givenUIDLs) (d drift) {
	t := n.table
	was := assignUIDLs(t, given)
	for i := range t.files {
		if !t.isTwin(i) {
			d.note(was.of(t, i) == n.uidls.of(t, i))
		}
	}
	return d
}

// note writes what is served now if s, which is nil if there is none, does not have
// it. Of a listing from which messages are left out, nothing is noted.
func (r *reader) note(s *served, n numbered, damaged bool) error {
	if n.lacks || n.own && s == nil && !damaged {
		return nil
	}
	now := servedOf(n)
	if now == nil {
		return forgetServed(r.dir)
	}
	if s != nil && s.contains(now) {
		return nil
	}
	return now.write(r.dir, r.options.accept)
}

// forgetServed removes the file, if there is one.
func forgetServed(dir int) error {
	if err := unix.Unlinkat(dir, servedName, 0); !errors.Is(err, unix.ENOENT) {
		return err
	}
	return nil
}
