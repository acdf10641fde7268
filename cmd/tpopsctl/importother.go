package main

import (
	"errors"
	"fmt"
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
	if at := slices.Index(names, "-"); at >= 0 && slices.Contains(names[at+1:], "-") {
		return &failure{code: exitUsage, err: errors.New("only one INPUT can be standard input")}
	}
	convert := converters[i.from]
	var inputs []draft.Input
	for _, name := range names {
		text, err := readConfig(name, s.in)
		if err != nil {
			return &failure{code: exitNoInput, err: err}
		}
		inputs = append(inputs, draft.Input{Name: name, Text: text})
	}
	hostname, err := os.Hostname()
	if err != nil {
		return err
	}
	made, err := convert(inputs, checkQuery)
	if err != nil {
		return &failure{code: exitData, err: err}
	}
	result, err := made.Finish(hostname)
	if err != nil {
		return err
	}
	for _, n := range result.Notes {
		fmt.Fprintln(s.err, n)
	}
	if result.Others != "" {
		fmt.Fprintf(s.err, "%s: not POP3's: %s\n", names[0], result.Others)
	}
	if err := i.mayWrite(result); err != nil {
		return &failure{code: exitData, err: err}
	}
	return writeConfig(result.TOML, result.Secret, i.output, i.force, s)
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
