package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/config/draft"
	"tpops/pkg/config/oldconf"
	"tpops/pkg/files"
	"tpops/pkg/unit"
)

const importConfigHelp = `Write a tpops.toml that keeps the settings of another server. Standard error
reports what became of each setting. With - for INPUT, standard input is read.

      --from=SERVER       the server that INPUT is from (tpops08):
                          tpops08, a tpops.conf of TPOPS 0.8
                          dovecot, the output of doveconf -nP of Dovecot 2.3 or
                          2.4; further INPUTs are files of SQL queries that
                          2.3 has, such as dovecot-sql.conf.ext
                          courier, INPUTs are pop3d, pop3d-ssl, authdaemonrc,
                          authmysqlrc
  -o, --output=FILE       write to FILE instead of standard output
  -f, --force             replace an existing FILE
  -k, --keep-going        write the file without settings that are "not
                          possible, but needed"

Of a setting that is needed depend who may log in, which mailbox a user sees, or
UIDLs. If one cannot be kept, or a line is rejected, nothing is written and the
exit code is 65. A FILE that contains mysql-passwd gets mode 0640: the server
must be its owner or in its group.
`

// maxConfig limits the old configuration, in octets, as the server limits its own.
const maxConfig = 1 << 20

// The modes of a new configuration. Other users may not read a secret.
const (
	modePublic = 0o644
	modeSecret = 0o640
)

// importing has the options of import-config.
type importing struct {
	from, output     string
	force, keepGoing bool
}

// prepareImportConfig declares the options of import-config.
func prepareImportConfig(flags *flag.FlagSet) action {
	i := &importing{}
	force, keepGoing := switchFlag(flags, "f", "force"), switchFlag(flags, "k", "keep-going")
	flags.StringVar(&i.from, "from", from08, "")
	flags.StringVar(&i.output, "o", "", "")
	flags.StringVar(&i.output, "output", "", "")
	return func(operands []string, s streams) error {
		i.force, i.keepGoing = *force, *keepGoing
		switch _, other := converters[i.from]; {
		case other:
			return i.importOther(operands, s)
		case i.from != from08:
			return &failure{code: exitUsage, err: fmt.Errorf("unknown server %q: --from=%s, dovecot or courier", i.from, from08)}
		case len(operands) != 1:
			return &failure{code: exitUsage, err: fmt.Errorf("%d file names instead of 1", len(operands))}
		}
		return i.import08(operands[0], s)
	}
}

// from08 is the value of --from for TPOPS 0.8.
const from08 = "tpops08"

// import08 converts a configuration of 0.8.
func (i *importing) import08(old string, s streams) error {
	text, err := readConfig(old, s.in)
	if err != nil {
		return &failure{code: exitNoInput, err: err}
	}
	hostname, err := os.Hostname()
	if err != nil {
		return err
	}
	result, err := oldconf.Convert(draft.Input{Name: old, Text: text}, hostname, oldconf.Checks{"mysql-auth-query": checkQuery})
	if err != nil {
		return err
	}
	fmt.Fprint(s.err, draft.Report(result.Notes))
	if result.Rejected() {
		return &failure{code: exitData, err: fmt.Errorf("%s: nothing was written: lines were rejected", old)}
	}
	return writeConfig(result.TOML, result.Secret, i.output, i.force, s)
}

// writeConfig writes a new configuration to a file, or to standard output.
func writeConfig(toml []byte, secret bool, output string, force bool, s streams) error {
	toml = keepUsage(toml, []string{output, unit.InstalledConfig}, s)
	if output == "" {
		if _, err := s.out.Write(toml); err != nil {
			return &failure{code: exitCantCreate, err: err}
		}
		return nil
	}
	mode := os.FileMode(modePublic)
	if secret {
		mode = modeSecret
	}
	err := files.Create(output, toml, mode, force)
	if errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("%s already exists: -f replaces it", output)
	}
	if err != nil {
		return &failure{code: exitCantCreate, err: err}
	}
	if secret {
		fmt.Fprintf(s.err, "%s: contains a password, so only its owner and its group can read it: give it the group of the service, tpops, or vmail with vmail.conf (`chgrp vmail %s`)\n", output, output)
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
