package maildir

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/sys/unix"

	"tpops/pkg/uidlist"
)

const dovecotList = uidlist.DovecotName

// dovecotRule gives messages the UIDLs and the order that Dovecot's POP3 server
// gives them: those of its list, which Dovecot extends while we read it. A
// message that is not listed yet is listed by us, as Dovecot would have done it.
type dovecotRule struct {
	list   listFile
	format uidlist.Format
}

// errListLost means that the list of a Maildir is missing that another server
// has used.
var errListLost = errors.New("it is missing, but Dovecot has used this Maildir: UIDLs and order are not known")

func (d *dovecotRule) file() string { return d.list.name }

// apply implements rule.
func (d *dovecotRule) apply(ctx context.Context, v *view) (numbered, error) {
	list, _, err := d.read(ctx)
	if err == nil && list == nil {
		list, err = d.first()
	}
	if err != nil {
		return numbered{}, err
	}
	var reason error
	if missing := unlisted(v.base, list); len(missing) > 0 {
		more, err := d.add(ctx, v.base, missing)
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

// read reads the list, nil if there is none. A last line that Dovecot has not
// written to its end is left out.
func (d *dovecotRule) read(ctx context.Context) (list *uidlist.Dovecot, was listState, err error) {
	was, err = d.list.read(ctx, func(r io.Reader) (err error) {
		list, err = uidlist.ReadDovecot(uidlist.Source{Reader: r, Path: d.list.name, Growing: true})
		return err
	})
	return list, was, err
}

// first returns the list of a Maildir that has none yet: one without messages. If
// Dovecot has used the Maildir its list was lost, which is an error: all messages
// would get new UIDLs.
func (d *dovecotRule) first() (*uidlist.Dovecot, error) {
	for _, name := range [...]string{"dovecot.index", "dovecot.index.log", uidlist.KeywordsName} {
		if _, err := statAt(d.list.dir, name); !errors.Is(err, unix.ENOENT) {
			return nil, cmp.Or(err, fmt.Errorf("%s: %w", d.list.name, errListLost))
		}
	}
	return uidlist.NewDovecot(d.list.now()), nil
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

// add lists messages under Dovecot's lock, and returns the list as it is then.
func (d *dovecotRule) add(ctx context.Context, t *table, missing []int) (*uidlist.Dovecot, error) {
	lock, err := d.list.takeDotlock(ctx, d.list.name)
	if err != nil {
		return nil, err
	}
	defer lock.release()
	list, was, err := d.read(ctx)
	if err == nil && list == nil {
		list, err = d.first()
	}
	if err != nil {
		return nil, err
	}
	entries := entriesOf(list)
	missing = slices.DeleteFunc(missing, func(i int) bool {
		_, found := entries[t.unique(t.files[i])]
		return found // Dovecot was faster.
	})
	if len(missing) == 0 {
		return list, nil
	}
	slices.SortStableFunc(missing, func(a, b int) int {
		return uidlist.CompareDovecot(t.movedName(t.files[a]), t.movedName(t.files[b]))
	})
	uniques := make([]string, len(missing))
	for k, i := range missing {
		uniques[k] = t.unique(t.files[i])
	}
	return list, d.write(lock, list, was, uniques)
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
