package config

import "time"

func (c *Config) login() []Param {
	return []Param{
		{Name: "login-hook", Default: none, Optional: true, Restart: true, value: absolutePath(&c.Hook.Program),
			Help: "Program to start when a user has logged in, by its absolute path, without a shell or arguments; what it has to know is in its environment. Whatever becomes of it, the session goes on."},
		{Name: "login-hook-timeout", Default: "10", Restart: true, Only: whenSet("login-hook"), value: duration(&c.Hook.Timeout, leastWait, 10*time.Minute),
			Help: "Time that the program may take; then it is killed with all that it has started."},
		{Name: "login-hook-max", Default: "8", Restart: true, Only: whenSet("login-hook"), value: count(&c.Hook.Max, 1, 1000),
			Help: "How many of the program may run at once; some more wait, and beyond these none are started."},
	}
}
