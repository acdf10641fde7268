package oldconf

import (
	"slices"

	"tpops/pkg/config"
)

// oldParam is a parameter of 0.8. Those of today that are not here are new.
type oldParam struct {
	name, short string
	byDefault   string // if it is not that of today in all cases
	advice      string // what to tell if it is set and has an effect
}

// old are the parameters of 0.8, in the order of its manual.
var old = []oldParam{
	{name: "config", short: "f"},
	{name: "port", short: "p"},
	{name: "hostname"},
	{name: "connection-keep-time", byDefault: "3600"},
	{name: "command-timeout", byDefault: "600"},
	{name: "inetd", byDefault: "no"},
	{name: "fg", byDefault: "no"},
	{name: "version"},
	{name: "debug", byDefault: "no"},
	{name: "access-log"},
	{name: "error-log"},
	{name: "pid-file"},
	{name: "user", short: "u"},
	{name: "group", short: "g"},
	{name: "syslog", byDefault: "mail"},
	{name: "auth-type", byDefault: "passwd"},
	{name: "mailbox-type", byDefault: "maildir"},
	{name: "parallel-type", byDefault: "prefork"},
	{name: "domain"},
	{name: "error-interval", byDefault: "5"},
	{name: "min-servers", byDefault: "5"},
	{name: "max-servers", byDefault: "50"},
	{name: "max-use", byDefault: "100"},
	{name: "max-idle", byDefault: "100"},
	{name: "apop-passwd-file", advice: "the file is no DBM file any more: convert it with `tpopsctl import-passwd OLD NEW`; NEW may be the name that is set here, for the old file is that name with .pag or .db"},
	{name: "maildir", byDefault: "Maildir"},
	{name: "mysql-server"},
	{name: "mysql-user"},
	{name: "mysql-passwd", advice: "keep it in a file of its own, which only root can read, and name that with mysql-passwd-file"},
	{name: "mysql-db"},
	{name: "mysql-auth-query", byDefault: `select login,passwd,maildir from user where login="%s"`},
	{name: "mysql-crypt-passwd", byDefault: "no"},
	{name: "maildir-use-filesize", byDefault: "yes"},
	{name: "maildir-extended", byDefault: "yes"},
	{name: "maildir-lock", byDefault: "yes"},
	{name: "maildir-uidl-convert", byDefault: "no"},
	{name: "pop-server", byDefault: "localhost:10110"},
}

// added are parameters of today whose default is another behaviour than that
// of 0.8, what makes it the same, and why.
var added = []struct{ name, value, why string }{
	{"error-interval-for", "all", "0.8 delayed every error; take the line away to delay only what can be used to guess or flood"},
}

// told are differences that are better not taken over.
var told = []string{
	"first-uid: users with a number below 1000 are not let in, except the one that the server runs as; 0.8 had no such limit",
}

// table is the parameters of today by name.
type table map[string]config.Param

func today() table {
	t := table{}
	for _, p := range config.Params() {
		t[p.Name] = p
	}
	return t
}

// findOld returns the parameter of 0.8 of that name, which may be its letter.
func findOld(name string) (oldParam, bool) {
	i := slices.IndexFunc(old, func(p oldParam) bool { return p.name == name || p.short == name && name != "" })
	if i < 0 {
		return oldParam{}, false
	}
	return old[i], true
}
