package maildir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/uidlist"
)

const dovecotList = uidlist.DovecotName

// dovecotRule gives messages the UIDLs and the order that Dovecot's POP3 server
// gives them: those of its list, which Dovecot extends while we read it. A
// message that is not listed yet is listed by us, as Dovecot would have done it.
type dovecotRule struct {
	list     listFile
	format   uidlist.Format
	readOnly bool // List new messages only in memory.
}

// errListLost means that the list of a Maildir is missing that another server
// has used.
var errListLost = errors.New("it is missing, but Dovecot has used this Maildir: UIDLs and order are not known; if Dovecot keeps it elsewhere (CONTROL= or mail_control_path), maildir-uidl = dovecot cannot be used")

func (d *dovecotRule) file() string { return d.list.name }

// apply implements rule.
func (d *dovecotRule) apply(ctx context.Context, v *view) (numbered, error) {
	list, err := d.known(ctx, len(v.base.files) > 0)
	if err != nil {
		return numbered{}, err
	}
	var reason error
	if missing := unlisted(v.base, list); len(missing) > 0 {
		more, err := d.addTo(ctx, v.base, missing, list)
		if cause := context.Cause(ctx); cause != nil {
			return numbered{}, cause
		}
		if err == nil {
			list = more
		}
		reason = err
	}
	n := d.number(v.base, list, reason)
	n.leftOut(v)
	return n, nil
}

// known returns the list, an empty one if there is none and Dovecot has never used
// the Maildir. Dovecot makes its index first, and the list a moment later: so the
// list of a Maildir that it has used is waited for. If it does not come it was
// lost, which is an error if there are messages: they would get new UIDLs.
func (d *dovecotRule) known(ctx context.Context, some bool) (*uidlist.Dovecot, error) {
	until := time.Now().Add(dotlockWait)
	if d.readOnly {
		until = time.Now()
	}
	for pause := firstLockRest; ; pause = min(2*pause, maxLockRest) {
		used, err := d.isUsed()
		if err != nil {
			return nil, err
		}
		list, _, err := d.read(ctx) // After isUsed: what was used then has a list now.
		switch {
		case list != nil || err != nil:
			return list, err
		case !used || !some:
			return uidlist.NewDovecot(d.list.now()), nil
		case time.Now().After(until):
			return nil, fmt.Errorf("%s: %w", d.list.name, errListLost)
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// isUsed reports whether Dovecot has used the Maildir.
func (d *dovecotRule) isUsed() (bool, error) {
	for _, name := range [...]string{"dovecot.index", "dovecot.index.log", uidlist.KeywordsName} {
		if _, err := statAt(d.list.dir, name); !errors.Is(err, unix.ENOENT) {
			return err == nil, err
		}
	}
	return false, nil
}

// read reads the list, nil if there is none. A last line that Dovecot has not
// written to its end is left out.
func (d *dovecotRule) read(ctx context.Context) (list *uidlist.Dovecot, was listState, err error) {
	was, err = d.list.read(ctx, func(r io.Reader) (err error) {
		list, err = uidlist.ReadDovecot(uidlist.Source{Reader: r, Path: d.list.name, Growing: true})
		return err
	})
	return list, was, err
}

// unlisted returns the messages of t that the list does not have, but for twins:
// Dovecot gives one of them another name first.
func unlisted(t *table, list *uidlist.Dovecot) []int {
	var missing []int
	entries := entriesOf(list)
	for i, f := range t.files {
		unique := t.unique(f)
		if _, found := entries[unique]; !found && !t.isTwin(i) && uidlist.IsListable(unique) {
			missing = append(missing, i)
		}
	}
	return missing
}

// entriesOf returns the entries by unique name.
func entriesOf(list *uidlist.Dovecot) map[string]uidlist.DovecotEntry {
	entries := make(map[string]uidlist.DovecotEntry, len(list.Entries))
	for _, e := range list.Entries {
		entries[e.Unique] = e
	}
	return entries
}

// add lists messages under Dovecot's lock, and returns the list as it is then. If
// there is still none, it is the one that is known.
func (d *dovecotRule) add(ctx context.Context, t *table, missing []int, known *uidlist.Dovecot) (*uidlist.Dovecot, error) {
	lock, err := d.list.takeDotlock(ctx, d.list.name)
	if err != nil {
		return nil, err
	}
	defer lock.release()
	list, was, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	if list == nil {
		if len(known.Entries) > 0 {
			return nil, fmt.Errorf("%s: it was removed a moment ago", d.list.name)
		}
		own := *known // What cannot be written must not be known.
		list = &own
	}
	entries := entriesOf(list)
	missing = slices.DeleteFunc(missing, func(i int) bool {
		_, found := entries[t.unique(t.files[i])]
		return found // Dovecot was faster.
	})
	if len(missing) == 0 {
		return list, nil
	}
	return list, d.write(lock, list, was, inDovecotOrder(t, missing))
}

// addTo lists messages: with add, or only in memory.
func (d *dovecotRule) addTo(ctx context.Context, t *table, missing []int, known *uidlist.Dovecot) (*uidlist.Dovecot, error) {
	if !d.readOnly {
		return d.add(ctx, t, missing, known)
	}
	_, err := known.Add(inDovecotOrder(t, missing))
	return known, err
}

// inDovecotOrder returns the unique names of messages in the order in which Dovecot
// would list them.
func inDovecotOrder(t *table, missing []int) []string {
	slices.SortStableFunc(missing, func(a, b int) int {
		return uidlist.CompareDovecot(t.movedName(t.files[a]), t.movedName(t.files[b]))
	})
	uniques := make([]string, len(missing))
	for k, i := range missing {
		uniques[k] = t.unique(t.files[i])
	}
	return uniques
}

// write adds messages to the list and to its file: to the end of it if Dovecot
// would do so too, else the file is written anew.
func (d *dovecotRule) write(lock *dotlock, list *uidlist.Dovecot, was listState, uniques []string) error {
	lines, err := list.Add(uniques)
	if err != nil {
		return err
	}
	if err := errors.Join(lock.isHeld(), d.list.unchanged(was)); err != nil {
		return err
	}
	if list.Version == 3 && list.Tail == 0 && was.exists() {
		return d.list.append(was, lines)
	}
	if list.GUID == "" {
		list.GUID = uidlist.NewGUID()
	}
	text, err := list.Encode()
	if err != nil {
		return err
	}
	return d.list.replace(was, text)
}
