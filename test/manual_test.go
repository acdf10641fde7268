package test

// promise is a row of the manual of TPOPS 0.8, or something that its program
// does beyond it, and the tests that prove that it holds here.
type promise struct {
	// about is the parameter, or parameter=value for a value that is a row of its
	// own; otherwise the chapter.
	about string
	says  string
	// proofs are folder.Function, or folder.Function/subtest.
	proofs []string
}

// names08 are the parameters of 0.8, in the order of its manual.
var names08 = []string{
	"config", "port", "hostname", "connection-keep-time", "command-timeout", "inetd", "fg", "version", "debug",
	"access-log", "error-log", "pid-file", "user", "group", "syslog", "auth-type", "mailbox-type", "parallel-type",
	"domain", "error-interval", "min-servers", "max-servers", "max-use", "max-idle", "apop-passwd-file", "maildir",
	"mysql-server", "mysql-user", "mysql-passwd", "mysql-db", "mysql-auth-query", "mysql-crypt-passwd",
	"maildir-use-filesize", "maildir-extended", "maildir-lock", "maildir-uidl-convert", "pop-server",
}

// choices08 are the parameters each of whose values is a row.
var choices08 = map[string][]string{
	"auth-type":          {"passwd", "mysql"},
	"mailbox-type":       {"maildir", "proxy"},
	"parallel-type":      {"prefork", "fork", "thread"},
	"mysql-crypt-passwd": {"no", "yes", "crypt", "sha"},
}

