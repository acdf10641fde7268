// Package check checks a configuration without serving: it carries out --check-config,
// under systemd with the user and the rights of the service. It also finds parameters
// that are valid but probably set by mistake.
package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"slices"

	"tpops/pkg/backend"
	"tpops/pkg/backend/loginhook"
	"tpops/pkg/backend/scramstate"
	"tpops/pkg/backend/userdb"
	"tpops/pkg/config"
	"tpops/pkg/eventlog"
	"tpops/pkg/exit"
	"tpops/pkg/identity"
	"tpops/pkg/osuser"
)

// Run carries out --check-config for a configuration that was loaded from source. It
// opens what the configuration names as for serving, except ports and missing log
// files, prints what is wrong, and returns the exit code. The process becomes the user
// of the daemon.
func Run(c *config.Config, source config.Source) int {
	log, err := eventlog.Open(eventlog.Config{Stderr: os.Stderr})
	if err != nil {
		return exit.Fail(exit.System, err)
	}
	defer log.Close()
	count := &counter{Handler: log.Logger().Handler(), warnings: new(int)}
	who, err := serviceOf(context.Background(), c)
	if err != nil {
		warn(slog.New(count), warning{"user", err.Error()})
	}
	who.warn(c, slog.New(count)) // before this process becomes another user
	err = errors.Join(problems(c, source, slog.New(count))...)
	*count.warnings += printWarnings(os.Stderr, c.Warnings(), c.Deprecated())
	if err != nil {
		return exit.Fail(exit.Config, who.explain(err))
	}
	result := "The configuration is good."
	if *count.warnings > 0 {
		result = fmt.Sprintf("The configuration has no errors. See the warnings above: %d.", *count.warnings)
	}
	_, err = fmt.Print(result + "\n" + who.sentence())
	return exit.FailIf(err)
}

// printWarnings prints the warnings of a configuration, and returns how many there are.
func printWarnings(w io.Writer, all []config.Problem, deprecated iter.Seq2[string, config.Problem]) int {
	for _, problem := range deprecated {
		all = append(all, problem)
	}
	for _, problem := range all {
		fmt.Fprintln(w, "tpops: warning:", problem)
	}
	return len(all)
}

// problems returns everything that is wrong. Warnings are logged.
func problems(c *config.Config, source config.Source, log *slog.Logger) []error {
	all := slices.Concat(asDaemon(c, source, log), roots(c, log))
	return slices.DeleteFunc(all, func(err error) bool { return err == nil })
}

// asDaemon checks what the daemon opens at startup, with the ids of user and group.
// Elements of the result may be nil.
func asDaemon(c *config.Config, source config.Source, log *slog.Logger) []error {
	var all []error
	for _, f := range logFiles(c) {
		all = append(all, f.checkMissing(c))
	}
	owner, err := identity.Of(c)
	if err != nil {
		return append(all, err)
	}
	if err := osuser.Become(owner); err != nil {
		return append(all, c.Problem("user", err))
	}
	for _, f := range logFiles(c) {
		all = append(all, f.checkExisting(c))
	}
	all = append(all, reloadable(c, source))
	all = append(all, sessions(c, log)...)
	_, err = loginhook.New(c, log)
	return append(all, err)
}

// reloadable returns why this process, which has become the user of the daemon, could
// not read the configuration again. Only parallel-type thread does so as that user.
func reloadable(c *config.Config, source config.Source) error {
	if c.Processes.ParallelType != "thread" {
		return nil
	}
	if _, err := config.Load(source); err != nil {
		return fmt.Errorf("as the user of the daemon: %w", err)
	}
	return nil
}

// sessions returns what is wrong with the files that sessions need: certificates, user
// databases and the keys of tokens.
func sessions(c *config.Config, log *slog.Logger) []error {
	env := &backend.Environment{Log: log, Verifier: backend.NewVerifier(&scramstate.State{}, nil), PAM: &userdb.PAM{}}
	defer env.PAM.Close()
	b, err := backend.Open(c, env)
	if err != nil {
		return []error{err}
	}
	defer b.Release()
	for _, w := range damaged(c) {
		warn(log, w)
	}
	b.Certificates.Look() // It logs those that are about to expire.
	var all []error
	for _, problem := range b.Problems {
		all = append(all, errors.New(problem.String()))
	}
	return all
}
