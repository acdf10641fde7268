package doveconf

import (
	"maps"
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// fileUserdb converts where owner and home directory of users in a passwd-file come
// from.
func (c fileUsers) fileUserdb(l *lines, path string, userdbs []database) {
	if len(userdbs) == 0 {
		return
	}
	u := userdbs[0]
	if u.driver == "prefetch" && len(userdbs) > 1 {
		u = userdbs[1]
	}
	c.options(u, "default_fields", "fields")
	for _, other := range userdbs {
		if other.section != u.section && other.driver != "prefetch" {
			c.d.Lost(other.at, other.title(), draft.ToKnow, "the first userdb has all users; nothing to do unless a user is only in this one")
		}
	}
	fields, at := u.fields()
	l.dropOwner, l.forceHome = u.driver == "static", u.driver == "static"
	c.fileUserdbDriver(u, path)
	c.userdbFields(u, fields)
	c.owner(fields, at)
	l.home, l.mail = fields["home"], firstOf(fields["mail"], l.mail)
}

// fileUserdbDriver reports a userdb that does not go with a passwd-file.
func (c fileUsers) fileUserdbDriver(u database, path string) {
	switch u.driver {
	case "prefetch", "static":
	case "passwd-file":
		if own, _, ok := c.passwdFile(database{section: withoutDefaults(u.section), driver: u.driver}); ok && own != path {
			c.d.Refuse(u.at, u.title(), "passwords and mailboxes are in two files, %s and %s; write one file with both", path, own)
		}
	default:
		c.d.Refuse(u.at, u.title(), "TPOPS takes password and mailbox of a user from one database; %s", askDovecot)
	}
}

// withoutDefaults returns a copy of a userdb without its default fields, which are
// converted.
func withoutDefaults(s *section) *section {
	copied := *s
	copied.settings = slices.DeleteFunc(slices.Clone(s.settings), func(one setting) bool { return one.name == "default_fields" })
	return &copied
}

// fields returns the fields of a userdb for all its users, and where they are.
func (d database) fields() (map[string]string, setting) {
	fields := map[string]string{}
	at := setting{name: d.title(), at: d.at}
	if d.driver == "static" {
		args, ok := d.get("args")
		if addFields(fields, args.value); ok {
			at.at = args.at
		}
	}
	if s, ok := d.get("default_fields"); ok {
		addFields(fields, s.value)
		at.at = s.at
	}
	for _, inner := range d.all("fields") {
		at.at = inner.at
		for _, f := range inner.settings {
			fields[strings.TrimSuffix(f.name, ":default")] = f.value
		}
	}
	return fields, at
}

// userdbFields reports fields of a userdb that TPOPS does not have.
func (c users) userdbFields(u database, fields map[string]string) {
	known := []string{"uid", "gid", "home", "mail", "allow_all_users"}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(known, name) && !strings.HasPrefix(name, "quota") {
			c.d.Refuse(u.at, u.title()+" "+name, "TPOPS has no such field; check whether it changes what POP3 clients see")
		}
	}
}
