package config

import (
	"slices"
	"time"
)

// The bounds of a time: nothing waits for ever, and a wait of zero would end
// each session before its first command.
const (
	leastWait = time.Second
	mostWait  = 365 * 24 * time.Hour
)

// none is how the manual writes that nothing is set.
const none = "none"

func (c *Config) general() []Param {
	return []Param{
		{Name: "config", Short: "f", Default: "/etc/tpops/tpops.toml", CommandLine: true, Restart: true, value: path(&c.Run.ConfigFile),
			Help: "Configuration file, in TOML. A file named here must exist. The default one may be missing at the start; once read, it must be there at each reload too."},
		{Name: "check-config", Default: "no", CommandLine: true, value: yesNo(&c.Run.CheckConfig),
			Help: "Read the configuration, say what is wrong with it, and end."},
		{Name: "help", Short: "h", Default: "no", CommandLine: true, value: yesNo(&c.Run.Help),
			Help: "Print this text and end."},
		{Name: "version", Default: "no", CommandLine: true, value: yesNo(&c.Run.Version),
			Help: "Print the version and end."},
		{Name: "sample-config", Default: "no", CommandLine: true, value: yesNo(&c.Run.SampleConfig),
			Help: "Print a configuration file in which all is commented out, with meanings and defaults, and end."},
		{Name: "port", Short: "p", Default: "110", Restart: true, Only: unless("inetd", "yes"), value: address(&c.Run.Port),
			Help: "Port to listen on; host:port listens on that address only, and port 0 on any free port."},
		{Name: "inetd", Default: "no", Restart: true, value: yesNo(&c.Run.Inetd),
			Help: "Serve one connection on standard input, as started by inetd."},
		{Name: "fg", Default: "no", Restart: true, Only: unless("inetd", "yes"), value: yesNo(&c.Run.Foreground),
			Help: "Run in the foreground."},
		{Name: "debug", Default: "no", value: yesNo(&c.Run.Debug),
			Help: "Log the client's commands and the server's responses; passwords are masked."},
		{Name: "access-log", Default: none, Optional: true, value: path(&c.Log.Access),
			Help: "Access log file: one line for each connection when it ends."},
		{Name: "error-log", Default: none, Optional: true, value: path(&c.Log.Errors),
			Help: "Error log file."},
		{Name: "pid-file", Default: none, Optional: true, Restart: true, Only: unless("inetd", "yes"), value: path(&c.Run.PIDFile),
			Help: "File to record the process id in."},
		{Name: "log-messages", Default: "yes", value: yesNo(&c.Log.Messages),
			Help: "Log each message that is retrieved or deleted, with its UIDL."},
		{Name: "syslog", Default: "mail", value: choice(&c.Log.Syslog, facilities()...),
			Help: "Syslog facility; none logs nothing to syslog."},
	}
}

func facilities() []string {
	return []string{none, "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
		"ftp", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}
}

func (c *Config) protocol() []Param {
	return []Param{
		{Name: "hostname", Default: "uname -n", Optional: true, value: text(&c.Protocol.Hostname, checkHostname),
			Help: "Host name in the first message to a client; by default what uname -n prints."},
		{Name: "connection-keep-time", Default: "3600", value: duration(&c.Protocol.ConnectionKeepTime, leastWait, mostWait),
			Help: "Time a connection may last at most, counted from its start; then it is cut, even in the middle of an operation."},
		{Name: "command-timeout", Default: "600", value: duration(&c.Protocol.CommandTimeout, leastWait, mostWait),
			Help: "Time to wait for a command; a client silent for so long is disconnected."},
		{Name: "domain", Default: none, Optional: true, value: text(&c.Protocol.Domain, checkWord),
			Help: "Appended to a login name that has none of @ % +, after an @ if it starts with a letter or digit."},
		{Name: "error-interval", Default: "5", value: duration(&c.Protocol.ErrorInterval, 0, 10*time.Minute),
			Help: "Time to wait before an error is answered. 0.8 delayed every error; here error-interval-for says which."},
		{Name: "error-interval-for", Default: "guesses", Only: unless("error-interval", "0"),
			value: choice(&c.Protocol.ErrorIntervalFor, "guesses", "all"),
			Help:  "What error-interval delays: guesses are failed logins and what else can be used to guess or flood; all is every error, as in 0.8."},
		{Name: "proxy-protocol-from", Default: none, Optional: true, value: networks(&c.Protocol.ProxyProtocolFrom),
			Help: "Networks of load balancers whose connections begin with a PROXY protocol header, of version 1 or 2; the client is then the one that it names. Without a header such a connection is closed. From elsewhere a header is no header."},
		{Name: "xclient-from", Default: none, Optional: true, value: networks(&c.Protocol.XCLIENTFrom),
			Help: "Networks of proxies that may say before login, with XCLIENT as Dovecot has it, for which client they come."},
	}
}

