package doveconf

import (
	"strconv"

	"tpops/pkg/config/draft"
)

// Dovecot's own limits.
const (
	defaultProcesses  = 1024 // process_limit of the service pop3
	mostServers       = 100_000
	defaultFirstUID   = "500"
	defaultPerAddress = "10"
)

// limits converts the number of sessions.
type limits struct{ *conversion }

// convert converts the limits of the services.
func (c limits) convert() {
	c.d.Note(c.at, "", draft.Done, "parallel-type = %q added: one process serves all sessions", "thread")
	c.d.Put("parallel-type", "thread")
	c.sessions()
	if s, ok := c.setting("mail_max_userip_connections"); ok {
		if s.value == defaultPerAddress {
			c.d.Default(s.at, s.name)
		} else {
			c.d.SetWith(s.at, s.name, "max-per-user", s.value, draft.ToKnow, "TPOPS counts the sessions of a user from all addresses")
		}
	}
	login := c.named("service", "pop3-login")
	for _, s := range login.settings {
		c.d.Lost(s.at, login.title()+" "+s.name, draft.ToKnow, "TPOPS has no login processes; max-servers and max-before-login limit connections")
	}
}

// sessions converts the number of processes, each of which has so many sessions.
func (c limits) sessions() {
	service := c.named("service", "pop3")
	processes := setting{name: "service pop3 process_limit", at: c.at}
	clients := 1
	for _, s := range service.settings {
		n, err := strconv.Atoi(s.value)
		title := "service pop3 " + s.name
		switch s.name {
		case "process_limit":
			processes.at, processes.value = s.at, s.value
		case "client_limit":
			if err == nil && n > 0 {
				clients = n
			}
			c.d.Note(s.at, title, draft.Done, "kept in max-servers")
		case "executable":
			c.d.Refuse(s.at, title, "TPOPS runs no program between login and session; see login-hook, which cannot change the session")
		default:
			c.d.Lost(s.at, title, draft.ToKnow, "TPOPS has no process for each session; "+memory)
		}
	}
	limit, err := strconv.Atoi(processes.value)
	if err != nil || limit < 1 {
		limit = defaultProcesses
	}
	limit = min(limit, mostServers)
	c.d.Set(processes.at, processes.name, "max-servers", strconv.Itoa(limit*min(clients, mostServers/limit)))
}
