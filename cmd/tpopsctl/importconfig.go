package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/config/oldconf"
)

const importConfigHelp = `Read OLD, a tpops.conf of TPOPS 0.8, and write a tpops.toml with the same
effect. Standard error reports what was done with each line. With - for OLD,
standard input is read.

  -o, --output=FILE   write to FILE instead of standard output
  -f, --force         replace an existing FILE

If a line is rejected, nothing is written and the exit code is 65. A FILE that
contains mysql-passwd gets mode 0640.
`

// maxConfig is what the server takes, in octets.
const maxConfig = 1 << 20

// The modes of a new configuration. Only the server's group may read a secret.
const (
	modePublic = 0o644
	modeSecret = 0o640
)

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
		return &failure{code: exitData, err: fmt.Errorf("%s: lines were refused, so nothing was written", old)}
	}
	return writeConfig(result, output, force, s)
}

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
	if err := writeFile(output, result.TOML, mode, force); err != nil {
		return &failure{code: exitCantCreate, err: err}
	}
	if result.Secret {
		fmt.Fprintf(s.err, "%s: holds a password, so only its owner and group can read it; the server must be one of them\n", output)
	}
	return nil
}

// readConfig reads at most what the server takes.
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
		err = errors.New(name + ": too long to be a configuration")
	}
	return string(text), err
}

// checkQuery says why the server cannot use a query for users.
func checkQuery(query string) error {
	users, err := mysql.New(mysql.Options{Query: query})
	if err != nil {
		return err
	}
	return users.Close()
}