func (c *Config) processes() []Param {
	return []Param{
		{Name: "user", Short: "u", Default: "parent's", Optional: true, Restart: true, value: owner(&c.Processes.User),
			Help: "User to serve as, by name or number; where passwd authentication needs root it then fails."},
		{Name: "group", Short: "g", Default: "parent's", Optional: true, Restart: true, value: owner(&c.Processes.Group),
			Help: "Group to serve as, by name or number."},
		{Name: "parallel-type", Default: "prefork", Restart: true,
			Only: unless("inetd", "yes"), value: choice(&c.Processes.ParallelType, "prefork", "fork", "thread"),
			Help: "How connections are served side by side: prefork in processes that are started ahead, fork in a process for each connection, thread in one process."},
		{Name: "drain-time", Default: "10", Only: unless("inetd", "yes"), value: duration(&c.Processes.DrainTime, 0, 10*time.Minute),
			Help: "Under systemd: time that commands at work have to end when the daemon is ended; the sessions then go on in the next process if parallel-type is thread and the daemon is restarted."},
		{Name: "idle-exit", Default: "0", Only: unless("inetd", "yes"), value: duration(&c.Processes.IdleExit, 0, mostWait),
			Help: "With sockets from systemd: end after this time without a session, to be started again by the next connection; 0 is never."},
		{Name: "min-servers", Default: "5", Only: only("parallel-type", "prefork"), value: count(&c.Processes.MinServers, 1, 100_000),
			Help: "Minimum number of children; below it children are started. Beyond it, two are kept waiting below max-servers."},
		{Name: "max-servers", Default: "50", Restart: true, Only: unless("inetd", "yes"), value: count(&c.Processes.MaxServers, 1, 100_000),
			Help: "Maximum number of connections served at once; further clients wait in the socket's queue."},
		{Name: "max-use", Default: "100", Only: only("parallel-type", "prefork"), value: count(&c.Processes.MaxUse, 1, 1_000_000_000),
			Help: "Connections a child serves before it ends."},
		{Name: "max-idle", Default: "100", Only: only("parallel-type", "prefork"), value: duration(&c.Processes.MaxIdle, leastWait, mostWait),
			Help: "Time a child that has served waits for the next connection before it ends."},
	}
}

