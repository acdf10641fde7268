package courierconf

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// The names of the files.
const (
	popFile   = "pop3d"
	tlsFile   = "pop3d-ssl"
	authFile  = "authdaemonrc"
	mysqlFile = "authmysqlrc"
)

// converter holds the state of Convert.
type converter struct {
	d                     *draft.Draft
	at                    draft.Place // the first input
	pop, tls, auth, mysql settings
	check                 func(query string) error
}

// Convert makes a configuration out of Courier's files, which it knows by their names:
// pop3d, pop3d-ssl, authdaemonrc and authmysqlrc. check returns why TPOPS cannot use a
// query for users. An error means that a name is unknown, or that a file is missing.
func Convert(inputs []draft.Input, check func(query string) error) (*draft.Draft, error) {
	c := &converter{d: draft.New("the configuration of Courier"), at: draft.Place{File: inputs[0].Name}, check: check}
	for _, input := range inputs {
		switch path.Base(input.Name) {
		case popFile:
			c.pop = parseShell(c.d, input.Name, input.Text)
		case tlsFile:
			c.tls = parseShell(c.d, input.Name, input.Text)
		case authFile:
			c.auth = parseShell(c.d, input.Name, input.Text)
		case mysqlFile:
			c.mysql = parseFields(c.d, input.Name, input.Text)
		default:
			return nil, fmt.Errorf("%s: the name of the file must be %s, %s, %s or %s", input.Name, popFile, tlsFile, authFile, mysqlFile)
		}
	}
	if c.pop == nil || c.auth == nil {
		return nil, fmt.Errorf("%s and %s are required", popFile, authFile)
	}
	c.general()
	c.server()
	c.encryption()
	c.users()
	c.rest()
	return c.d, nil
}

// take returns a setting and removes it, so that the rest can be reported.
func (all settings) take(name string) (setting, bool) {
	s, ok := all[name]
	delete(all, name)
	return s, ok
}

// takeValue is take for a setting that is "" if it is missing.
func (all settings) takeValue(name, byDefault string) string {
	if s, ok := all.take(name); ok {
		return s.value
	}
	return byDefault
}

// general sets what no setting of Courier decides.
func (c *converter) general() {
	c.d.Note(c.at, "", draft.Done, "parallel-type = %q added: one process serves all sessions", "thread")
	c.d.Put("parallel-type", "thread")
	c.d.SetWith(c.at, "UIDL", "maildir-uidl-convert", "yes", draft.ToDo, "run `tpopsctl import --from courier` for all mailboxes before the first login")
	c.d.Set(c.at, "sizes", "maildir-use-filesize", "no")
	c.d.Set(c.at, "sizes", "maildir-extended", "no")
	c.d.SetWith(c.at, "sessions of a mailbox", "maildir-lock", "no", draft.ToKnow, "several sessions may use a mailbox at once")
	c.d.Set(c.at, "lowest user id", "first-uid", "1")
	c.d.Note(c.at, "", draft.ToKnow, "TPOPS has limits that Courier does not have: max-per-user (10 sessions), connection-keep-time (an hour), guess-delay-max; see tpops.toml(5)")
}

// fate is what becomes of a setting that is not converted. One without a reason does not
// concern POP3.
type fate struct {
	kind   draft.Kind // Needed holds the new file back unless the setting is off
	reason string     // why it is not converted, and what to do
}

// The fates of several settings.
var (
	ciphers  = fate{draft.Done, "TPOPS selects ciphers itself"}
	resuming = fate{draft.Done, "TPOPS resumes TLS sessions itself"}
	noCert   = fate{draft.ToKnow, "TPOPS has no certificate of its own for the database"}
)

// known has the settings that are not converted.
var known = map[string]fate{
	"POP3_PROXY":                {draft.Needed, "the mailboxes are on other servers; see mailbox-type = proxy"},
	"AUTH_MKHOMEDIR_SKEL":       {draft.ToDo, "TPOPS creates no home directories; create mailboxes with the users"},
	"TLS_DHCERTFILE":            {draft.ToDo, "add the certificate to tls-cert"},
	"MYSQL_SSL_CAPATH":          {draft.ToDo, "set mysql-tls and mysql-tls-ca"},
	"MIME_UNICODE_MESSAGE_TYPE": {draft.ToKnow, "TPOPS sends messages as they are stored"},
	"DOMAINSEP":                 {draft.ToKnow, "TPOPS appends domain to names without @, % or +"},
	"DEBUG_LOGIN":               {draft.ToKnow, "TPOPS logs each login; see debug"},
	"daemons":                   {draft.ToKnow, "pam-calls and mysql-connections limit this in TPOPS"},
	"MYSQL_SSL_KEY":             noCert,
	"MYSQL_SSL_CERT":            noCert,
	"TLS_KTLS":                  {draft.Done, "TPOPS selects this itself"},
	"MYSQL_CHARACTER_SET":       {draft.Done, "TPOPS speaks UTF-8 with the database"},
	"TLS_DHPARAMS":              ciphers,
	"TLS_CIPHER_LIST":           ciphers,
	"TLS_PRIORITY":              ciphers,
	"MYSQL_SSL_CIPHERS":         ciphers,
	"TLS_CACHEFILE":             resuming,
	"TLS_CACHESIZE":             resuming,
	"TLS_TIMEOUT":               resuming,

	"LOGGEROPTS": {}, "SSLLOGGEROPTS": {}, "PIDFILE": {}, "SSLPIDFILE": {}, "POP3AUTH_ORIG": {}, "POP3AUTH_TLS_ORIG": {}, "PROXY_HOSTNAME": {},
	"MAILDIRPATH": {}, "COURIERTLS": {}, "TLS_STARTTLS_PROTOCOL": {}, "version": {}, "authdaemonvar": {}, "authmodulelistorig": {}, "subsystem": {},
	"LOGIN_DEBUG": {}, "MYSQL_OPT": {}, "MYSQL_NAME_FIELD": {}, "MYSQL_QUOTA_FIELD": {}, "MYSQL_DEFAULTDELIVERY": {}, "MYSQL_ENUMERATE_CLAUSE": {},
	"MYSQL_CHPASS_CLAUSE": {},
}

// rest reports the settings that were not taken.
func (c *converter) rest() {
	for _, all := range []settings{c.pop, c.tls, c.auth, c.mysql} {
		names := make([]string, 0, len(all))
		for name := range all {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			c.single(all[name])
		}
	}
}

// single reports a setting by its name and value.
func (c *converter) single(s setting) {
	f, ok := known[s.name]
	switch {
	case s.name == "TCPDOPTS":
		c.tcpd(s)
	case !ok:
		c.unknown(s)
	case f.kind == draft.Needed && isOff(s.value):
		c.d.Default(s.at, s.name)
	case f.reason == "":
		c.d.Other(s.name)
	default:
		c.d.Lost(s.at, s.name, f.kind, "%s", f.reason)
	}
}

// unknown reports a setting that is not in the table.
func (c *converter) unknown(s setting) {
	if strings.HasPrefix(s.name, "AUTHSERVICE") {
		c.d.Refuse(s.at, s.name, "TPOPS has one PAM service for all ports; set pam-service")
		return
	}
	c.d.Refuse(s.at, s.name, "the converter does not know this setting; check whether it concerns POP3")
}

// isOff reports whether a number or switch of Courier is off.
func isOff(text string) bool { return text == "" || text == "0" || isNo(text) }

// isNo reports whether a switch of Courier is off.
func isNo(text string) bool { return text != "" && (text[0] == 'n' || text[0] == 'N') }
