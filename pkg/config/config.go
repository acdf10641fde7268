// Package config reads the parameters of TPOPS. Each is declared once, as a
// field of Config and a row of its table; flags, the TOML file, the help text,
// the sample file and the table of the manual page come from those rows.
//
// A parameter that is set has an effect, or Load fails with the reason and the
// place: an unknown name, a wrong type, a value out of range, or a parameter that
// has no effect with the values of the others.
//
// To add a parameter, add a field to the struct of its topic and a row to the
// table.
package config

import (
	"net/netip"
	"time"
)

// Config holds the parameters that one call of Load has read. The field of a
// parameter that is not set has its default; "unset" below is the zero value.
// After Load only KeepRestart changes a Config, so goroutines may share it.
type Config struct {
	Run       Run
	Log       Log
	Protocol  Protocol
	TLS       TLS
	SASL      SASL
	OAuth     OAuth
	Processes Processes
	Limits    Limits
	Users     Users
	PAM       PAM
	Dovecot   Dovecot
	Hook      Hook
	MySQL     MySQL
	Mailbox   Mailbox
	Proxy     Proxy

	origin origin
}

// Run selects what the program does, and how it runs.
type Run struct {
	ConfigFile   string // path of the configuration file, which may be missing if it is the default
	CheckConfig  bool   // only check the configuration, then exit
	Help         string // no; yes or all: only print the short or the full help text; Load has checked nothing else
	Version      bool   // only print the version; Load has checked nothing else
	SampleConfig bool   // only print the sample file; Load has checked nothing else
	Port         string // address for net.Listen: host:port or :port; port 0 is any free one
	Inetd        bool   // serve one connection on standard input
	Foreground   bool   // do not become a background process
	Debug        bool   // log commands and responses
	PIDFile      string // path, or unset
	Control      string // path of the control socket, or none
	Metrics      string // path of the socket of the metrics, or its loopback address and port; "": no socket
}

// Log selects what is logged, and where.
type Log struct {
	Access   string // path, or unset
	Errors   string // path, or unset
	Usage    string // absolute path of the file of usage, or unset
	Messages bool   // log each message that is retrieved or deleted
	Recorder int    // octets for the last lines of sessions, 0 for none
	Syslog   string // name of a syslog facility, or none
}

// Protocol has the behaviour and the time limits of a session.
type Protocol struct {
	Hostname           string        // name in the greeting, legal in a Message-ID
	ConnectionKeepTime time.Duration // at least a second
	CommandTimeout     time.Duration // at least a second
	Domain             string        // as the user wrote it; the caller inserts the @ if necessary; or unset
	LoginCase          string        // keep or lower
	ErrorInterval      time.Duration // 0 or more
	ErrorIntervalFor   string        // guesses or all
	LoginDelay         time.Duration // 0 or more
	Expire             string        // a number of days, never, or unset

	ProxyProtocolFrom []netip.Prefix // or unset; never IPv4-mapped IPv6
	XCLIENTFrom       []netip.Prefix // as ProxyProtocolFrom
}

// TLS has the certificates, and the clients that may log in without TLS.
type TLS struct {
	Cert           []string   // paths, or unset: no TLS
	Key            []string   // paths, as many as Cert; or unset: each key is in the file of its certificate
	Port           string     // address for net.Listen, or unset
	MinVersion     string     // 1.2 or 1.3
	ClientCA       string     // path, or unset
	PlaintextLogin ClearLogin // see MayLogInClear
}

// SASL selects the mechanisms that AUTH offers.
type SASL struct {
	Mechanisms    []string // in upper case, or only "none"; unset: all that work for every user
	IdentityNames string   // ascii or any
}

// OAuth selects how tokens are checked.
type OAuth struct {
	Tokens           string // none, jwks or introspection
	JWKSFile         string // path, set if Tokens is jwks
	Issuer           string // set if Tokens is jwks
	IntrospectionURL string // set if Tokens is introspection
	ClientID         string // or unset
	ClientSecret     Secret // or unset
	Audience         string // or unset
	Scope            string // or unset
	LoginClaim       string
}

// Processes has the concurrency model, and the ids of the processes.
type Processes struct {
	User         string        // name or number, or unset
	Group        string        // name or number, or unset
	ParallelType string        // prefork, fork or thread
	DrainTime    time.Duration // 0 or more
	IdleExit     time.Duration // 0 is never
	MinServers   int           // children, at least 1
	MaxServers   int           // connections served at the same time, at least 1; with prefork, children
	MaxUse       int           // connections that a child serves, at least 1
	MaxIdle      time.Duration // of a child that has served, at least a second
}

// Limits limits what clients may use. 0 disables a limit unless the field has
// another meaning for it.
type Limits struct {
	MaxPerAddress  int            // connections of an address
	MaxPerUser     int            // sessions of a user
	MaxBeforeLogin int            // connections before login; 0 is half of MaxServers
	LoginTime      time.Duration  // from the start of a connection to the login
	GuessDelayMax  time.Duration  // maximum delay before a password is checked
	GuardExempt    []netip.Prefix // networks without limits per address
}

// Users has the user databases, and the cache of logins.
type Users struct {
	AuthType       []string      // passwd, mysql, passwd-file, pam and dovecot, each at most once; asked in this order
	FirstUID       int           // at least 1
	PasswdFile     string        // path, set if AuthType has passwd-file
	APOPPasswdFile string        // path, or unset
	Cache          time.Duration // 0 is none
	CacheSize      int           // users, at least 1
	CacheStale     time.Duration // 0 or more
}

// PAM has the service and the limits of PAM.
type PAM struct {
	Service string        // name of a file in /etc/pam.d
	Timeout time.Duration // at least a second
	Calls   int           // at least 1
}

// Dovecot has the sockets of a running Dovecot.
type Dovecot struct {
	AuthSocket   string        // path
	UserdbSocket string        // path
	Timeout      time.Duration // at least a second
}

// Hook has the program that is started after each login.
type Hook struct {
	Program string        // absolute path, or unset
	Timeout time.Duration // at least a second
	Max     int           // at least 1
}

// MySQL is the database of auth-type mysql.
type MySQL struct {
	Server      []string      // host:port, or the path of a socket, which begins with a slash; tried in this order
	User        string        // or unset
	Passwd      Secret        // or unset
	DB          string        // set if Users.AuthType has mysql
	TLS         bool          // use TLS, and verify the server's certificate
	TLSCA       string        // path of a PEM file; unset: the CA certificates of the system
	Timeout     time.Duration // at least a second
	Connections int           // at least 1
	AuthQuery   string        // template with %s, %u, %d and %%
	ListQuery   string        // of all login names, with %%; or unset
	CryptPasswd string        // no, yes, crypt or sha
}
