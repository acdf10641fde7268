package main

import (
	"fmt"

	"tpops/pkg/setup"
)

// askPorts asks for other ports than those that another program has.
func (o *setupOptions) askPorts(c *setup.Choice) error {
	if o.noStart {
		return nil
	}
	if err := o.askPort("port", &c.Port, "1110"); err != nil {
		return err
	}
	if !o.machine.HasTLS(c) {
		return nil
	}
	return o.askPort("tls-port", &c.TLSPort, "1995")
}

// askPort asks for a port if another program has it.
func (o *setupOptions) askPort(option string, port *string, preset string) (err error) {
	l, taken := o.machine.Listener(*port)
	if !taken || o.given[option] {
		return nil
	}
	fmt.Fprintln(o.asker.err, visible(l.Advice(*port), "\n"))
	*port, err = o.asker.ask("Another port, or interrupt with Ctrl-C", preset, func(answer string) error {
		if l, taken := o.machine.Listener(answer); taken {
			return fmt.Errorf("%s has port %s", l.Name, answer)
		}
		return setup.CheckPort(answer)
	})
	return err
}

// askDatabase asks for the database unless one answers on this machine, or the
// configuration names one.
func (o *setupOptions) askDatabase(c *setup.Choice) (err error) {
	if c.Users != setup.UsersMySQL || o.given["mysql-server"] || o.machine.Database != "" || o.machine.HasDatabase() {
		return nil
	}
	check := func(part *string) func(string) error {
		return func(answer string) error {
			before := *part
			*part = answer
			err := c.MySQL.Check()
			*part = before
			return err
		}
	}
	for _, q := range []struct {
		text  string
		value *string
	}{{"Database server: host, host:port, or path of a socket", &c.MySQL.Server}, {"Name of the database", &c.MySQL.DB}, {"User of the database", &c.MySQL.User}} {
		if *q.value, err = o.asker.ask(q.text, *q.value, check(q.value)); err != nil {
			return err
		}
	}
	c.MySQL.Password, err = o.asker.password(c.MySQL.User + " of the database")
	return err
}

// askLogin asks for a user to add.
func (o *setupOptions) askLogin(c *setup.Choice) error {
	if o.given["login"] {
		return nil
	}
	answer, err := o.asker.ask("Login name of a user to add, or none", "none", checkLogin)
	if answer != "none" {
		c.First.Login = answer
	}
	return err
}
