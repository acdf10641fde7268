package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/config/oldconf"
	"tpops/pkg/files"
)

const importConfigHelp = `Read OLD, a tpops.conf of TPOPS 0.8, and write a tpops.toml with the same
effect. Standard error reports what was done with each line. With - for OLD,
standard input is read.

  -o, --output=FILE   write to FILE instead of standard output
  -f, --force         replace an existing FILE

If a line is rejected, nothing is written and the exit code is 65. A FILE that
contains mysql-passwd gets mode 0640: the server must be its owner or in its
group.
`

// maxConfig limits the old configuration, in octets, as the server limits its own.
const maxConfig = 1 << 20

// The modes of a new configuration. Other users may not read a secret.
const (
	modePublic = 0o644
	modeSecret = 0o640
)

// prepareImportConfig declares the options of import-config.
func prepareImportConfig(flags *flag.FlagSet) action {
	force := switchFlag(flags, "f", "force")
	output := flags.String("o", "", "")
	flags.StringVar(output, "output", "", "")
	return func(operands []string, s streams) error {
		return importConfig(operands[0], *output, *force, s)
	}
}

// importConfig converts old into the file output, or to standard output.
func importConfig(old, output string, force bool, s streams) error {
	text, err := readConfig(old, s.in)
	if err != nil {
		return &failure{code: exitNoInput, err: err}
	}
	hostname, err := os.Hostname()
	if err != nil {
		return err
	}
	result, err := oldconf.Convert(text, hostname, oldconf.Checks{"mysql-auth-query": checkQuery})
	if err != nil {
		return err
	}
	for _, n := range result.Notes {
		at := old
		if n.Line > 0 {
			at = fmt.Sprintf("%s:%d", old, n.Line)
		}
		fmt.Fprintf(s.err, "%s: %s\n", at, n.Text)
	}
	if result.Rejected() {
		return &failure{code: exitData, err: fmt.Errorf("%s: nothing was written: lines were rejected", old)}
	}
	return writeConfig(result, output, force, s)
}

// writeConfig writes the new configuration to a file, or to standard output.
func writeConfig(result *oldconf.Result, output string, force bool, s streams) error {
	if output == "" {
		if _, err := s.out.Write(result.TOML); err != nil {
			return &failure{code: exitCantCreate, err: err}
		}
		return nil
	}
	mode := os.FileMode(modePublic)
	if result.Secret {
		mode = modeSecret
	}
	err := files.Create(output, result.TOML, mode, force)
	if errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("%s already exists: -f replaces it", output)
	}
	if err != nil {
		return &failure{code: exitCantCreate, err: err}
	}
	if result.Secret {
		fmt.Fprintf(s.err, "%s: contains a password: only its owner and its group can read it, and the server must be one of them\n", output)
	}
	return nil
}

// readConfig reads the old configuration.
func readConfig(name string, stdin io.Reader) (string, error) {
	input := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer file.Close()
		input = file
	}
	text, err := io.ReadAll(io.LimitReader(input, maxConfig+1))
	if err == nil && len(text) > maxConfig {
		err = fmt.Errorf("%s: longer than %d octets", name, maxConfig)
	}
	return string(text), err
}

// checkQuery returns why the server cannot use a query for users.
func checkQuery(query string) error {
	users, err := mysql.New(mysql.Options{Query: query})
	if err != nil {
		return err
	}
	return users.Close()
}
