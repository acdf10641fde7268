package setup

import (
	"maps"
	"strings"
)

// settings returns the parameters to change. An empty value removes one.
func (p *Plan) settings() settings {
	c, given := p.choice, p.machine.given
	s := settings{"mail-roots": c.MailRoot, "passwd-file": ""}
	for name, value := range map[string]string{"parallel-type": "thread", "max-servers": "1000"} {
		if given[name] == "" {
			s[name] = value
		}
	}
	if c.Users != UsersMySQL {
		s.removeAll(given, "mysql-")
	}
	if c.NoTLS {
		s.removeAll(given, "tls-")
	}
	if c.Cert != "" {
		s["tls-cert"], s["tls-key"] = "", ""
	}
	p.userSettings(s)
	p.placeSettings(s)
	maps.DeleteFunc(s, func(name, value string) bool {
		_, ok := given[name]
		return value == "" && !ok
	})
	return s
}

// removeAll removes the parameters that begin with prefix.
func (s settings) removeAll(given settings, prefix string) {
	for name := range given {
		if strings.HasPrefix(name, prefix) {
			s[name] = ""
		}
	}
}

// userSettings adds the parameters of the users.
func (p *Plan) userSettings(s settings) {
	c := p.choice
	switch c.Users {
	case UsersSystem:
		s["auth-type"] = "passwd"
	case UsersFile:
		s["auth-type"], s["passwd-file"] = "passwd-file", usersPath
	case UsersMySQL:
		s["auth-type"] = "mysql"
		s["mysql-server"], s["mysql-user"], s["mysql-db"] = c.MySQL.Server, c.MySQL.User, c.MySQL.DB
		if p.machine.given["mysql-crypt-passwd"] == "" {
			s["mysql-crypt-passwd"] = "yes"
		}
		if !c.MySQL.inConfig {
			s["mysql-passwd"], s["mysql-passwd-file"] = "", ""
		}
	}
}

// placeSettings adds the parameters that the units replace if there are units.
func (p *Plan) placeSettings(s settings) {
	c := p.choice
	if p.machine.IsSystemd {
		s["user"], s["group"] = "", ""
		return
	}
	s["port"] = c.Port
	if c.Users != UsersSystem {
		s["user"] = p.machine.owner(c.MailRoot)
	}
	if c.Users == UsersMySQL && !c.MySQL.inConfig {
		s["mysql-passwd-file"] = passwordPath
	}
	if c.Cert != "" {
		s["tls-cert"], s["tls-key"], s["tls-port"] = c.Cert, c.Key, c.TLSPort
	}
}
