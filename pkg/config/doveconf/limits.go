package doveconf

import (
	"strconv"
)

// Dovecot's own limits.
const (
	defaultProcesses  = 1024 // process_limit of the service pop3
	mostServers       = 100_000
	defaultFirstUID   = "500"
	defaultPerAddress = "10"
)

// limits converts the number of sessions.
func (c *converter) limits() {
	c.d.Note(c.at, "", "parallel-type = %q added: one process serves all sessions", "thread")
	c.d.Put("parallel-type", "thread")
	c.sessions()
	if s, ok := c.setting("mail_max_userip_connections"); ok {
		if s.value == defaultPerAddress {
			c.d.Default(s.at, s.name)
		} else {
			c.d.SetWith(s.at, s.name, "max-per-user", s.value, "TPOPS counts the sessions of a user from all addresses")
		}
	}
	login := c.named("service", "pop3-login")
	for _, s := range login.settings {
		c.d.Lost(s.at, login.title()+" "+s.name, "TPOPS has no login processes; max-servers and max-before-login limit connections")
	}
}

// sessions converts the number of processes, each of which has so many sessions.
func (c *converter) sessions() {
	service := c.named("service", "pop3")
	at, setting := c.at, "service pop3 process_limit"
	processes, clients := defaultProcesses, 1
	for _, s := range service.settings {
		n, err := strconv.Atoi(s.value)
		switch {
		case s.name == "process_limit" && err == nil && n > 0:
			at, processes = s.at, n
		case s.name == "client_limit" && err == nil && n > 0:
			clients = n
			c.d.Note(s.at, "service pop3 client_limit", "kept in max-servers")
		case s.name == "executable":
			c.d.Refuse(s.at, "service pop3 executable", "TPOPS runs no program between login and session; see login-hook, which cannot change the session")
		case s.name == "client_limit" || s.name == "process_limit":
			c.d.Lost(s.at, "service pop3 "+s.name, "%.20q is not a number; set max-servers", s.value)
		default:
			c.d.Lost(s.at, "service pop3 "+s.name, "TPOPS has no process for each session; limit the service with systemd, such as MemoryMax=")
		}
	}
	c.d.Set(at, setting, "max-servers", strconv.Itoa(min(processes, mostServers)*min(clients, mostServers/min(processes, mostServers))))
}
