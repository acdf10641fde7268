package doveconf

import (
	"strings"
)

// The formats of UIDLs whose parts are in dovecot-uidlist or in the name of the file.
var uidlFormats = map[string]bool{
	"%08Xu%08Xv": true, "%{uid|hex(8)}%{uidvalidity|hex(8)}": true,
}

// importHint is what the operator has to run for UIDLs.
const importHint = "run `tpopsctl import --from dovecot` for all mailboxes before the first login"

// uidl converts what clients see of the messages.
func (c *converter) uidl() {
	s, ok := c.setting("pop3_uidl_format")
	format := strings.ReplaceAll(s.value, " ", "")
	switch {
	case !ok || uidlFormats[format]:
		c.d.SetWith(s.at, "pop3_uidl_format", "maildir-uidl-convert", "yes", importHint)
	default:
		c.d.Refuse(s.at, "pop3_uidl_format", "the converter does not know whether `tpopsctl import` can make UIDLs of the form %.40q; check with `tpopsctl import --help`", s.value)
		c.d.Put("maildir-uidl-convert", "yes")
	}
	if s, ok := c.setting("pop3_save_uidl"); ok {
		c.d.Note(s.at, s.name, "kept: `tpopsctl import` reads saved UIDLs from dovecot-uidlist")
	}
	c.sizes()
	lock, isLocked := c.setting("pop3_lock_session")
	if isLocked && lock.value == "yes" {
		c.d.Default(lock.at, lock.name)
	} else {
		c.d.SetWith(lock.at, "pop3_lock_session", "maildir-lock", "no", "several sessions may use a mailbox at once")
	}
}

// sizes converts which sizes of messages clients see.
func (c *converter) sizes() {
	s, _ := c.setting("pop3_fast_size_lookups")
	if s.value == "yes" {
		c.d.SetWith(s.at, s.name, "maildir-use-filesize", "yes", "sizes may differ from the number of octets that are sent")
		return
	}
	c.d.Set(s.at, "pop3_fast_size_lookups", "maildir-use-filesize", "no")
	c.d.Set(s.at, "pop3_fast_size_lookups", "maildir-extended", "no")
}
