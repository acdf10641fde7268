package oldconf

import (
	"slices"

	"tpops/pkg/config"
)

// oldParam is a parameter of 0.8.
type oldParam struct {
	name, short string
	byDefault   string // the default of 0.8; empty if it is unset, or depends on the system
	advice      string // for the note, if it is set and has an effect
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
	{name: "apop-passwd-file", advice: "the file is no longer a DBM file: convert it with `tpopsctl import-passwd OLD NEW`; NEW may be the name that is set here, because the name of the old file ends with .pag or .db"},
	{name: "maildir", byDefault: "Maildir"},
	{name: "mysql-server"},
	{name: "mysql-user"},
	{name: "mysql-passwd", advice: "move it to a file that only root can read, and set mysql-passwd-file to the name of that file"},
	{name: "mysql-db"},
	{name: "mysql-auth-query", byDefault: `select login,passwd,maildir from user where login="%s"`},
	{name: "mysql-crypt-passwd", byDefault: "no"},
	{name: "maildir-use-filesize", byDefault: "yes"},
	{name: "maildir-extended", byDefault: "yes"},
	{name: "maildir-lock", byDefault: "yes"},
	{name: "maildir-uidl-convert", byDefault: "no"},
	{name: "pop-server", byDefault: "localhost:10110"},
}

// added are new parameters whose default differs from the behaviour of 0.8, with
// the value that keeps the behaviour, and the reason.
var added = []struct{ name, value, why string }{
	{"error-interval-for", "all", "0.8 delayed every error; remove this line to delay only errors that help to guess passwords or to flood the server"},
}

// differences are changes since 0.8 that the new file does not undo.
var differences = []string{
	"first-uid: users with a user id below 1000 cannot log in, except the user that the server runs as; 0.8 had no such limit",
}

// table has the current parameters by name.
type table map[string]config.Param

func today() table {
	t := table{}
	for _, p := range config.Params() {
		t[p.Name] = p
	}
	return t
}

// findOld returns the parameter of 0.8 with that name or letter.
func findOld(name string) (oldParam, bool) {
	i := slices.IndexFunc(old, func(p oldParam) bool { return p.name == name || p.short == name && name != "" })
	if i < 0 {
		return oldParam{}, false
	}
	return old[i], true
}
