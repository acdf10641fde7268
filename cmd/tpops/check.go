package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"tpops/pkg/config"
	"tpops/pkg/eventlog"
	"tpops/pkg/exit"
	"tpops/pkg/identity"
	"tpops/pkg/osuser"
)

// check carries out --check-config: the configuration has been read already,
// and what it names is opened as for serving, but for the port.
func (p *program) check() int {
	log, err := eventlog.Open(eventlog.Config{Stderr: os.Stderr})
	if err != nil {
		return exit.Fail(exit.System, err)
	}
	defer log.Close()
	count := &countedLog{Handler: log.Logger().Handler(), found: new(int)}
	p.logger, p.checking = slog.New(count), true
	problems := slices.Concat(p.checkAs(), p.checkRoots())
	for _, warning := range p.config.Warnings() {
		fmt.Fprintln(os.Stderr, "tpops: warning:", warning)
		*count.found++
	}
	if len(problems) > 0 {
		return exit.Fail(exit.Config, errors.Join(problems...))
	}
	if *count.found > 0 {
		_, err = fmt.Printf("The configuration has no errors. See the warnings above: %d.\n", *count.found)
		return exit.FailIf(err)
	}
	_, err = fmt.Println("The configuration is good.")
	return exit.FailIf(err)
}

// checkAs does what openAs does, but creates no file.
func (p *program) checkAs() []error {
	var problems []error
	for _, log := range p.logFiles() {
		problems = append(problems, p.checkMissing(log))
	}
	owner, err := identity.Of(p.config)
	if err != nil {
		return slices.DeleteFunc(append(problems, err), func(err error) bool { return err == nil })
	}
	if err := osuser.Become(owner); err != nil {
		return append(problems, p.config.Problem("user", err))
	}
	for _, log := range p.logFiles() {
		problems = append(problems, p.checkExisting(log))
	}
	if _, err := config.Load(p.source); err != nil && p.config.Processes.ParallelType == "thread" {
		problems = append(problems, fmt.Errorf("as the user of the daemon: %w", err))
	}
	problems = append(problems, p.checkUsers()...)
	if _, err := p.newHook(); err != nil {
		problems = append(problems, err)
	}
	return slices.DeleteFunc(problems, func(err error) bool { return err == nil })
}

// logFile is a log file and the parameter that names it.
type logFile struct{ parameter, path string }

func (p *program) logFiles() []logFile {
	all := []logFile{{"access-log", p.config.Log.Access}, {"error-log", p.config.Log.Errors}}
	return slices.DeleteFunc(all, func(f logFile) bool { return f.path == "" })
}

// checkMissing returns why a log file that is not there could not be made.
func (p *program) checkMissing(f logFile) error {
	if _, err := os.Lstat(f.path); !errors.Is(err, os.ErrNotExist) {
		return nil
	}
	err := unix.Faccessat(unix.AT_FDCWD, filepath.Dir(f.path), unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	if err == nil {
		return nil
	}
	return p.config.Problem(f.parameter, fmt.Errorf("%s: %w", filepath.Dir(f.path), err))
}

// checkExisting returns why a log file that is there could not be written.
func (p *program) checkExisting(f logFile) error {
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		return file.Close()
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return p.config.Problem(f.parameter, err)
}

// checkUsers returns what is wrong with the user database.
func (p *program) checkUsers() []error {
	b, err := p.newBackend(p.config)
	if err != nil {
		return []error{err}
	}
	defer p.closePAM()
	defer b.Release()
	p.certificates.Look() // It warns of one that expires.
	var problems []error
	for _, problem := range p.problems {
		problems = append(problems, errors.New(problem.String()))
	}
	return problems
}
