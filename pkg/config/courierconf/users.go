package courierconf

import (
	"strings"

	"tpops/pkg/config/draft"
)

// askOther is the advice for databases that TPOPS cannot ask.
const askOther = "export the users to a passwd-file, or let Dovecot look them up and use auth-type = dovecot"

// users converts authdaemonrc.
func (c *converter) users() {
	maildir := c.maildirPath()
	if s, ok := c.auth.take("DEFAULTOPTIONS"); ok && strings.Contains(s.value, "disablepop3") {
		c.d.Refuse(s.at, s.name, "users without options of their own may not use POP3, but TPOPS would let them log in; set pop3=no for them")
	} else if ok {
		c.d.Other(s.name)
	}
	list, _ := c.auth.take("authmodulelist")
	modules := strings.Fields(list.value)
	if len(modules) == 0 {
		c.d.Refuse(c.at, "authmodulelist", "there is no database of users")
		c.d.Stop("there is no database of users for it")
		return
	}
	for _, other := range modules[1:] {
		c.d.Refuse(list.at, list.name+" "+other, "Courier asks it also after a wrong password, but in TPOPS the first database that knows a user decides; if no user is in two databases, add it to auth-type")
	}
	switch modules[0] {
	case "authpam":
		c.d.Set(list.at, list.name, "auth-type", "pam")
		c.d.SetWith(list.at, list.name, "pam-service", "pop3", draft.ToDo, "keep /etc/pam.d/pop3 when Courier is removed, or use tpops")
		c.d.Set(maildir.at, maildir.name, "maildir", maildir.value)
	case "authshadow", "authpwd":
		c.d.Set(list.at, list.name, "auth-type", "passwd")
		c.d.Set(maildir.at, maildir.name, "maildir", maildir.value)
	case "authuserdb":
		c.d.Set(list.at, list.name, "auth-type", "passwd-file")
		c.d.SetWith(list.at, list.name, "passwd-file", "/etc/tpops/users", draft.ToDo, "first make this file: "+userdbCommand)
		c.d.Set(maildir.at, maildir.name, "maildir", maildir.value)
	case "authmysql":
		c.mysqlUsers(list, maildir)
	default:
		c.d.Refuse(list.at, list.name+" "+modules[0], "TPOPS cannot ask this database; %s", askOther)
		c.d.Stop("there is no database of users for it")
	}
}

// userdbCommand makes a passwd-file out of Courier's userdb.
const userdbCommand = `awk -F '\t' -v OFS=: '!/^#/ && NF > 1 { split("", f); n = split($2, a, "|"); ` +
	`for (i = 1; i <= n; i++) { k = v = a[i]; sub(/=.*/, "", k); sub(/^[^=]*=/, "", v); f[k] = v } ` +
	`p = ("pop3pw" in f) ? f["pop3pw"] : f["systempw"]; if (p !~ /^[{]/) p = "{CRYPT}" p; sub(/^[{]MD5[}]/, "{LDAP-MD5}", p); ` +
	`print $1, p, f["uid"], f["gid"], "", f["home"], "", (("mail" in f) ? "userdb_mail=maildir:" f["mail"] : "") (f["options"] ~ /disablepop3=1/ ? " pop3=no" : "") }' ` +
	`/etc/courier/userdb >/etc/tpops/users`

// maildirPath returns the name of the Maildir below the home directory.
func (c *converter) maildirPath() setting {
	s, ok := c.pop.take("MAILDIRPATH")
	if !ok || s.value == "" {
		return setting{"MAILDIRPATH", "Maildir", c.at}
	}
	s.value = strings.TrimSuffix(strings.TrimPrefix(s.value, "./"), "/")
	return s
}
