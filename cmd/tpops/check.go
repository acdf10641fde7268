package main

import (
	"errors"
	"fmt"
	"os"

	"tpops/pkg/auth"
	"tpops/pkg/eventlog"
	"tpops/pkg/osuser"
)

// check carries out --check-config: the configuration has been read already,
// and what it names is opened as for serving, but for the port.
func (p *program) check() int {
	log, err := eventlog.Open(eventlog.Config{Stderr: os.Stderr})
	if err != nil {
		return fail(exitSystem, err)
	}
	defer log.Close()
	p.logger = log.Logger()
	var problems []error
	if _, err := osuser.Lookup(p.config.User, p.config.Group); err != nil {
		problems = append(problems, err)
	}
	problems = append(problems, p.checkUsers()...)
	if len(problems) > 0 {
		return fail(exitConfig, errors.Join(problems...))
	}
	_, err = fmt.Println("The configuration is good.")
	return print(err)
}

// checkUsers returns what is wrong with the user database.
func (p *program) checkUsers() []error {
	b, err := p.newBackend(p.config)
	if err != nil {
		return []error{err}
	}
	defer b.Release()
	file, ok := b.Authenticator.(*auth.PasswdFile)
	if !ok {
		return nil
	}
	var problems []error
	for _, problem := range file.Problems() {
		problems = append(problems, errors.New(problem.String()))
	}
	return problems
}
