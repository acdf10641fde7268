package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"tpops/pkg/scram"
)

// command executes one form of the arguments.
type command func(stdin *os.File, stdout io.Writer) error

// arguments has the values of the options.
type arguments struct {
	list, deleted string
	hash          string
	iterations    int
	print         bool
	help, version bool
}

// parseArguments returns the command that args select. An error has exitUsage.
func parseArguments(args []string) (command, error) {
	var a arguments
	flags := flag.NewFlagSet("tpops_passwd", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&a.list, "f", "", "")
	flags.StringVar(&a.deleted, "d", "", "")
	flags.StringVar(&a.hash, "hash", "", "")
	flags.IntVar(&a.iterations, "iterations", scram.MinIterations, "")
	flags.BoolVar(&a.print, "l", false, "")
	flags.BoolVar(&a.version, "version", false, "")
	flags.BoolVar(&a.help, "help", false, "")
	flags.BoolVar(&a.help, "h", false, "")
	if err := flags.Parse(args); err != nil {
		return nil, &failure{exitUsage, err}
	}
	if a.help {
		return text(usage), nil
	}
	if a.version {
		return text("tpops_passwd " + version + "\n"), nil
	}
	return a.form(flags)
}

// form selects the command by the options that are set, and checks the number of
// operands.
func (a arguments) form(flags *flag.FlagSet) (command, error) {
	option := ""
	flags.Visit(func(f *flag.Flag) { option += f.Name })
	operands := flags.Args()
	forms := map[string]struct {
		operands int
		command  func() command
	}{
		"":  {3, func() command { return add(operands[0], operands[1], operands[2]) }},
		"f": {1, func() command { return addList(a.list, operands[0]) }},
		"d": {1, func() command { return remove(a.deleted, operands[0]) }},
		"l": {1, func() command { return list(operands[0]) }},

		"hash":           {0, func() command { return hash(a.hash, a.iterations) }},
		"hashiterations": {0, func() command { return hash(a.hash, a.iterations) }},
	}
	form, ok := forms[option]
	if !ok {
		return nil, &failure{exitUsage, errors.New("only one of -f, -d, -l and --hash is allowed, and --iterations only with --hash")}
	}
	if len(operands) != form.operands {
		return nil, &failure{exitUsage, fmt.Errorf("%d arguments without options instead of %d", len(operands), form.operands)}
	}
	if form.operands > 0 && operands[0] == "" {
		return nil, &failure{exitUsage, errors.New("the name of the password file is empty")}
	}
	return form.command(), nil
}

// text returns the command that prints s.
func text(s string) command {
	return func(_ *os.File, stdout io.Writer) error {
		_, err := io.WriteString(stdout, s)
		return err
	}
}
