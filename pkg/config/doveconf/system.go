package doveconf

import (
	"maps"
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// systemUsers converts users of the system.
func (c *converter) systemUsers(p database, userdbs []database, loc location) {
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
func (c *converter) belowHome(loc location) {
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
func (c *converter) pam(p database) {
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
func (c *converter) pamOption(p database, s setting) {
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

// proxyUsers converts a proxy for all users, with no database of its own.
func (c *converter) proxyUsers(p database, userdbs []database, loc location) {
	fields := map[string]string{}
	args, _ := p.get("args")
	addFields(fields, args.value)
	for _, s := range p.sections {
		for _, f := range s.settings {
			fields[f.name] = f.value
		}
	}
	host := fields["host"]
	_, isProxy := fields["proxy"]
	if !isProxy || host == "" || strings.ContainsAny(host, "%:") || fields["destuser"]+fields["pass"]+fields["master"] != "" {
		c.d.Refuse(p.at, p.title(), "TPOPS has no such database, except for a proxy to one server that checks the passwords; %s", askDovecot)
		c.noUsers()
		return
	}
	for _, name := range []string{"maildir-use-filesize", "maildir-extended", "maildir-lock", "maildir-uidl-convert", "auth-cache"} {
		c.d.Remove(name)
	}
	c.d.Note(loc.at, loc.name, draft.Done, "without effect: the mailboxes are on the other server")
	for _, u := range userdbs {
		c.d.Note(u.at, u.title(), draft.Done, "without effect: the mailboxes are on the other server")
	}
	c.proxyFields(p, fields)
	c.proxy(p, fields)
}

// proxyFields reports fields of a proxy that TPOPS does not have, such as allow_nets.
func (c *converter) proxyFields(p database, fields map[string]string) {
	known := []string{"proxy", "host", "port", "ssl", "starttls", "nopassword", "nodelay", "proxy_timeout", "proxy_nopipelining"}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name] != "" && !slices.Contains(known, name) {
			c.d.Refuse(p.at, p.title()+" "+name, "TPOPS has no such field; check whether it changes who may log in, or to which server")
		}
	}
}

// proxy converts the fields of a proxy.
func (c *converter) proxy(p database, fields map[string]string) {
	host, port := fields["host"], fields["port"]
	tls := "no"
	if v := fields["ssl"]; v != "" && v != "no" {
		tls, port = "implicit", firstOf(port, "995")
	}
	if v := fields["starttls"]; v != "" && v != "no" {
		tls = "stls"
	}
	c.d.Set(p.at, p.title(), "mailbox-type", "proxy")
	c.d.Set(p.at, p.title(), "pop-server", host+":"+firstOf(port, "110"))
	c.d.Set(p.at, p.title(), "pop-server-tls", tls)
	if strings.Contains(fields["ssl"]+fields["starttls"], "any-cert") {
		c.d.Lost(p.at, p.title()+" any-cert", draft.ToDo, "TPOPS verifies the certificate of the server; set pop-server-tls-ca")
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
