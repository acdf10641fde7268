package doveconf

import (
	"strings"

	"tpops/pkg/config/draft"
)

// systemUsers converts users of the system.
type systemUsers struct{ users }

// convert converts how their passwords are checked, and where their mailboxes are.
func (c systemUsers) convert(p database, userdbs []database, loc location) {
	if len(userdbs) == 0 || userdbs[0].driver != "passwd" {
		c.d.Refuse(p.at, p.title(), "TPOPS takes the home directories of these users from the system only; %s", askDovecot)
		c.noUsers()
		return
	}
	for _, other := range userdbs[1:] {
		c.d.Lost(other.at, other.title(), draft.ToKnow, "the users come from the system; nothing to do unless a user is only in this database")
	}
	u := userdbs[0]
	c.options(u)
	if s, ok := u.get("args"); ok && s.value != "" {
		c.d.Refuse(s.at, u.title()+" args", "TPOPS takes owner and home directory from the system only")
	}
	c.d.Note(u.at, u.title(), draft.Done, "kept: owner and home directory are those of the system")
	c.firstUID()
	if p.driver == "pam" {
		c.d.Set(p.at, p.title(), "auth-type", "pam")
		c.pam(p)
	} else {
		c.d.Set(p.at, p.title(), "auth-type", "passwd")
	}
	for _, name := range []string{"mail_home", "mail_uid", "mail_gid"} {
		c.unused(name, "users of the system have an owner and a home directory")
	}
	c.belowHome(loc)
}

// belowHome converts a mail location below the home directory.
func (c systemUsers) belowHome(loc location) {
	if !loc.isSet {
		c.d.Stop(noLocation)
		return
	}
	path, ok := loc.path.belowHome()
	if !ok {
		c.d.Stop(noLocation)
		c.d.Refuse(loc.at, loc.name, "TPOPS looks for the Maildir of a system user below the home directory, without variables; move or link the Maildirs there")
		return
	}
	c.d.Set(loc.at, loc.name, "maildir", path)
}

// pam converts the service of PAM.
func (c systemUsers) pam(p database) {
	service := setting{value: "dovecot", at: p.at}
	args, _ := p.get("args")
	for word := range strings.FieldsSeq(args.value) {
		name, value, isOption := strings.Cut(word, "=")
		if !isOption {
			service = setting{value: word, at: args.at}
			continue
		}
		c.pamOption(p, setting{name: name, value: value, at: args.at})
	}
	for _, name := range []string{"session", "setcred", "failure_show_msg", "max_requests"} {
		if s, ok := p.get(name); ok {
			c.pamOption(p, setting{name: name, value: s.value, at: s.at})
		}
	}
	if s, ok := p.get("service_name"); ok {
		service = s
	}
	if strings.ContainsAny(service.value, "*%") {
		service.value = "pop3" // the name of the protocol is the only variable it may have
	}
	c.d.SetWith(service.at, p.title(), "pam-service", service.value, draft.ToDo, "keep /etc/pam.d/"+service.value+" when Dovecot is removed, or use tpops")
}

// pamOption reports an option of PAM.
func (c systemUsers) pamOption(p database, s setting) {
	title := p.title() + " " + s.name
	switch {
	case s.value == "no":
		c.d.Default(s.at, title)
	case s.name == "session" || s.name == "setcred":
		c.d.Lost(s.at, title, draft.ToDo, "TPOPS asks PAM for authentication and account only; move what sessions need to a login-hook")
	default:
		c.d.Lost(s.at, title, draft.ToKnow, "see pam-timeout, pam-calls and auth-cache")
	}
}

// firstOf returns the first text that is not empty.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// addFields reads fields such as uid=vmail home=/srv/%u, with or without quotes.
func addFields(fields map[string]string, text string) {
	for word := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(strings.Trim(word, `"`), "=")
		fields[name] = value
	}
}
