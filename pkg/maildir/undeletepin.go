package maildir

import (
	"context"
	"errors"

	"tpops/pkg/uidlist"
)

// pin gives messages that were put back the UIDLs that they had, in Dovecot's list, which
// is locked. If Dovecot has seen the mailbox without them, they get new UIDs, and come last.
func (u *undelete) pin(ctx context.Context, lock *dotlock) error {
	d := &dovecotRule{list: listFile{&u.m.store, dovecotList}}
	list, was, err := d.read(ctx)
	if err != nil || list == nil {
		return err
	}
	uidls, uniques := u.unlisted(list)
	if len(uniques) == 0 {
		return nil
	}
	if _, err := list.Add(uniques); err != nil {
		return err
	}
	for k := len(list.Entries) - len(uniques); k < len(list.Entries); k++ {
		if list.Entries[k], err = list.Entries[k].With('P', uidls[list.Entries[k].Unique]); err != nil {
			return err
		}
	}
	text, err := list.Encode()
	if err == nil {
		err = errors.Join(lock.isHeld(), d.list.unchanged(was))
	}
	if err != nil {
		return err
	}
	return d.list.replace(was, text)
}

// unlisted returns the UIDLs that messages had which were put back and are not in the list
// any more, and their unique names in order.
func (u *undelete) unlisted(list *uidlist.Dovecot) (uidls map[string]string, uniques []string) {
	entries := entriesOf(list)
	uidls = map[string]string{}
	for _, one := range u.done {
		unique := one.unique()
		if _, listed := entries[unique]; !listed && one.Err == nil && uidls[unique] == "" && one.UIDL != "" {
			uidls[unique], uniques = one.UIDL, append(uniques, unique)
		}
	}
	return uidls, uniques
}