// manual is the whole manual. A promise of the protocol is proved by a
// transcript, one about other programs or the system with the real daemon.
var manual = []promise{
	// Parameters in general.
	{"parameters", "--parameter=value; (program) --parameter value, and short options in a group", []string{"pkg/config.TestArgs"}},
	{"parameters", "the command line goes before the file", []string{"pkg/config.TestArgsBeatFile"}},
	{"parameters", "… after a reload too", []string{"test.TestSIGHUP"}},
	{"parameters", "(program) lines of the old file: name = value, name value, a bare name, # comments, [section] lines",
		[]string{"pkg/config/oldconf.TestLines", "test.TestMovingOver", "test.TestOldConfigurationIsRead"}},
	{"parameters", "names, letters and defaults", []string{"pkg/config.TestManualDefaults"}},

	// Each parameter.
	{"config", "the configuration file, named on the command line (f)", []string{"test.TestSIGHUPNewUsers", "pkg/config.TestArgs"}},
	{"port", "port to listen on; host:port listens on that address only", []string{"test.TestPort"}},
	{"hostname", "host name in the first message", []string{"test.TestChallenge"}},
	{"hostname", "by default the output of uname -n", []string{"test.TestHostnameIsUname"}},
	{"connection-keep-time", "seconds a connection may last, counted from its start", []string{"pkg/pop3.TestTranscripts/connection-keep-time"}},
	{"connection-keep-time", "cut even in the middle of an operation", []string{"test.TestCutOff/expired in a write"}},
	{"command-timeout", "a client silent for so long is disconnected", []string{"pkg/pop3.TestTranscripts/command-timeout"}},
	{"inetd", "one connection on standard input", []string{"test.TestInetd"}},
	{"fg", "off: the server goes to the background", []string{"test.TestBackground"}},
	{"fg", "on: it runs in the foreground", []string{"test.TestSIGTERMLetsSessionsFinish"}},
	{"version", "print version and exit", []string{"test.TestVersion"}},
	{"debug", "log the client's commands and the server's responses", []string{"pkg/pop3.TestTranscripts/debug", "test.TestDebugKeepsSecrets"}},
	{"access-log", "access log file", []string{"test.TestAccessLogAndPIDFile"}},
	{"access-log", "opened anew at SIGHUP", []string{"test.TestLogsReopened"}},
	{"error-log", "error log file", []string{"test.TestErrorLog", "pkg/eventlog.TestErrorLog"}},
	{"error-log", "opened anew at SIGHUP", []string{"test.TestLogsReopened"}},
	{"pid-file", "file to record the process id in", []string{"test.TestAccessLogAndPIDFile", "test.TestPIDFileOfSuccessor"}},
	{"user", "name or number", []string{"test.TestUserAndGroup"}},
	{"user", "where passwd authentication needs root it then fails", []string{"test.TestUserWithoutShadow"}},
	{"user", "of the child processes", []string{"test.TestChildrenUserAndGroup"}},
	{"group", "name or number", []string{"test.TestUserAndGroup"}},
	{"group", "of the child processes", []string{"test.TestChildrenUserAndGroup"}},
	{"syslog", "syslog facility, by default mail; none logs nothing there", []string{"test.TestSyslog", "pkg/eventlog.TestSyslog"}},
	{"auth-type=passwd", "system users", []string{"test.TestSystemUser", "pkg/auth/system.TestPasswdContract"}},
	{"auth-type=mysql", "rows of a table", []string{"test.TestOldTable", "test.TestMySQL/contract"}},
	{"mailbox-type=maildir", "mail in a Maildir", []string{"pkg/maildir.TestMailbox", "test.TestClientsFetch"}},
	{"mailbox-type=proxy", "mail on another POP server", []string{"pkg/proxy.TestMailbox", "test.TestProxyMailboxDovecot", "test.TestProxyCorpus"}},
	{"pop-server", "the POP server to connect to", []string{"test.TestProxyCorpus", "test.TestProxyUnreachable", "pkg/proxy.TestServersInTurn"}},
	{"parallel-type=prefork", "children started ahead", []string{"test.TestPreforkCounts", "test.TestParallelSIGTERM/prefork"}},
	{"parallel-type=fork", "a child for each connection", []string{"test.TestForkBecomesOwner", "test.TestParallelSIGTERM/fork"}},
	{"parallel-type=thread", "many sessions in one process", []string{"test.TestMaxServers", "test.TestInUse"}},
	{"domain", "a login name without any of @ % + gets @domain (program: or the value as it is)", []string{"pkg/pop3.TestTranscripts/domain"}},
	{"error-interval", "seconds to wait before an error is answered",
		[]string{"pkg/pop3.TestTranscripts/failed-login", "pkg/pop3.TestTranscripts/delay-all"}},
	{"min-servers", "prefork: minimum number of children; below it children are started", []string{"test.TestPreforkCounts", "pkg/workers/process.TestMissing"}},
	{"max-servers", "prefork: maximum number of children", []string{"test.TestPreforkCounts", "test.TestParallelFull", "pkg/workers/process.TestMissing"}},
	{"max-servers", "(program) for fork: of connections", []string{"test.TestParallelFull"}},
	{"max-use", "prefork: connections a child serves before it ends", []string{"test.TestPreforkMaxUse"}},
	{"max-idle", "prefork: seconds a child that has served waits for the next connection before it ends", []string{"test.TestPreforkMaxIdle"}},
	{"max-servers", "(program) for thread: of connections", []string{"test.TestMaxServers", "pkg/pop3.TestServerMax"}},
	{"apop-passwd-file", "login and plain password for APOP, with system users", []string{"test.TestAPOP", "pkg/auth/system.TestPasswdAPOP"}},
	{"apop-passwd-file", "APOP is offered if it is set", []string{"test.TestAPOP", "test.TestAPOPNotOffered/no file", "test.TestAPOPFileUnusable"}},
	{"apop-passwd-file", "DBM file", []string{"test.TestMovingOver", "pkg/auth/secrets.TestReadOldGDBM"}},
	{"maildir", "Maildir, relative to the home directory", []string{"test.TestMaildirBelowHome"}},
	{"mysql-server", "server", []string{"test.TestOldTable", "test.TestMySQLSeveralServers"}},
	{"mysql-user", "user", []string{"test.TestOldTable"}},
	{"mysql-passwd", "password", []string{"test.TestOldTable", "test.TestMySQL/ping"}},
	{"mysql-db", "database", []string{"test.TestOldTable"}},
	{"mysql-auth-query", "query for login, password, Maildir; the default one", []string{"test.TestOldTable", "test.TestMySQL/columns"}},
	{"mysql-auth-query", "%s the login name, %u and %d its parts, %% a percent sign",
		[]string{"test.TestMySQL/parts of the login name", "pkg/auth/mysql.TestParseQuery", "pkg/auth/mysql.TestLoginParts"}},
	{"mysql-crypt-passwd=no", "plain, and APOP", []string{"test.TestOldTable", "test.TestMySQL/mysql-crypt-passwd"}},
	{"mysql-crypt-passwd=yes", "crypt, then sha; no APOP", []string{"test.TestOldTable", "test.TestMySQL/mysql-crypt-passwd"}},
	{"mysql-crypt-passwd=crypt", "the system's crypt(); no APOP",
		[]string{"test.TestOldTable", "test.TestMySQL/mysql-crypt-passwd", "pkg/password.TestSystemCrypt"}},
	{"mysql-crypt-passwd=sha", "SHA-1 in base64, a leading {SHA} ignored; no APOP", []string{"test.TestOldTable", "test.TestMySQL/mysql-crypt-passwd"}},
	{"maildir-use-filesize", "the file's size is the message's", []string{"pkg/maildir.TestSizes/size of the file"}},
	{"maildir-extended", "S=number in the name is the size, before maildir-use-filesize",
		[]string{"pkg/maildir.TestSizes/S=", "pkg/maildir.TestSizes/S= comes before the size of the file"}},
	{"maildir-lock", "while logged in, no other login that uses the same mailbox", []string{"test.TestInUse", "pkg/maildir.TestLock"}},
	{"maildir-lock", "no: several at once", []string{"test.TestLockOff"}},
	{"maildir-uidl-convert", "translate UIDLs by tpops_uidl, lines of file name, tab, UIDL",
		[]string{"test.TestOldUIDLs", "pkg/maildir.TestConvert", "pkg/maildir.TestParseUIDLs"}},

	// MySQL.
	{"MySQL", "the table of 0.8 works as it is", []string{"test.TestOldTable"}},
	{"MySQL", "tpops_auth-mysql.sql creates it", []string{"packaging.TestSQL/fresh"}},

	// Start and signals.
	{"start", "stand-alone", []string{"test.TestBackground"}},
	{"start", "inetd", []string{"test.TestInetd", "test.TestSuperserver", "test.TestSuperserverSystemUser"}},
	{"signals", "SIGTERM ends it when the work is done, that of children too", []string{"test.TestSIGTERMLetsSessionsFinish", "test.TestParallelSIGTERM"}},
	{"signals", "SIGHUP reads the configuration again; sessions at work go on", []string{"test.TestSIGHUP", "test.TestSIGHUPNewUsers", "test.TestParallelSIGHUP"}},
	{"signals", "SIGINT ends it (program: at once)", []string{"test.TestSIGINTEndsAtOnce", "test.TestParallelSIGINT"}},

	// POP before SMTP.
	{"plug-in", "(program) a sample plug-in lets mail through after login", []string{"test.TestLoginHook", "packaging.TestPopBeforeSMTP"}},

	// Users.
	{"users", "system users have their mail in Maildir in the home directory", []string{"test.TestSystemUser"}},
	{"users", "tpops_passwd pwdfile id password adds", []string{"cmd/tpops_passwd.TestForms/add"}},
	{"users", "tpops_passwd -f filename pwdfile adds from a list", []string{"cmd/tpops_passwd.TestForms/add a list"}},
	{"users", "(program) - is standard input", []string{"cmd/tpops_passwd.TestForms/list from standard input"}},
	{"users", "tpops_passwd -d id pwdfile deletes", []string{"cmd/tpops_passwd.TestForms/delete"}},
	{"users", "tpops_passwd -l pwdfile lists (program: id, tab, password, sorted)", []string{"cmd/tpops_passwd.TestForms/list at last"}},
	{"users", "rows of the table user", []string{"test.TestOldTable"}},

	// Logs.
	{"logs", "access-log: address, login date and time, logout date and time, name, messages and octets before and after",
		[]string{"pkg/eventlog.TestAccess/logged in", "test.TestAccessLogAndPIDFile"}},
	{"logs", "(program) dates are %Y/%m/%d %H:%M:%S", []string{"test.TestAccessLogDates"}},
	{"logs", "(program) the name in parentheses if not logged in", []string{"pkg/eventlog.TestAccess/not logged in", "test.TestAccessLogAndPIDFile"}},
	{"logs", "(program) () if no name was given", []string{"pkg/eventlog.TestAccess/no name", "test.TestAccessLogAndPIDFile"}},
	{"logs", "(program) written at every end of a connection", []string{"test.TestAccessLogDates"}},
	{"logs", "two processes never tear a line", []string{"pkg/eventlog.TestAccessShared"}},

	// Maildir notes.
	{"Maildir", "LF in the file counts as CRLF: exact with both parameters off", []string{"pkg/maildir.TestSizes/exact"}},
	{"Maildir", "exact even if the name has S=", []string{"pkg/maildir.TestSizes/exact, S= is not asked"}},

	// Answers.
	{"answers", "+OK TPOPS ready.", []string{"pkg/pop3.TestTranscripts/user-pass"}},
	{"answers", "<pid.time@hostname> in the greeting only with APOP, a legal Message-ID, fresh each time",
		[]string{"test.TestChallenge", "test.TestAPOPNotOffered/only hashes", "pkg/pop3.TestTranscripts/apop-none"}},
	{"answers", "USER: +OK password required", []string{"pkg/pop3.TestTranscripts/user-pass"}},
	{"answers", "login: +OK NAME has N messages (M octets)", []string{"pkg/pop3.TestTranscripts/list"}},
	{"answers", "STAT: +OK N M", []string{"pkg/pop3.TestTranscripts/stat"}},
	{"answers", "LIST: +OK N messages (M octets)", []string{"pkg/pop3.TestTranscripts/list"}},
	{"answers", "LIST n: +OK n size", []string{"pkg/pop3.TestTranscripts/list"}},
	{"answers", "RETR: +OK size octets", []string{"pkg/pop3.TestTranscripts/retr"}},
	{"answers", "DELE: +OK message deleted", []string{"pkg/pop3.TestTranscripts/dele-rset"}},
	{"answers", "NOOP: +OK", []string{"pkg/pop3.TestTranscripts/noop-last"}},
	{"answers", "RSET: +OK", []string{"pkg/pop3.TestTranscripts/dele-rset"}},
	{"answers", "TOP: +OK", []string{"pkg/pop3.TestTranscripts/top"}},
	{"answers", "UIDL: +OK", []string{"pkg/pop3.TestTranscripts/uidl"}},
	{"answers", "LAST: +OK n, the highest number retrieved, now or earlier (flag S); here only up to the first that was not",
		[]string{"pkg/pop3.TestTranscripts/noop-last", "pkg/pop3.TestTranscripts/last-gap", "pkg/maildir.TestLast", "test.TestSeenFlags",
			"test.TestFetchmailLAST"}},
	{"answers", "QUIT: +OK server signing off", []string{"pkg/pop3.TestTranscripts/quit-authorization", "pkg/pop3.TestTranscripts/dele-rset"}},
	{"answers", "-ERR invalid command", []string{"pkg/pop3.TestTranscripts/lines"}},
	{"answers", "-ERR too many arguments", []string{"pkg/pop3.TestTranscripts/noop-last"}},
	{"answers", "-ERR too few/many arguments", []string{"pkg/pop3.TestTranscripts/list"}},
	{"answers", "-ERR no such message", []string{"pkg/pop3.TestTranscripts/dele-rset", "pkg/pop3.TestTranscripts/numbers"}},
	{"answers", "-ERR authentication failed, then the connection closes", []string{"pkg/pop3.TestTranscripts/failed-login"}},
	{"answers", "-ERR cannot lock", []string{"pkg/pop3.TestTranscripts/locked", "test.TestInUse"}},
	{"answers", "-ERR connection time exceeded", []string{"pkg/pop3.TestTranscripts/connection-keep-time"}},
	{"answers", "-ERR APOP not supported", []string{"pkg/pop3.TestTranscripts/apop-none", "test.TestAPOPNotOffered"}},
	{"answers", "a command line over 1,024 octets closes the connection",
		[]string{"pkg/pop3.TestTranscripts/line-too-long", "pkg/pop3.FuzzReadLine"}},
	{"answers", "seen messages get the flag S at QUIT, and move from new/ to cur/; RSET takes it back",
		[]string{"test.TestSeenFlags", "pkg/maildir.TestUpdate/seen"}},
}
