package maildir

import (
	"context"
	"errors"

	"golang.org/x/sys/unix"
)

// fetch calls do with the place of message i. The directory of the message stays open for
// the next one until rest: a client that fetches one message fetches more.
func (v *view) fetch(ctx context.Context, i int, do func(i int, at place) error) error {
	one := visitor{fetch: true, do: do}
	if found, err := v.fetchAgain(ctx, i, one); found || err != nil {
		return err
	}
	_, err := v.walk(ctx, only(i), one)
	return err
}

// fetchAgain is fetch in the directories that are open. It returns false, and closes
// them, if the message is not there, or a directory was replaced on a file server.
func (v *view) fetchAgain(ctx context.Context, i int, do visitor) (found bool, err error) {
	if v.kept == nil || ctx.Err() != nil {
		return false, nil
	}
	if found, err = v.visit(v.kept, i, do); found && err == nil {
		return true, nil
	}
	v.rest()
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESTALE) {
		err = nil
	}
	return false, err
}

// subdirs returns the directories for a visitor, and a function to call after its work.
// If that has failed, none stays open: another directory may have the name now.
func (v *view) subdirs(do visitor) (subs *subdirs, done func(failed bool), err error) {
	if do.fetch {
		if v.kept == nil {
			none := noSubdirs()
			v.kept = &none
		}
		return v.kept, v.restIf, nil
	}
	opened, err := openSubdirs(v.dir, unix.O_PATH)
	return &opened, func(bool) { opened.close() }, err
}

// rest closes the directories that fetch has opened.
func (v *view) rest() {
	if v != nil && v.kept != nil {
		v.kept.close()
		v.kept = nil
	}
}

func (v *view) restIf(failed bool) {
	if failed {
		v.rest()
	}
}

// Rest implements pop3.Rester.
func (m *Mailbox) Rest() { m.view.rest() }
