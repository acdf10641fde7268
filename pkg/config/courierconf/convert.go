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
	c.d.Note(c.at, "", "parallel-type = %q added: one process serves all sessions", "thread")
	c.d.Put("parallel-type", "thread")
	c.d.SetWith(c.at, "UIDL", "maildir-uidl-convert", "yes", "run `tpopsctl import --from courier` for all mailboxes before the first login")
	c.d.Set(c.at, "sizes", "maildir-use-filesize", "no")
	c.d.Set(c.at, "sizes", "maildir-extended", "no")
	c.d.SetWith(c.at, "sessions of a mailbox", "maildir-lock", "no", "several sessions may use a mailbox at once")
	c.d.Set(c.at, "lowest user id", "first-uid", "1")
	c.d.Note(c.at, "", "TPOPS has limits that Courier does not have: max-per-user (10 sessions), connection-keep-time (an hour), guess-delay-max; see tpops.toml(5)")
}

// known has settings that are not converted: the reason and what to do, or "" if they
// do not concern POP3. A text that begins with ! holds the new file back unless the
// value is empty, 0 or NO.
var known = map[string]string{
	"TCPDOPTS": "TPOPS has no options of couriertcpd; nothing to do", "LOGGEROPTS": "", "SSLLOGGEROPTS": "", "PIDFILE": "", "SSLPIDFILE": "",
	"POP3AUTH_ORIG": "", "POP3AUTH_TLS_ORIG": "", "POP3_PROXY": "!the mailboxes are on other servers; see mailbox-type = proxy", "PROXY_HOSTNAME": "",
	"AUTH_MKHOMEDIR_SKEL": "TPOPS creates no home directories; create mailboxes with the users", "MIME_UNICODE_MESSAGE_TYPE": "TPOPS sends messages as they are stored",
	"MAILDIRPATH": "", "DOMAINSEP": "TPOPS appends domain to names without @, % or +", "COURIERTLS": "", "TLS_DHPARAMS": "TPOPS selects ciphers itself; nothing to do",
	"TLS_CIPHER_LIST": "TPOPS selects ciphers itself; nothing to do", "TLS_PRIORITY": "TPOPS selects ciphers itself; nothing to do",
	"TLS_CACHEFILE": "TPOPS resumes TLS sessions itself; nothing to do", "TLS_CACHESIZE": "TPOPS resumes TLS sessions itself; nothing to do",
	"TLS_TIMEOUT": "TPOPS resumes TLS sessions itself; nothing to do", "TLS_DHCERTFILE": "add the certificate to tls-cert", "TLS_STARTTLS_PROTOCOL": "",
	"version": "", "authdaemonvar": "", "authmodulelistorig": "", "subsystem": "", "LOGIN_DEBUG": "", "DEBUG_LOGIN": "TPOPS logs each login; see debug",
	"daemons": "pam-calls and mysql-connections limit this in TPOPS", "TLS_KTLS": "TPOPS selects this itself; nothing to do",
	"MYSQL_OPT": "", "MYSQL_NAME_FIELD": "", "MYSQL_QUOTA_FIELD": "", "MYSQL_DEFAULTDELIVERY": "", "MYSQL_ENUMERATE_CLAUSE": "", "MYSQL_CHPASS_CLAUSE": "",
	"MYSQL_CHARACTER_SET": "TPOPS speaks UTF-8 with the database; nothing to do", "MYSQL_SSL_CIPHERS": "TPOPS selects ciphers itself; nothing to do",
	"MYSQL_SSL_KEY": "TPOPS has no certificate of its own for the database", "MYSQL_SSL_CERT": "TPOPS has no certificate of its own for the database",
	"MYSQL_SSL_CAPATH": "set mysql-tls and mysql-tls-ca",
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
	reason, ok := known[s.name]
	needed, isNeeded := strings.CutPrefix(reason, "!")
	switch {
	case !ok:
		c.unknown(s)
	case s.name == "TCPDOPTS" && strings.Contains(s.value, "-access"):
		c.d.Refuse(s.at, s.name, "a file of -access decides which clients may connect; use a firewall")
	case isNeeded && !isOff(s.value):
		c.d.Refuse(s.at, s.name, "%s", needed)
	case isNeeded:
		c.d.Default(s.at, s.name)
	case reason == "":
		c.d.Other(s.name)
	default:
		c.d.Lost(s.at, s.name, "%s", reason)
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
