package doveconf

import (
	"maps"
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// proxyUsers converts a proxy for all users, with no database of its own.
type proxyUsers struct{ users }

// convert converts a proxy to one server.
func (c proxyUsers) convert(p database, userdbs []database, loc location) {
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
	c.d.Note(loc.at, loc.name, draft.Done, "without effect: the mailboxes are on the other server")
	for _, u := range userdbs {
		c.d.Note(u.at, u.title(), draft.Done, "without effect: the mailboxes are on the other server")
	}
	c.proxyFields(p, fields)
	c.proxy(p, fields)
}

// elsewhere reports the settings about mailboxes and passwords, which are those of the
// other server.
func (c proxyUsers) elsewhere() {
	for _, name := range []string{"pop3_uidl_format", "pop3_reuse_xuidl", "pop3_save_uidl", "pop3_fast_size_lookups", "pop3_lock_session"} {
		c.unused(name, "the mailboxes are on the other server")
	}
	for _, name := range []string{"auth_cache_size", "auth_cache_ttl"} {
		c.unused(name, "the other server checks the passwords")
	}
}

// proxyFields reports fields of a proxy that TPOPS does not have, such as allow_nets.
func (c proxyUsers) proxyFields(p database, fields map[string]string) {
	known := []string{"proxy", "host", "port", "ssl", "starttls", "nopassword", "nodelay", "proxy_timeout", "proxy_nopipelining"}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name] != "" && !slices.Contains(known, name) {
			c.d.Refuse(p.at, p.title()+" "+name, "TPOPS has no such field; check whether it changes who may log in, or to which server")
		}
	}
}

// proxy converts the fields of a proxy.
func (c proxyUsers) proxy(p database, fields map[string]string) {
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
