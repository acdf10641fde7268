package setup

import (
	"net"
	"net/netip"
	"path"
	"slices"
	"strings"
)

// Paths of the files that setup writes.
const (
	ConfigPath    = "/etc/tpops/tpops.toml"
	usersPath     = "/etc/tpops/users"
	passwordPath  = "/etc/tpops/mysql-passwd"
	logrotatePath = "/etc/logrotate.d/tpops"
	servicePath   = "/etc/systemd/system/tpops.service.d/setup.conf"
	socketPath    = "/etc/systemd/system/tpops.socket.d/setup.conf"
	tlsSocketPath = "/etc/systemd/system/tpops-tls.socket.d/setup.conf"
	renewalPath   = "/etc/letsencrypt/renewal-hooks/deploy/tpops"
)

// header begins each drop-in.
const header = "# Written by tpopsctl setup, which replaces this file.\n\n"

// renewal restarts the service after certbot has renewed a certificate, because systemd
// reads the credentials when the service starts.
const renewal = "#!/bin/sh\n# Written by tpopsctl setup. The service reads certificates when it starts.\nsystemctl try-restart tpops.service\n"

// virtual are the settings of vmail.conf, without those that depend on the choice.
const virtual = `SupplementaryGroups=
AmbientCapabilities=
CapabilityBoundingSet=
# The daemon cannot act as any other user, and only root may use the control socket.
PrivateUsers=yes
SystemCallFilter=~@privileged
`

// writable are the directories of mail that tpops.service can write to.
var writable = []string{"/home", "/var/mail", "/var/vmail"}

// serviceDropIn returns the drop-in of tpops.service, or "" if it needs none. owner is
// the user that owns the mail of virtual users.
func serviceDropIn(c *Choice, owner string, addresses resolver) string {
	var b strings.Builder
	switch {
	case c.Users != UsersSystem:
		b.WriteString("User=" + owner + "\nGroup=" + owner + "\n" + virtual)
		roots := strings.Split(c.MailRoot, ",")
		if !slices.ContainsFunc(roots, isHome) {
			b.WriteString("ProtectHome=yes\n")
		}
		b.WriteString("ReadWritePaths=\nReadWritePaths=" + strings.Join(roots, " ") + "\n")
	default:
		others := slices.DeleteFunc(strings.Split(c.MailRoot, ","), func(root string) bool { return slices.Contains(writable, root) })
		if len(others) > 0 {
			b.WriteString("ReadWritePaths=" + strings.Join(others, " ") + "\n")
		}
	}
	if c.Users == UsersMySQL {
		if !c.MySQL.inConfig {
			b.WriteString("LoadCredential=mysql-passwd:" + passwordPath + "\n")
		}
		b.WriteString(networkSettings(c.MySQL.Server, addresses))
	}
	if c.Cert != "" {
		b.WriteString("LoadCredential=tls-cert:" + c.Cert + "\nLoadCredential=tls-key:" + c.Key + "\n")
	}
	if b.Len() == 0 {
		return ""
	}
	return header + "[Service]\n" + b.String()
}

// isHome reports whether ProtectHome= would hide a directory.
func isHome(name string) bool {
	for _, hidden := range []string{"/home", "/root", "/run/user"} {
		if name == hidden || strings.HasPrefix(name, hidden+"/") {
			return true
		}
	}
	return false
}

// resolver returns the addresses of a host.
type resolver func(host string) []string

// networkSettings lets the service reach a database over TCP, and the resolver on this
// machine.
func networkSettings(server string, addresses resolver) string {
	if path.IsAbs(server) {
		return ""
	}
	host, _, err := net.SplitHostPort(server)
	if err != nil {
		host = strings.Trim(server, "[]")
	}
	allowed := []string{"localhost"}
	if a, err := netip.ParseAddr(host); err != nil {
		allowed = append(allowed, addresses(host)...)
	} else if !a.IsLoopback() {
		allowed = append(allowed, a.String())
	}
	return "PrivateNetwork=no\nRestrictAddressFamilies=AF_INET AF_INET6\nIPAddressAllow=" + strings.Join(allowed, " ") + "\n"
}

// socketDropIn returns the drop-in for another port than the usual one, or "".
func socketDropIn(port, usual string) string {
	if port == usual {
		return ""
	}
	return header + "[Socket]\nListenStream=\nListenStream=" + port + "\n"
}

// dropInValue returns the last value of a setting in a drop-in that setup has written.
func dropInValue(text, setting string) string {
	value := ""
	for line := range strings.Lines(text) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), setting); ok && strings.HasPrefix(text, header) {
			value = v
		}
	}
	return value
}
