package doveconf

import (
	"fmt"

	"tpops/pkg/config/draft"
	"tpops/pkg/uidlist"
)

// uidls converts what clients see of the messages.
type uidls struct{ *conversion }

// importHint is what the operator has to run for UIDLs.
func (c uidls) importHint() string {
	name := shellWord(c.at.File, "FILE")
	if name == "-" {
		name = "FILE"
	}
	return fmt.Sprintf("run `tpopsctl import --from dovecot --doveconf %s` for all mailboxes before the first login", name)
}

// convert converts UIDLs, sizes and the lock.
func (c uidls) convert() {
	s, ok := c.setting("pop3_uidl_format")
	if !ok {
		s.value = uidlist.DefaultFormat
	}
	if _, err := uidlist.ParseFormat(s.value); err != nil {
		c.d.Refuse(s.at, s.name, "`tpopsctl import` cannot make these UIDLs: %v", err)
		c.d.Put("maildir-uidl-convert", "yes")
	} else {
		c.d.SetWith(s.at, s.name, "maildir-uidl-convert", "yes", draft.ToDo, c.importHint())
	}
	if s, ok := c.setting("pop3_reuse_xuidl"); ok {
		c.d.Note(s.at, s.name, draft.Done, "kept: `tpopsctl import --doveconf` reads it")
	}
	if s, ok := c.setting("pop3_save_uidl"); ok {
		c.d.Note(s.at, s.name, draft.Done, "kept: `tpopsctl import` reads saved UIDLs from dovecot-uidlist")
	}
	c.sizes()
	lock, isLocked := c.setting("pop3_lock_session")
	if isLocked && lock.value == "yes" {
		c.d.Default(lock.at, lock.name)
	} else {
		c.d.SetWith(lock.at, "pop3_lock_session", "maildir-lock", "no", draft.ToKnow, "several sessions may use a mailbox at once")
	}
}

// sizes converts which sizes of messages clients see.
func (c uidls) sizes() {
	s, _ := c.setting("pop3_fast_size_lookups")
	if s.value == "yes" {
		c.d.SetWith(s.at, s.name, "maildir-use-filesize", "yes", draft.ToKnow, "sizes may differ from the number of octets that are sent")
		return
	}
	c.d.Set(s.at, "pop3_fast_size_lookups", "maildir-use-filesize", "no")
	c.d.Set(s.at, "pop3_fast_size_lookups", "maildir-extended", "no")
}
