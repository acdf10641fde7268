package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"time"

	"tpops/pkg/files"
)

// Source is where Look finds out about a machine.
type Source struct {
	Root      string // the directory that is / of the machine; empty for /
	Hostname  string // uname -n, or the full name
	IsSystemd bool   // systemd runs and has the units of the service
	Now       time.Time
}

// Machine is what was found out. Goroutines must not share one.
type Machine struct {
	Source
	Certificates []Certificate
	Database     string // the socket at which a database server answers, or empty
	Config       string // the text of ConfigPath, or empty

	given     settings // the parameters that Config sets
	listeners map[int]Listener
	Active    bool      // the service has its port
	ActiveTLS bool      // the service has its port for TLS
	Started   time.Time // when the service has started; zero if it has not
}

// kinds are the kinds of users by the value of auth-type.
var kinds = map[string]string{"passwd": UsersSystem, "passwd-file": UsersFile, "mysql": UsersMySQL}

// databaseSockets are the usual places of the socket of MySQL or MariaDB.
var databaseSockets = []string{"/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock"}

// maxFile limits a file that setup changes, in octets.
const maxFile = 16 << 20

// Look finds out about the machine. An error means that the configuration cannot be
// read, and what to do.
func Look(source Source) (*Machine, error) {
	m := &Machine{Source: source}
	var err error
	if m.Config, err = m.read(ConfigPath); err != nil {
		return nil, err
	}
	if m.given, err = readSettings(m.Config); err != nil {
		return nil, fmt.Errorf("%s: %w\nrun tpops --check-config, or move the file away", ConfigPath, err)
	}
	maps.DeleteFunc(m.given, func(_, value string) bool { return value == "none" })
	m.Certificates = certificates(m.Root, m.Hostname, m.Now)
	m.listeners = listeners(m.Root)
	for _, socket := range databaseSockets {
		if conn, err := net.DialTimeout("unix", filepath.Join(m.Root, socket), time.Second); err == nil {
			_ = conn.Close()
			m.Database = socket
			break
		}
	}
	return m, nil
}

// Choice returns the present configuration, with what was found out for the rest. Users is
// empty if the configuration does not name a kind of users.
func (m *Machine) Choice() *Choice {
	c := &Choice{Port: m.port(socketPath, "port", pop3Port), TLSPort: m.port(tlsSocketPath, "tls-port", pop3sPort)}
	c.Users = kinds[m.given["auth-type"]]
	c.MailRoot = m.mailRoot(c.Users)
	service, _ := m.read(servicePath)
	c.Cert, c.Key = dropInValue(service, "LoadCredential=tls-cert:"), dropInValue(service, "LoadCredential=tls-key:")
	if c.Cert == "" && m.given["tls-cert"] == "" && len(m.Certificates) > 0 && m.Certificates[0].ForHost {
		c.Cert, c.Key = m.Certificates[0].Cert, m.Certificates[0].Key
	}
	c.MySQL = m.mysql()
	return c
}

// port returns the port of a drop-in or parameter, or the usual one.
func (m *Machine) port(dropIn, parameter, usual string) string {
	text, _ := m.read(dropIn)
	if v := dropInValue(text, "ListenStream="); v != "" {
		return v
	}
	if v := m.given[parameter]; v != "" && !m.IsSystemd && CheckPort(v) == nil {
		return v
	}
	return usual
}

// mailRoot returns the directory of the mail for a kind of users.
func (m *Machine) mailRoot(users string) string {
	if users != "" && m.given["mail-roots"] != "" {
		return m.given["mail-roots"]
	}
	return m.DefaultMailRoot(users)
}

// HasOwnTLS reports whether the configuration itself names certificates.
func (m *Machine) HasOwnTLS() bool { return m.given["tls-cert"] != "" }

// HasTLS reports whether clients can use TLS after a choice.
func (m *Machine) HasTLS(c *Choice) bool { return c.Cert != "" || m.HasOwnTLS() && !c.NoTLS }

// OtherUsers returns the value of auth-type if it is one that setup does not make, such as
// pam, or "".
func (m *Machine) OtherUsers() string {
	if kinds[m.given["auth-type"]] != "" {
		return ""
	}
	return m.given["auth-type"]
}

// HasDatabase reports whether the configuration names a database.
func (m *Machine) HasDatabase() bool { return m.given["mysql-db"] != "" }

// Listener returns the program that has a port and is not TPOPS.
func (m *Machine) Listener(port string) (Listener, bool) {
	n, err := portNumber(port)
	if err != nil {
		return Listener{}, false
	}
	l, ok := m.listeners[n]
	isOurs := l.Name == "tpops" || l.Name == "systemd" && m.Active
	return l, ok && !isOurs
}

// read returns the text of a file, or "" if there is none.
func (m *Machine) read(name string) (string, error) {
	text, _, err := files.Read(filepath.Join(m.Root, name), maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(text), err
}

// exists reports whether there is something of that name.
func (m *Machine) exists(name string) bool {
	_, err := os.Lstat(filepath.Join(m.Root, name))
	return err == nil
}

// lookup returns the addresses of a host, or none.
func lookup(ctx context.Context) resolver {
	return func(host string) []string {
		found, err := net.DefaultResolver.LookupHost(ctx, host)
		if err != nil {
			return nil
		}
		return found
	}
}
