// Tpops is a POP3 server for Maildir.
//
// This package reads the configuration, connects the packages, and handles signals:
// run selects what the process is, start how it serves, and serve runs the daemon.
package main

import (
	"errors"
	"fmt"
	"os"

	"tpops/pkg/backend/loginhook"
	"tpops/pkg/backend/userdb"
	"tpops/pkg/check"
	"tpops/pkg/config"
	"tpops/pkg/exit"
	"tpops/pkg/hook"
	"tpops/pkg/sd"
	"tpops/pkg/workers"
)

// version is set when a release is built.
var version = "0.9.0-dev"

// implementation is what CAPA announces.
func implementation() string { return "TPOPS-" + version }

func main() { os.Exit(run(os.Args[1:])) }

// run does what the command line asks for and returns the exit code.
func run(args []string) int {
	switch {
	case hook.IsHelper():
		return loginhook.Main()
	case workers.IsChild():
		return serveAsChild()
	case check.IsForUnit(args):
		return check.InUnit(args)
	}
	hostname, err := os.Hostname()
	if err != nil {
		return exit.Fail(exit.System, err)
	}
	source := config.Source{Args: args, Getenv: os.Getenv, Hostname: hostname}
	c, err := config.Load(source)
	if err != nil {
		return failToLoad(err)
	}
	if print := printer(c); print != nil {
		return exit.FailIf(print())
	}
	if err := checkEmpty(c); err != nil {
		return exit.Fail(exit.Config, err)
	}
	if c.Run.CheckConfig {
		return check.Run(c, source)
	}
	source.MustExist = c.FileRead() // from now on, for reloads
	return start(c, source)
}

// failToLoad reports the errors of the command line or the configuration file.
func failToLoad(err error) int {
	var problems config.Problems
	if errors.As(err, &problems) && problems.Usage() {
		return exit.Fail(exit.Usage, fmt.Errorf("%w\ntry tpops --help", err))
	}
	return exit.Fail(exit.Config, err)
}

// printer returns what prints the text that an option asks for, nil if none does.
func printer(c *config.Config) func() error {
	switch {
	case c.Run.Help == "all":
		return func() error { return config.WriteFullHelp(os.Stdout) }
	case c.Run.Help == "yes":
		return func() error { return config.WriteHelp(os.Stdout) }
	case c.Run.Version:
		return printVersion
	case c.Run.SampleConfig:
		return func() error { return config.WriteSample(os.Stdout) }
	}
	return nil
}

// printVersion prints the version, and whether auth-type pam can be used.
func printVersion() error {
	build := "with PAM"
	if _, err := userdb.FindPAM(); err != nil {
		build = "without PAM"
	}
	_, err := fmt.Printf("tpops %s (%s)\n", version, build)
	return err
}

// checkEmpty returns an error for an empty configuration file, with which a service does
// not start.
func checkEmpty(c *config.Config) error {
	if (c.Run.CheckConfig || sd.Managed()) && isEmpty(c.Run.ConfigFile) {
		return fmt.Errorf("%s: the file is empty: the service does not start with it; to use the defaults, write a comment into it", c.Run.ConfigFile)
	}
	return nil
}

// isEmpty reports whether name is a regular file without content, such as a
// configuration file that was truncated while it was written to a full disk.
func isEmpty(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular() && info.Size() == 0
}
