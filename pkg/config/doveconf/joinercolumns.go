package doveconf

import (
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// has reports whether there is a column with this name.
func has(all []column, name string) bool {
	return slices.ContainsFunc(all, func(c column) bool { return c.name == name })
}

// Columns that are converted, and those that change nothing for POP3.
var (
	passwordColumns = []string{"user", "username", "domain", "password", "allow_nets"}
	mailboxColumns  = []string{"home", "mail", "mail_path", "mail_driver", "uid", "gid"}
	ignoredColumns  = []string{"nodelay", "k5principals", "master_user", "user", "username", "domain", "acl_groups"}
	ignoredPrefixes = []string{"quota", "event_", "forward_", "mail_replica", "sieve", "acl"}
)

// checkColumns reports columns that TPOPS does not have.
func (q *joiner) checkColumns() {
	for _, c := range q.p {
		rest, isMailbox := strings.CutPrefix(c.name, "userdb_")
		switch {
		case isMailbox && q.prefix == "":
			q.d.Lost(q.at.at, q.at.name+" "+c.name, draft.Done, "only userdb prefetch uses it")
		case isMailbox:
			q.checkColumn(q.at, c.name, rest, mailboxColumns)
		default:
			q.checkColumn(q.at, c.name, c.name, passwordColumns)
		}
	}
	for _, c := range q.u {
		q.checkColumn(q.at, "user_query "+c.name, c.name, mailboxColumns)
	}
}

func (q *joiner) checkColumn(s setting, title, name string, converted []string) {
	ignored := slices.Contains(ignoredColumns, name) || slices.ContainsFunc(ignoredPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	switch {
	case slices.Contains(converted, name):
	case ignored:
		q.d.Other("column " + name)
	default:
		q.d.Refuse(s.at, title, "TPOPS has no such column; check whether it changes who may log in, or which mailbox is shown")
	}
}
