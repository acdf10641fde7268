package doveconf

import (
	"cmp"
	"strings"
)

// database is a passdb or a userdb.
type database struct {
	*section
	driver string
}

// databases returns the passdbs or userdbs, in their order.
func (c *conversion) databases(kind string) []database {
	var all []database
	for _, scope := range []*section{c.section, c.pop3} {
		for _, s := range scope.all(kind) {
			d := database{section: s, driver: s.value("driver", kind+"_driver")}
			if d.driver == "" {
				d.driver = s.label // as in 2.4
			}
			all = append(all, d)
		}
	}
	return all
}

// title names a database for the report.
func (d database) title() string { return d.kind + " " + d.driver }

// get returns a setting of the database, with or without the prefixes that 2.4 omits.
func (d database) get(name string) (setting, bool) {
	driver := strings.ReplaceAll(d.driver, "-", "_")
	return d.find(name, driver+"_"+name, d.kind+"_"+name, d.kind+"_"+driver+"_"+name)
}

// isSwitch reports whether a setting of the database is yes.
func (d database) isSwitch(name string) bool {
	s, ok := d.get(name)
	return ok && s.value == "yes"
}

// askDovecot is the advice for users that only Dovecot can look up.
const askDovecot = "use auth-type = dovecot, which asks the running Dovecot"

// users converts the databases of users. The types that have it are for a driver each.
type users struct{ *conversion }

// convert converts the databases of users.
func (c users) convert() {
	loc := mailboxes(c).location()
	for _, name := range []string{"mail_home", "mail_uid", "mail_gid", "first_valid_uid"} {
		c.done[name] = true
	}
	passdbs := c.regular(c.databases("passdb"))
	userdbs := c.databases("userdb")
	if len(passdbs) == 0 {
		c.d.Refuse(c.at, "passdb", "Dovecot has no database of passwords that TPOPS can use; %s", askDovecot)
		c.noUsers()
		return
	}
	for _, other := range passdbs[1:] {
		c.d.Refuse(other.at, other.title(), "Dovecot asks it also after a wrong password, but in TPOPS the first database that knows a user decides; if no user is in two databases, add it to auth-type")
	}
	c.userDatabase(passdbs[0], userdbs, loc)
}

// passdbParts are the drivers of passwords, with the parts of a passdb that only some of
// them convert; see options.
var passdbParts = map[string][]string{
	"pam": nil, "shadow": nil, "passwd": nil, "passwd-file": {"default_fields"}, "sql": {"mysql"}, "static": {"default_fields", "fields"},
}

// userDatabase converts the passdb and the userdbs.
func (c users) userDatabase(p database, userdbs []database, loc location) {
	if converted, ok := passdbParts[p.driver]; ok {
		c.options(p, converted...)
	}
	switch p.driver {
	case "pam", "shadow", "passwd":
		systemUsers{c}.convert(p, userdbs, loc)
	case "passwd-file":
		fileUsers{c}.convert(p, userdbs, loc)
	case "sql":
		sqlUsers{c}.convert(p, userdbs, loc)
	case "static":
		proxyUsers{c}.convert(p, userdbs, loc)
	default:
		c.d.Refuse(p.at, p.title(), "TPOPS cannot ask this database; %s", askDovecot)
		c.noUsers()
	}
}

// noUsers holds the file back for good: without a database it would let system users
// in.
func (c users) noUsers() { c.d.Stop("there is no database of users for it") }

// userSettings are the settings of a passdb or userdb that its driver converts.
var userSettings = []string{
	"driver", "name", "args", "passwd_file_path", "default_password_scheme", "query", "iterate_query", "update_query", "sql_driver", "use_cache", "use_worker",
	"auth_verbose", "allow_all_users", "service_name", "session", "setcred", "failure_show_msg", "max_requests", "password",
}

// regular returns the passdbs of users, and reports the others.
func (c users) regular(all []database) []database {
	var found []database
	for _, d := range all {
		switch {
		case d.isSwitch("deny"):
			c.d.Refuse(d.at, d.title(), "the users in it may not log in, but TPOPS would let them; disable them in their own database first")
		case d.isSwitch("master"):
			c.d.Refuse(d.at, d.title(), "TPOPS has no master users; %s", askDovecot)
		default:
			found = append(found, d)
		}
	}
	return found
}

// owner converts the user that owns all mailboxes. It is set in a userdb, or for all.
func (c users) owner(fields map[string]string, at setting) {
	for _, one := range []struct{ field, global, name string }{{"uid", "mail_uid", "user"}, {"gid", "mail_gid", "group"}} {
		s, ok := c.setting(one.global)
		value := fields[one.field]
		if value != "" {
			s = at
		} else if ok {
			value = s.value
		}
		if value != "" {
			c.d.Set(s.at, s.name, one.name, value)
		}
	}
}

// firstUID converts the lowest user id, which differs from the default of TPOPS.
func (c users) firstUID() {
	s, ok := c.setting("first_valid_uid")
	if !ok {
		s.value = defaultFirstUID
	}
	if s.value == "0" {
		s.value = "1"
	}
	c.d.Set(s.at, "first_valid_uid", "first-uid", s.value)
}

// schemeOf returns the scheme of passwords without one; or "".
func (c users) schemeOf(d database, file *section) string {
	own, _ := d.get("default_password_scheme")
	all, _ := c.setting("passdb_default_password_scheme")
	return cmp.Or(own.value, file.value("default_pass_scheme"), all.value)
}
