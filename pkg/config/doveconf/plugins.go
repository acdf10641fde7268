package doveconf

import (
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// plugin is what becomes of a plugin. One without a reason does not concern POP3.
type plugin struct {
	kind   draft.Kind
	kept   bool
	reason string
}

// pluginNotes are the plugins that the converter knows.
var pluginNotes = map[string]plugin{
	"acl":            {draft.Needed, false, "TPOPS does not read access control lists, which may deny a user parts of the INBOX"},
	"mail_crypt":     {draft.Needed, false, "TPOPS cannot decrypt messages; decrypt the mailboxes first, for example with doveadm sync into plain Maildirs"},
	"mail_lua":       {draft.Needed, false, "TPOPS runs no Lua scripts"},
	"pop3_migration": {draft.Needed, false, "UIDLs come from another server; run `tpopsctl import` only after Dovecot has seen all mailboxes, and compare them"},
	"replication":    {draft.Needed, false, "a Dovecot that replicates does not notice what TPOPS deletes until it looks at the mailbox; switch replication off"},
	"quota_clone":    {draft.ToDo, false, "TPOPS reports no use of space; let the delivery agent count"},
	"lazy_expunge":   {draft.ToDo, false, "TPOPS removes deleted messages at once; make backups if deleted messages have to be kept"},
	"last_login":     {draft.ToKnow, false, "TPOPS writes no times of logins to a dict; a login-hook can"},
	"apparmor":       {draft.ToKnow, false, "TPOPS restricts itself; see tpops-security(7)"},
	"welcome":        {draft.ToKnow, false, "TPOPS sends no welcome message"},
	"quota":          {draft.ToDo, true, "TPOPS updates maildirsize; with any other way of counting, have the delivery agent recalculate"},
	"mail_log":       {draft.Done, true, "log-messages logs retrieved and deleted messages"},
	"zlib":           {draft.Done, true, "compressed messages are recognised and sent decoded"},
	"mail_compress":  {draft.Done, true, "compressed messages are recognised and sent decoded"},
	"virtual":        {}, "trash": {}, "notify": {}, "old_stats": {}, "listescape": {}, "mailbox_alias": {}, "stats": {}, "mail_crypt_acl": {}, "fts": {},
	"var_expand_crypt": {},
}

// plugins converts mail_plugins, for POP3.
type plugins struct{ *conversion }

// convert reports each plugin.
func (c plugins) convert() {
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
func (c plugins) plugin(s setting, word string) {
	p, known := pluginNotes[word]
	isOther := slices.ContainsFunc([]string{"fts", "imap_", "push_notification", "notify_"}, func(p string) bool { return strings.HasPrefix(word, p) })
	title := s.name + " " + word
	switch {
	case p.kept:
		c.d.Note(s.at, title, p.kind, "kept: %s", p.reason)
	case p.reason != "":
		c.d.Lost(s.at, title, p.kind, "%s", p.reason)
	case known || isOther:
		c.d.Other(title)
	default:
		c.d.Refuse(s.at, title, "the converter does not know this plugin; check whether it changes what POP3 clients see")
	}
}
