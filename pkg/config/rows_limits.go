package config

import "time"

func (c *Config) limits() []Param {
	counted := unless("inetd", "yes")
	return []Param{
		{Name: "max-per-address", Default: "50", Only: counted, value: count(&c.Limits.MaxPerAddress, 0, 100_000),
			Help: "Maximum number of connections of one address, or of one IPv6 network of 64 bits; 0 is no limit."},
		{Name: "max-per-user", Default: "10", Only: counted, value: count(&c.Limits.MaxPerUser, 0, 100_000),
			Help: "Maximum number of sessions of one user; 0 is no limit. With maildir-lock there is one for each mailbox anyway."},
		{Name: "max-before-login", Default: "0", Only: counted, value: count(&c.Limits.MaxBeforeLogin, 0, 100_000),
			Help: "Maximum number of connections that have not logged in; 0 is half of max-servers. Beyond it the oldest one of the address that has most of them is ended."},
		{Name: "login-time", Default: "120", value: duration(&c.Limits.LoginTime, 0, mostWait),
			Help: "Time to log in, counted from the start of the connection, without the delays of failed logins; 0 is no limit."},
		{Name: "guess-delay-max", Default: "10", Only: counted, value: duration(&c.Limits.GuessDelayMax, 0, 10*time.Minute),
			Help: "The longest delay before a password is checked, after several failed logins of the user, or of many users of the address; 0 is no delay."},
		{Name: "guard-exempt", Default: "127.0.0.0/8,::1", Only: counted, value: networksOrNone(&c.Limits.GuardExempt),
			Help: "Networks, separated by commas, or none: addresses that stand for many clients, such as proxies and webmail. What is counted by address does not count there."},
	}
}
