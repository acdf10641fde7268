package doveconf

import (
	"slices"
	"strings"
)

// pluginNotes are the plugins that matter to POP3, with what becomes of them. A text
// that begins with ! holds the new file back.
var pluginNotes = map[string]string{
	"acl":            "!TPOPS does not read access control lists, which may deny a user parts of the INBOX",
	"mail_crypt":     "!TPOPS cannot decrypt messages; decrypt the mailboxes first, for example with doveadm sync into plain Maildirs",
	"mail_lua":       "!TPOPS runs no Lua scripts",
	"virtual":        "",
	"quota":          "kept: TPOPS updates maildirsize; other ways of counting have to be recalculated by the delivery agent",
	"quota_clone":    "TPOPS reports no use of space; let the delivery agent count",
	"lazy_expunge":   "TPOPS removes deleted messages at once; make backups if deleted messages have to be kept",
	"trash":          "",
	"notify":         "",
	"mail_log":       "kept: log-messages logs retrieved and deleted messages",
	"zlib":           "kept: compressed messages are recognised and sent decoded",
	"mail_compress":  "kept: compressed messages are recognised and sent decoded",
	"pop3_migration": "!UIDLs come from another server; run `tpopsctl import` only after Dovecot has seen all mailboxes, and compare them",
	"last_login":     "TPOPS writes no times of logins to a dict; a login-hook can",
	"replication":    "!a Dovecot that replicates does not notice what TPOPS deletes until it looks at the mailbox; switch replication off",
	"apparmor":       "TPOPS restricts itself; see tpops-security(7)",
	"welcome":        "TPOPS sends no welcome message",
	"old_stats":      "",
	"listescape":     "", "mailbox_alias": "", "stats": "", "mail_crypt_acl": "",
	"fts":              "",
	"var_expand_crypt": "",
}

// plugins converts mail_plugins, for POP3.
func (c *converter) plugins() {
	s, _ := c.setting("mail_plugins")
	words := strings.Fields(s.value)
	for _, scope := range []*section{c.section, c.pop3} {
		for _, one := range scope.all("mail_plugins") { // a section of 2.4
			s = setting{name: "mail_plugins", at: one.at}
			words = append(words, one.switchedOn()...)
		}
	}
	slices.Sort(words)
	for _, word := range slices.Compact(words) {
		c.plugin(s, word)
	}
}

// switchedOn returns the names of the settings that are yes.
func (s *section) switchedOn() []string {
	var names []string
	for _, one := range s.settings {
		if one.value == "yes" {
			names = append(names, one.name)
		}
	}
	return names
}

// plugin reports a plugin.
func (c *converter) plugin(s setting, word string) {
	note, known := pluginNotes[word]
	needed, isNeeded := strings.CutPrefix(note, "!")
	isOther := slices.ContainsFunc([]string{"fts", "imap_", "push_notification", "notify_"}, func(p string) bool { return strings.HasPrefix(word, p) })
	title := s.name + " " + word
	switch {
	case isNeeded:
		c.d.Refuse(s.at, title, "%s", needed)
	case strings.HasPrefix(note, "kept"):
		c.d.Note(s.at, title, "%s", note)
	case note != "":
		c.d.Lost(s.at, title, "%s", note)
	case known || isOther:
		c.d.Other(title)
	default:
		c.d.Refuse(s.at, title, "the converter does not know this plugin; check whether it changes what POP3 clients see")
	}
}