func (c *Config) users() []Param {
	return []Param{
		{Name: "auth-type", Default: "passwd", value: choices(&c.Users.AuthType, "passwd", "mysql", "passwd-file", "pam"),
			Help: "Where users are found: the system's users, a MySQL table, a file of lines login:password:uid:gid:gecos:home:extra, or the system's users by PAM. Of several, separated by commas, the first one that knows a user decides."},
		{Name: "first-uid", Default: "1000", Restart: true, Only: only("mailbox-type", "maildir"), value: count(&c.Users.FirstUID, 1, 1<<31-1),
			Help: "Lowest user id whose mailbox may be opened, unless it is the daemon's own."},
		{Name: "passwd-file", Default: none, Optional: true, Required: true, Only: only("auth-type", "passwd-file"),
			value: path(&c.Users.PasswdFile),
			Help:  "The file of users."},
		{Name: "apop-passwd-file", Default: none, Optional: true, Only: append(only("auth-type", "passwd"), only("mailbox-type", "maildir")...),
			value: path(&c.Users.APOPPasswdFile),
			Help:  "File of login names and plain passwords for APOP, as tpops_passwd writes it; APOP is offered if it is set."},
		{Name: "pam-service", Default: "tpops", Only: only("auth-type", "pam"), value: text(&c.PAM.Service, checkFileName),
			Help: "Service of PAM that is asked: a file in /etc/pam.d."},
		{Name: "pam-timeout", Default: "10", Only: only("auth-type", "pam"), value: duration(&c.PAM.Timeout, leastWait, 10*time.Minute),
			Help: "Time to wait for PAM; a process that takes longer is killed."},
		{Name: "pam-calls", Default: "16", Restart: true, Only: only("auth-type", "pam"), value: count(&c.PAM.Calls, 1, 1000),
			Help: "Maximum number of processes that ask PAM at once."},
		{Name: "auth-cache", Default: "0", Only: slices.Concat(unless("inetd", "yes"), unless("parallel-type", "fork"), only("mailbox-type", "maildir")), value: duration(&c.Users.Cache, 0, 24*time.Hour),
			Help: "Time for which a user who has logged in with a password may do so again without the users being asked. So long a password that was changed, and a user who was locked out, are good at most. 0 is not at all."},
		{Name: "auth-cache-size", Default: "10000", Only: unless("auth-cache", "0"), value: count(&c.Users.CacheSize, 1, 10_000_000),
			Help: "Number of users that auth-cache remembers at most."},
		{Name: "auth-cache-stale", Default: "0", Only: unless("auth-cache", "0"), value: duration(&c.Users.CacheStale, 0, 30*24*time.Hour),
			Help: "Time after that of auth-cache for which they may do so while the users cannot be asked, such as when the database is down."},
	}
}

func (c *Config) maildir() []Param {
	maildir := only("mailbox-type", "maildir")
	return []Param{
		{Name: "mailbox-type", Default: "maildir", Restart: true, value: choice(&c.Mailbox.Type, "maildir", "proxy"),
			Help: "Where mail is: in Maildirs, or on another POP server."},
		{Name: "maildir", Default: "Maildir", Only: append(only("auth-type", "passwd", "passwd-file", "pam"), maildir...),
			value: text(&c.Mailbox.Maildir, checkBelow),
			Help:  "Maildir, relative to the home directory."},
		{Name: "mail-roots", Default: none, Optional: true, Restart: true, Only: append(unless("inetd", "yes"), maildir...),
			value: paths(&c.Mailbox.Roots),
			Help:  "Directories in which all mailboxes lie, absolute and separated by commas. If it is set the kernel keeps the daemon out of all others, but for what it reads and logs."},
		{Name: "maildir-use-filesize", Default: "yes", Only: maildir, value: yesNo(&c.Mailbox.UseFilesize),
			Help: "The file's size is the message's size; this may break the RFC."},
		{Name: "maildir-extended", Default: "yes", Only: maildir, value: yesNo(&c.Mailbox.Extended),
			Help: "S=number in the file name is the message's size, before maildir-use-filesize; this may break the RFC."},
		{Name: "maildir-lock", Default: "yes", Only: maildir, value: yesNo(&c.Mailbox.Lock),
			Help: "Lock the mailbox: while logged in, no other login that uses the same mailbox."},
		{Name: "maildir-uidl-convert", Default: "no", Only: maildir, value: yesNo(&c.Mailbox.UIDLConvert),
			Help: "Translate UIDLs by the file tpops_uidl in the Maildir, lines of file name, tab, UIDL."},
	}
}
