// Package config knows the parameters of TPOPS. Each is declared once, as a
// field of Config and a row of its table; flags, the TOML file, the help text,
// the sample file and the table of the manual page come from those rows.
//
// A parameter that is set has an effect, or Load fails and says why and where:
// unknown names, wrong types, values out of range, and parameters that the
// others leave without effect.
//
// To add a parameter, add a field to Config and a row to rows.go.
package config

import (
	"net/netip"
	"time"
)

// Config is the parameters as one call of Load found them. A field whose
// parameter is not set holds its default; "unset" below is the zero value.
// Nothing but KeepRestart changes a Config after Load, so goroutines may share
// it.
type Config struct {
	// General.
	ConfigFile   string // path of the configuration file, which may be missing if it is the default
	CheckConfig  bool   // only check the configuration, then end
	Help         bool   // only print the help text; Load has checked nothing else
	Version      bool   // only print the version; Load has checked nothing else
	SampleConfig bool   // only print the sample file; Load has checked nothing else
	Port         string // address for net.Listen: host:port or :port; port 0 is any free one
	Inetd        bool   // serve one connection on standard input
	Foreground   bool   // do not become a background process
	Debug        bool   // log commands and responses
	AccessLog    string // path, or unset
	ErrorLog     string // path, or unset
	PIDFile      string // path, or unset
	LogMessages  bool   // log each message that is retrieved or deleted
	Syslog       string // name of a syslog facility, or none

	// Protocol.
	Hostname           string        // name in the greeting, legal in a Message-ID
	ConnectionKeepTime time.Duration // at least a second
	CommandTimeout     time.Duration // at least a second
	Domain             string        // what the user wrote, without the @ that may belong in front; or unset
	ErrorInterval      time.Duration // 0 or more
	ErrorIntervalFor   string        // guesses or all

	ProxyProtocolFrom []netip.Prefix // or unset; never IPv4 in IPv6
	XCLIENTFrom       []netip.Prefix // likewise

	// TLS.
	TLSCert        []string   // paths, or unset: no TLS
	TLSKey         []string   // paths, as many as TLSCert; or unset: each key is in the file of its certificate
	TLSPort        string     // address for net.Listen, or unset
	TLSMinVersion  string     // 1.2 or 1.3
	TLSClientCA    string     // path, or unset
	PlaintextLogin ClearLogin // see MayLogInClear

	LoginDelay time.Duration // 0 or more
	Expire     string        // a number of days, never, or unset

	// SASL.
	SASLMechanisms        []string // in upper case, or just "none"; unset is all that work for everyone
	OAuthTokens           string   // none, jwks or introspection
	OAuthJWKSFile         string   // path, set if OAuthTokens is jwks
	OAuthIssuer           string   // set if OAuthTokens is jwks
	OAuthIntrospectionURL string   // set if OAuthTokens is introspection
	OAuthClientID         string   // or unset
	OAuthClientSecret     Secret   // or unset
	OAuthAudience         string   // or unset
	OAuthScope            string   // or unset
	OAuthLoginClaim       string
	IdentityNames         string // ascii or any

	// Processes.
	User         string        // name or number, or unset
	Group        string        // name or number, or unset
	ParallelType string        // prefork, fork or thread
	DrainTime    time.Duration // 0 or more
	IdleExit     time.Duration // 0 is never
	MinServers   int           // children, at least 1
	MaxServers   int           // connections served at once, at least 1; of prefork, children
	MaxUse       int           // connections that a child serves, at least 1
	MaxIdle      time.Duration // of a child that has served, at least a second

	// Limits; 0 is none unless another meaning is said.
	MaxPerAddress  int            // connections of an address
	MaxPerUser     int            // sessions of a user
	MaxBeforeLogin int            // connections that have not logged in; 0 is half of MaxServers
	LoginTime      time.Duration  // to log in
	GuessDelayMax  time.Duration  // to which the delay of failed logins grows
	GuardExempt    []netip.Prefix // networks where addresses do not count

	// Users.
	AuthType       []string // passwd, mysql, passwd-file and pam, each at most once; to be asked in turn
	FirstUID       int      // at least 1
	PasswdFile     string   // path, set if AuthType has passwd-file
	APOPPasswdFile string   // path, or unset

	PAMService string        // name of a file in /etc/pam.d
	PAMTimeout time.Duration // at least a second
	PAMCalls   int           // at least 1

	AuthCache      time.Duration // 0 is none
	AuthCacheSize  int           // users, at least 1
	AuthCacheStale time.Duration // 0 or more

	// Login.
	LoginHook        string        // absolute path, or unset
	LoginHookTimeout time.Duration // at least a second
	LoginHookMax     int           // at least 1

	// MySQL.
	MySQLServer      []string      // host:port, or the path of a socket, which starts with a slash; to be tried in turn
	MySQLUser        string        // or unset
	MySQLPasswd      Secret        // or unset
	MySQLDB          string        // set if AuthType has mysql
	MySQLTLS         bool          // talk TLS, with the server's certificate verified
	MySQLTLSCA       string        // path of a PEM file; unset is the system's roots
	MySQLTimeout     time.Duration // at least a second
	MySQLConnections int           // at least 1
	MySQLAuthQuery   string        // template with %s, %u, %d and %%
	MySQLCryptPasswd string        // no, yes, crypt or sha

	// Maildir.
	MailboxType        string   // maildir or proxy
	MailRoots          []string // absolute paths, or unset
	Maildir            string   // path below a home directory, without ..
	MaildirUseFilesize bool
	MaildirExtended    bool
	MaildirLock        bool
	MaildirUIDLConvert bool

	// Proxy.
	PopServer        []string      // host:port, to be tried in turn
	PopServerTLS     string        // no, stls or implicit
	PopServerTLSCA   string        // path of a PEM file; unset is the system's roots
	PopServerTimeout time.Duration // at least a second
	PopServerClient  string        // none, xclient or proxy

	origin origin
}
