package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/setup"
)

// asker asks the operator.
type asker struct {
	streams
	ctx   context.Context
	lines *bufio.Reader
}

// maxAttempts bounds how often a question is repeated after an invalid answer.
const maxAttempts = 5

// ask asks until the answer is valid. An empty answer is the default.
func (a *asker) ask(question, preset string, check func(string) error) (string, error) {
	for range maxAttempts {
		fmt.Fprint(a.err, question)
		if preset != "" {
			fmt.Fprintf(a.err, " [%s]", visible(preset, ""))
		}
		fmt.Fprint(a.err, ": ")
		answer, err := readLine(a.ctx, a.lines)
		if err != nil {
			fmt.Fprintln(a.err)
			return "", errUnchanged
		}
		if answer = strings.TrimSpace(answer); answer == "" {
			answer = preset
		}
		if err = check(answer); err == nil {
			return answer, nil
		}
		fmt.Fprintln(a.err, visible(err.Error(), ""))
	}
	return "", &failure{code: exitData, err: errors.New("too many invalid answers: nothing was changed")}
}

// password asks for a password, on a terminal twice and without showing it.
func (a *asker) password(login string) (string, error) {
	for range maxAttempts {
		first, err := askPassword(a.ctx, login, a.lines, a.streams)
		if err != nil && a.ctx.Err() == nil && !isTerminal(a.in) {
			return "", &failure{code: exitNoInput, err: fmt.Errorf("password of %s: %w: nothing was changed", login, err)}
		}
		if err != nil {
			return "", errUnchanged
		}
		if !isTerminal(a.in) {
			return first, nil
		}
		again, err := askPassword(a.ctx, login+" again", a.lines, a.streams)
		if err != nil {
			return "", errUnchanged
		}
		if first == again && first != "" {
			return first, nil
		}
		fmt.Fprintln(a.err, "The password is empty, or the two are not the same.")
	}
	return "", &failure{code: exitData, err: errors.New("too many invalid answers: nothing was changed")}
}

// oneOf returns a check that allows these words.
func oneOf(words ...string) func(string) error {
	return func(answer string) error {
		if slices.Contains(words, answer) {
			return nil
		}
		return fmt.Errorf("%q: must be %s", answer, strings.Join(words, ", "))
	}
}

// choose returns the choice: options take precedence over answers, and answers over the
// present configuration.
func (o *setupOptions) choose(ctx context.Context, s streams) (*setup.Choice, error) {
	o.asker = newAsker(ctx, s)
	c := o.configured()
	if other := o.machine.OtherUsers(); other != "" && !o.given["users"] {
		return nil, &failure{code: exitData, err: fmt.Errorf("%s has auth-type = %s, which setup does not make: --users system, file or mysql replaces it", setup.ConfigPath, other)}
	}
	asks := o.isTerminal && !o.yes
	if asks {
		printMachine(o.machine, s)
		if err := o.askAll(c); err != nil {
			return nil, err
		}
	}
	if c.Users == "" {
		return nil, &failure{code: exitUsage, err: errors.New("--users is missing: system, file or mysql")}
	}
	withoutUser := *c
	withoutUser.First = setup.FirstUser{}
	if err := withoutUser.Check(); err != nil { // Before the password, which may be missing too.
		return nil, &failure{code: exitData, err: err}
	}
	return c, o.readPasswords(c, s)
}

// readPasswords completes the choice with the passwords of the database and of the first
// user.
func (o *setupOptions) readPasswords(c *setup.Choice, s streams) error {
	if o.passwdFile != "" {
		lines, err := readFile(o.passwdFile, s)
		if err != nil {
			return err
		}
		if len(lines) == 0 || lines[0] == "" {
			return &failure{code: exitNoInput, err: fmt.Errorf("%s: there is no password", o.passwdFile)}
		}
		c.MySQL.Password = lines[0]
	}
	if c.First.Login == "" {
		return nil
	}
	if err := checkLogin(c.First.Login); err != nil {
		return &failure{code: exitUsage, err: err}
	}
	var err error
	c.First.Password, err = o.asker.password(c.First.Login)
	return err
}

// checkLogin returns why a login name cannot be that of a first user, or nil.
func checkLogin(login string) error {
	return setup.FirstUser{Login: login, Password: "unknown"}.Check()
}

// configured returns the present configuration, with the options that were given.
func (o *setupOptions) configured() *setup.Choice {
	c, given := o.machine.Choice(), &o.choice
	if o.given["users"] && given.Users != c.Users {
		c.Users = given.Users
		c.MailRoot = o.machine.DefaultMailRoot(c.Users)
	}
	for name, pair := range map[string][2]*string{
		"mail-root": {&c.MailRoot, &given.MailRoot}, "tls-cert": {&c.Cert, &given.Cert}, "tls-key": {&c.Key, &given.Key},
		"port": {&c.Port, &given.Port}, "tls-port": {&c.TLSPort, &given.TLSPort}, "mysql-server": {&c.MySQL.Server, &given.MySQL.Server},
		"mysql-user": {&c.MySQL.User, &given.MySQL.User}, "mysql-db": {&c.MySQL.DB, &given.MySQL.DB}, "login": {&c.First.Login, &given.First.Login},
	} {
		if o.given[name] {
			*pair[0] = *pair[1]
		}
	}
	if given.NoTLS {
		c.NoTLS, c.Cert, c.Key = true, "", ""
	}
	return c
}

// askAll asks what no option has answered.
func (o *setupOptions) askAll(c *setup.Choice) error {
	for _, question := range []func(*setup.Choice) error{o.askUsers, o.askMailRoot, o.askDatabase, o.askTLS, o.askPorts, o.askLogin} {
		if err := question(c); err != nil {
			return err
		}
	}
	return nil
}

func (o *setupOptions) askUsers(c *setup.Choice) (err error) {
	if o.given["users"] {
		return nil
	}
	before := c.Users
	preset := before
	if preset == "" {
		preset = setup.UsersSystem
	}
	kinds := []string{setup.UsersSystem, setup.UsersFile, setup.UsersMySQL}
	c.Users, err = o.asker.ask("Users: system, file (/etc/tpops/users) or mysql", preset, oneOf(kinds...))
	if c.Users != before && !o.given["mail-root"] {
		c.MailRoot = o.machine.DefaultMailRoot(c.Users)
	}
	return err
}

// askMailRoot asks for the directory of the mail of virtual users, unless one is set.
func (o *setupOptions) askMailRoot(c *setup.Choice) (err error) {
	if o.given["mail-root"] || c.Users == setup.UsersSystem || strings.Contains(c.MailRoot, ",") {
		return nil
	}
	c.MailRoot, err = o.asker.ask("Directory of the mail", c.MailRoot, setup.CheckPath)
	return err
}
