package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/config"
	"tpops/pkg/confine"
)

// firstGID keeps only root's group from new files. Mail users have groups of
// any number, and which groups a user may be in is not the daemon's to say.
const firstGID = 1

// confine takes away from the daemon what it will not need any more. All that
// the policy does not cover is open already.
func (p *program) confine() error { return p.confineTo(p.policy()) }

// confineTo puts a policy in force. Children have nothing to tell that the
// first of them has not told.
func (p *program) confineTo(policy confine.Policy) error {
	report, err := confine.Apply(policy)
	if err != nil || p.child != nil && p.child.task.Role != roleProbe {
		return err
	}
	p.logger.Info("sandbox enabled", slog.String("report", report.String()))
	return nil
}

func (p *program) policy() confine.Policy {
	c := p.config
	policy := confine.Policy{FirstUID: c.Users.FirstUID, FirstGID: firstGID, Connect: append(ports(c.MySQL.Server), tokenPorts(c)...)}
	if c.Mailbox.Type == "proxy" {
		policy = proxyPolicy(c)
	} else if len(c.Mailbox.Roots) == 0 {
		policy.AllFiles = true
		return policy
	}
	policy.Read = existing(c.Run.ConfigFile, c.Users.PasswdFile, c.Users.APOPPasswdFile, c.MySQL.TLSCA, c.Proxy.TLSCA, c.TLS.ClientCA, c.OAuth.JWKSFile,
		os.Getenv("CREDENTIALS_DIRECTORY"))
	policy.Read = append(policy.Read, c.TLS.Cert...)
	policy.Read = append(policy.Read, c.TLS.Key...)
	policy.Write = append(existing(c.Log.Access, c.Log.Errors), c.Mailbox.Roots...)
	if p.child == nil {
		policy.Write = append(policy.Write, existing(c.Run.PIDFile, canaryDirectory())...)
	}
	if slices.Contains(c.Users.AuthType, "mysql") {
		policy.Sockets = mysql.Sockets(strings.Join(c.MySQL.Server, ","))
	}
	return policy
}

// dnsPort is where a resolver is asked again whose answer was too long for UDP.
const dnsPort = 53

// proxyPolicy is that of a proxy, which opens no mailbox and acts as nobody else.
// What the user database says may be at any port.
func proxyPolicy(c *config.Config) confine.Policy {
	if slices.ContainsFunc(c.Users.AuthType, hasNoOwners) {
		return confine.Policy{AllTCP: true}
	}
	return confine.Policy{Connect: append(ports(c.Proxy.Server), dnsPort)}
}

// existing returns the paths that are set, made absolute.
func existing(paths ...string) []string {
	var set []string
	for _, path := range paths {
		if absolute, err := filepath.Abs(path); path != "" && err == nil {
			set = append(set, absolute)
		}
	}
	return set
}

// ports returns the TCP ports of servers.
func ports(servers []string) []uint16 {
	var ports []uint16
	for _, server := range servers {
		_, port, err := net.SplitHostPort(server)
		if err != nil {
			continue // It is a socket's path.
		}
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			ports = append(ports, uint16(n))
		}
	}
	return ports
}

// tokenPorts returns the TCP port of the server that is asked about tokens.
func tokenPorts(c *config.Config) []uint16 {
	u, err := url.Parse(c.OAuth.IntrospectionURL)
	if err != nil || u.Host == "" {
		return nil
	}
	port := u.Port()
	if port == "" && u.Scheme == "https" {
		return []uint16{443}
	}
	n, err := strconv.ParseUint(cmp.Or(port, "80"), 10, 16)
	if err != nil {
		return nil
	}
	return []uint16{uint16(n)}
}

// canaryDirectory is where the watchdog's mailbox is made: below /run if systemd
// gives the service a directory there, since a full disk says nothing about the
// daemon. Of several, separated by colons, it is the first. With the parameter user
// a directory may belong to the user of the unit: then it is the next one.
func canaryDirectory() string {
	for _, name := range []string{"RUNTIME_DIRECTORY", "STATE_DIRECTORY"} {
		dir, _, _ := strings.Cut(os.Getenv(name), ":")
		if dir != "" && unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS) == nil {
			return dir
		}
	}
	return os.TempDir()
}

// noCoreDumps keeps passwords and mail out of core files.
func noCoreDumps() {
	if err := confine.NoCoreDumps(); err != nil {
		fmt.Fprintln(os.Stderr, "tpops:", err)
	}
}
