// Package setup makes a first configuration for this machine: it finds out what the
// machine has, plans the files and commands for what the operator has chosen, and carries
// the plan out. Nothing changes before Plan.Apply.
package setup

import (
	"errors"
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// The kinds of users, the values of Choice.Users.
const (
	UsersSystem = "system" // users of the system, with mail in their home directories
	UsersFile   = "file"   // lines of /etc/tpops/users
	UsersMySQL  = "mysql"  // rows of a table of MySQL or MariaDB
)

// The usual ports.
const (
	pop3Port  = "110"
	pop3sPort = "995"
)

// Choice is what the operator has chosen. Machine.Choice returns the present one.
type Choice struct {
	Users         string // one of the constants, or empty: not chosen
	MailRoot      string // the directory of the mail; for system users of all home directories, separated by commas
	Port, TLSPort string // port, or address:port
	Cert, Key     string // files in PEM; empty without TLS, or if the configuration itself names them
	NoTLS         bool   // without certificates, also if the configuration names some
	MySQL         MySQL
	First         FirstUser
}

// FirstUser is a user to add; without a Login there is none.
type FirstUser struct{ Login, Password string }

// Lengths in octets.
const (
	maxLogin    = 64
	maxPassword = 1024 // the longest that the server accepts
)

// Patterns of texts that become part of files, units and commands. None of them has a
// character that is special in any of these.
var patterns = struct{ login, path, word, host *regexp.Regexp }{
	regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+@-]*$`),
	regexp.MustCompile(`^(/[A-Za-z0-9_+@-][A-Za-z0-9._+@-]*)+$`),
	regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`),
	regexp.MustCompile(`^[A-Za-z0-9.:\[\]/_-]+$`),
}

// CheckPath returns why setup does not use a path, or nil.
func CheckPath(name string) error {
	if !patterns.path.MatchString(name) || path.Clean(name) != name || len(name) > 255 {
		return fmt.Errorf("%q: must be an absolute path of letters, digits and . _ + @ -", name)
	}
	return nil
}

// CheckPort returns why a text is neither a port nor address:port, or nil.
func CheckPort(text string) error {
	if _, err := portNumber(text); err != nil {
		return fmt.Errorf("%q: must be a port from 1 to 65535, or address:port", text)
	}
	return nil
}

// portNumber returns the port of a port or address:port.
func portNumber(text string) (int, error) {
	if strings.Contains(text, ":") {
		a, err := netip.ParseAddrPort(text)
		if err == nil && (a.Port() == 0 || a.Addr().Zone() != "") {
			err = errors.New("port 0")
		}
		return int(a.Port()), err
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err == nil && n == 0 {
		err = errors.New("port 0")
	}
	return int(n), err
}

// Check returns why the user cannot be added, or nil.
func (u FirstUser) Check() error {
	switch {
	case !patterns.login.MatchString(u.Login) || strings.Contains(u.Login, "..") || len(u.Login) > maxLogin:
		return fmt.Errorf("login name %q: must be up to %d letters, digits and . _ + @ -", u.Login, maxLogin)
	case u.Password == "":
		return fmt.Errorf("the password of %s is empty", u.Login)
	case len(u.Password) > maxPassword:
		return fmt.Errorf("the password of %s is longer than %d octets", u.Login, maxPassword)
	case strings.ContainsFunc(u.Password, unicode.IsControl):
		return fmt.Errorf("the password of %s has control characters", u.Login)
	}
	return nil
}

// Check returns what is wrong with the choice, or nil.
func (c *Choice) Check() error {
	var all []error
	switch c.Users {
	case UsersSystem, UsersFile, UsersMySQL:
	default:
		all = append(all, fmt.Errorf("users %q: must be %s, %s or %s", c.Users, UsersSystem, UsersFile, UsersMySQL))
	}
	for root := range strings.SplitSeq(c.MailRoot, ",") {
		all = append(all, CheckPath(root))
	}
	all = append(all, CheckPort(c.Port), CheckPort(c.TLSPort))
	if c.Cert != "" {
		all = append(all, CheckPath(c.Cert), CheckPath(c.Key))
	}
	if c.Users == UsersMySQL {
		all = append(all, c.MySQL.Check())
	}
	if c.First.Login != "" {
		all = append(all, c.First.Check())
	}
	return errors.Join(all...)
}
