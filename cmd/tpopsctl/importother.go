package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"tpops/pkg/config/courierconf"
	"tpops/pkg/config/doveconf"
	"tpops/pkg/config/draft"
)

// converters make a draft out of the configuration files of other servers, by the
// value of --from.
var converters = map[string]func(inputs []draft.Input, check func(query string) error) (*draft.Draft, error){
	"courier": courierconf.Convert,
	"dovecot": doveconf.Convert,
}

// importOther converts the configuration of another server.
func (i *importing) importOther(names []string, s streams) error {
	inputs, err := readInputs(names, s.in)
	if err != nil {
		return err
	}
	hostname, err := os.Hostname()
	if err != nil {
		return err
	}
	made, err := converters[i.from](inputs, checkQuery)
	if err != nil {
		return &failure{code: exitData, err: err}
	}
	result, err := made.Finish(hostname)
	if err != nil {
		return err
	}
	fmt.Fprint(s.err, draft.Report(result.Notes))
	if result.Others != "" {
		fmt.Fprintf(s.err, "%s: not POP3's: %s\n", names[0], result.Others)
	}
	if err := i.mayWrite(result); err != nil {
		return &failure{code: exitData, err: err}
	}
	return writeConfig(result.TOML, result.Secret, i.output, i.force, s)
}

// readInputs reads the files of the other server.
func readInputs(names []string, stdin io.Reader) ([]draft.Input, error) {
	if at := slices.Index(names, "-"); at >= 0 && slices.Contains(names[at+1:], "-") {
		return nil, &failure{code: exitUsage, err: errors.New("only one INPUT can be standard input")}
	}
	var inputs []draft.Input
	for _, name := range names {
		text, err := readConfig(name, stdin)
		if err != nil {
			return nil, &failure{code: exitNoInput, err: err}
		}
		inputs = append(inputs, draft.Input{Name: name, Text: text})
	}
	return inputs, nil
}

// mayWrite returns why the new file must not be written.
func (i *importing) mayWrite(result *draft.Result) error {
	switch {
	case result.Stop != "":
		return errors.New("nothing was written: " + result.Stop)
	case result.Needed > 0 && !i.keepGoing:
		return fmt.Errorf("nothing was written: not possible, but needed: %d; -k writes the file without them", result.Needed)
	}
	return nil
}
