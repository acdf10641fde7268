package rights

import (
	"cmp"
	"net"
	"net/url"
	"slices"
	"strconv"

	"tpops/pkg/config"
	"tpops/pkg/confine"
)

const (
	// firstGID forbids only root's group for new files. Groups of mail users may have
	// any number.
	firstGID = 1
	// dnsPort is the port of a resolver, which is queried over TCP if the response is
	// too long for UDP.
	dnsPort = 53
)

// Paths are the paths that a process uses besides those of the configuration.
type Paths struct {
	Credentials string   // directory of the unit's credentials, or ""
	Write       []string // files and directories that the process writes
	Sockets     []string // of databases
}

// Policy returns the rights that a process that serves many sessions keeps with the
// configuration. Files that are already open need no right.
func Policy(c *config.Config, paths Paths) confine.Policy {
	policy := confine.Policy{FirstUID: c.Users.FirstUID, FirstGID: firstGID, Connect: append(ports(c.MySQL.Server), tokenPorts(c)...)}
	if c.Mailbox.Type == "proxy" {
		policy = proxyPolicy(c)
	} else if len(c.Mailbox.Roots) == 0 {
		policy.AllFiles = true
		return policy
	}
	policy.Read = existing(paths.Credentials)
	for _, f := range c.ReadFiles() {
		policy.Read = append(policy.Read, existing(f.Path)...)
	}
	policy.Write = append(existing(c.Log.Access, c.Log.Errors), c.Mailbox.Roots...)
	policy.Write = append(policy.Write, existing(paths.Write...)...)
	if slices.Contains(c.Users.AuthType, "mysql") || slices.Contains(c.Users.AuthType, "dovecot") {
		policy.Sockets = paths.Sockets
	}
	return policy
}

// proxyPolicy returns the policy of a proxy, which opens no mailbox and does not change
// its user. The servers in a user database may have any port.
func proxyPolicy(c *config.Config) confine.Policy {
	if slices.ContainsFunc(c.Users.AuthType, func(name string) bool { return name != "passwd" && name != "pam" }) {
		return confine.Policy{AllTCP: true}
	}
	return confine.Policy{Connect: append(append(ports(c.Proxy.Server), tokenPorts(c)...), dnsPort)}
}

// ports returns the TCP ports of servers.
func ports(servers []string) []uint16 {
	var ports []uint16
	for _, server := range servers {
		_, port, err := net.SplitHostPort(server)
		if err != nil {
			continue // It is the path of a socket.
		}
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			ports = append(ports, uint16(n))
		}
	}
	return ports
}

// tokenPorts returns the TCP port of the server that checks tokens.
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
