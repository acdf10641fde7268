package doveconf

import (
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// joiner makes one query out of that for the password and that for the mailbox.
type joiner struct {
	sqlUsers
	names
	passdb database
	at     setting // the query for the password
	loc    location
	scheme string

	p, u   []column // columns of the query for the password, and for the mailbox
	prefix string   // of the columns of the mailbox in p; empty with a query of its own
	static map[string]string
}

// build sets mysql-auth-query.
func (q *joiner) build(password setting, userdbs []database) {
	first, err := q.rewrite(password.value)
	if err == nil {
		q.p, err = columns(first)
	}
	if err != nil {
		q.d.Refuse(password.at, password.name, "the query cannot be converted: %v; change it in a copy of the file", err)
		q.noUsers()
		return
	}
	from := "(" + first + ") p"
	second, ok := q.mailboxQuery(userdbs)
	if !ok {
		q.noUsers()
		return
	}
	if second != "" {
		from += " join (" + second + ") u"
	}
	q.checkColumns()
	selected, ok := q.selected()
	if !ok {
		q.noUsers()
		return
	}
	query := "select " + selected + " from " + from
	if err := q.check(query); err != nil {
		q.d.Refuse(password.at, password.name, "TPOPS cannot use the query %q: %v", query, err)
		q.noUsers()
		return
	}
	q.d.Set(password.at, password.name, "mysql-auth-query", query)
	q.d.Set(password.at, "default password scheme "+q.scheme, "mysql-crypt-passwd", "yes")
}

// mailboxQuery returns the query for the mailbox, or "" if there is none.
func (q *joiner) mailboxQuery(userdbs []database) (query string, ok bool) {
	for i, u := range userdbs {
		q.options(u, q.userdbParts(u)...)
		switch {
		case u.driver == "prefetch" && q.hasPrefetch():
			q.prefix = "userdb_"
			q.d.Note(u.at, u.title(), draft.Done, "kept in mysql-auth-query")
		case u.driver == "prefetch":
			continue
		case u.driver == "static":
			fields, at := u.fields()
			q.userdbFields(u, fields)
			q.owner(fields, at)
			q.static = fields
			q.d.Note(u.at, u.title(), draft.Done, "kept in mysql-auth-query")
		case u.driver == "sql":
			if query, ok = q.userQuery(u); !ok {
				return "", false
			}
		default:
			q.d.Refuse(u.at, u.title(), "TPOPS takes password and mailbox of a user from one database; %s", askDovecot)
			return "", false
		}
		for _, other := range userdbs[i+1:] {
			q.d.Lost(other.at, other.title(), draft.ToKnow, "the userdb before it has all users of POP3; nothing to do unless a user is only in this one")
		}
		return query, true
	}
	q.d.Refuse(q.at.at, "userdb", "Dovecot has no userdb that TPOPS can use")
	return "", false
}

// userdbParts are the parts of a userdb that mailboxQuery converts; see options.
func (q *joiner) userdbParts(u database) []string {
	if u.driver == "static" {
		return []string{"default_fields", "fields"}
	}
	return []string{"mysql"}
}

// hasPrefetch reports whether the query for the password returns the mailbox too.
func (q *joiner) hasPrefetch() bool {
	return slices.ContainsFunc(q.p, func(c column) bool { return strings.HasPrefix(c.name, "userdb_") })
}

// userQuery reads the query for the mailbox.
func (q *joiner) userQuery(u database) (string, bool) {
	_, s, ok := q.sqlFile(u, "user_query")
	if !ok {
		return "", false
	}
	query, err := q.rewrite(s.value)
	if err == nil {
		q.u, err = columns(query)
	}
	if err != nil {
		q.d.Refuse(s.at, s.name, "the query cannot be converted: %v", err)
		return "", false
	}
	if (has(q.p, "user") || has(q.p, "username")) && !q.isIdentity() {
		q.d.Lost(s.at, s.name, draft.ToDo, "it receives the name that the client sends, not the one that %s returns; check logins with other names of a mailbox", q.at.name)
	}
	q.d.Note(s.at, s.name, draft.Done, "kept in mysql-auth-query")
	return query, true
}

// isIdentity reports whether the name that the first query returns is the one by which
// it looks the user up.
func (q *joiner) isIdentity() bool {
	i := slices.IndexFunc(q.p, func(c column) bool { return c.name == "user" || c.name == "username" })
	query, err := q.rewrite(q.at.value)
	typed, _ := q.literal(template{{variable: varUser}}, "'")
	return err == nil && strings.Contains(strings.ReplaceAll(query, " ", ""), strings.ReplaceAll(q.p[i].expression, " ", "")+"="+typed)
}

// selected returns the columns of the whole query.
func (q *joiner) selected() (string, bool) {
	if !has(q.p, "password") {
		q.d.Refuse(q.at.at, q.at.name, "the query returns no column password; the database checks the password itself, or Dovecot proxies")
		return "", false
	}
	login := q.login()
	mail, home, err := q.mailbox(login)
	if err != nil {
		q.d.Refuse(q.loc.at, "mailbox", "%v", err)
		return "", false
	}
	columns := []string{login + " as login", q.password() + " as password", mail + " as maildir"}
	if home != "" {
		columns = append(columns, home+" as home")
	}
	columns = append(columns, q.owners()...)
	if has(q.p, "allow_nets") {
		columns = append(columns, "p.allow_nets as allow_nets")
	}
	return strings.Join(columns, ", "), true
}

// password returns the SQL for the stored password.
func (q *joiner) password() string {
	if slices.Contains(cryptSchemes, q.scheme) {
		return "p.password"
	}
	if !slices.Contains(otherSchemes, q.scheme) {
		q.d.Refuse(q.at.at, "default password scheme", "TPOPS does not know %.20s; passwords without a scheme in braces would not match", q.scheme)
		return "p.password"
	}
	return "if(p.password like '{%%', p.password, concat('{" + q.scheme + "}', p.password))"
}
