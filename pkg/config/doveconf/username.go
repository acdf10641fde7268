package doveconf

import "tpops/pkg/config/draft"

// usernames reports what auth_username_format does to a login name. The query for
// users takes it over, and login-case the small letters.
func (c logins) usernames() {
	s, _ := c.setting("auth_username_format")
	if translation, ok := c.setting("auth_username_translation"); ok && translation.value != "" {
		c.d.Refuse(translation.at, translation.name, "TPOPS does not replace characters of login names")
	}
	t, err := c.usernameFormat()
	switch {
	case err != nil || !t.isName():
		c.d.Refuse(s.at, s.name, "TPOPS cannot change a login name in this way; %s", askDovecot)
	case c.usesSQL() && t[0].lower:
		c.d.SetWith(s.at, s.name, "login-case", "lower", draft.ToKnow, "mysql-auth-query does so, too")
	case c.usesSQL():
		c.d.Note(s.at, s.name, draft.Done, "kept in mysql-auth-query")
	case t[0].variable == varLocal:
		c.d.Refuse(s.at, s.name, "TPOPS does not remove the domain from a login name, except in mysql-auth-query; %s", askDovecot)
	case t[0].lower:
		c.d.Set(s.at, s.name, "login-case", "lower")
	default:
		c.d.Default(s.at, s.name)
	}
}

// isName reports whether the template is a login name, or its local part, in either case.
func (t template) isName() bool {
	return len(t) == 1 && (t[0].variable == varUser || t[0].variable == varLocal)
}

// usernameFormat returns what auth_username_format makes out of a login name.
func (c *conversion) usernameFormat() (template, error) {
	s, ok := c.setting("auth_username_format")
	if !ok {
		return template{{variable: varUser, lower: true}}, nil
	}
	if s.value == "" {
		return template{{variable: varUser}}, nil
	}
	return parseTemplate(s.value)
}
