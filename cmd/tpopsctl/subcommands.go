package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"tpops/pkg/config"
)

// subcommand is a row of the table.
type subcommand struct {
	name     string
	synopsis string // options and operands
	operands int    // how many, or several, or anyNumber
	about    string // what it does, in one line
	help     string // the rest of its help text
	// prepare declares the options and returns the action, which is called with the
	// operands after the options are parsed.
	prepare func(flags *flag.FlagSet) action
}

// Numbers of operands.
const (
	several   = -1 // at least one
	anyNumber = -2
)

// action does the work of a subcommand.
type action func(operands []string, s streams) error

// subcommands returns the table, in the order in which help lists it.
func subcommands() []subcommand {
	return []subcommand{
		{"accept", "[-f FILE] MAILDIR…", several, "accept the UIDLs that mailboxes have now", acceptHelp, prepareAccept},
		{"ban", "list|add NETWORK|lift NETWORK|show ADDRESS|USER [OPTION]…", several, "refuse connections from a network for a time", banHelp, prepareBan},
		{"check", "[USER] [--address ADDRESS] [--password] [OPTION]…", anyNumber, "go through a login step by step, or check the service", checkHelp, prepareCheck},
		{"deleted", "[--json] [-f FILE] USER|--maildir DIR", anyNumber, "list deleted messages that were kept", deletedHelp, prepareDeleted},
		{"doctor", "[--fix] [OPTION]… MAILDIR…|--user USER|--users", anyNumber, "find and repair faults of mailboxes", doctorHelp, prepareDoctor},
		{"expire-deleted", "[OPTION]… --all|--logins FILE|MAILDIR…", anyNumber, "remove kept messages after keep-deleted", expireDeletedHelp, prepareExpireDeleted},
		{"export", "--to SERVER [--apply] [OPTION]… MAILDIR…|--users", anyNumber, "write the UIDLs and order into the list of another server", exportHelp, prepareExport},
		{"import", "--from SERVER [--apply] [OPTION]… MAILDIR…|--users", anyNumber, "take over UIDLs and order from another server", importHelp, prepareImport},
		{"import-config", "[-fk] [--from=SERVER] [-o FILE] INPUT...", several, "convert a configuration of another server", importConfigHelp, prepareImportConfig},
		{"import-passwd", "[-f] OLD NEW", 2, "import the APOP passwords of TPOPS 0.8", importPasswdHelp, prepareImportPasswd},
		{"kick", "--session ID|--user USER|--address ADDRESS [OPTION]…", 0, "end sessions of the running daemon", kickHelp, prepareKick},
		{"sessions", "[--user USER] [--address ADDRESS] [OPTION]…", 0, "list the sessions of the running daemon", sessionsHelp, prepareSessions},
		{"set-aside", "[OPTION]… USER UIDL|--list USER", anyNumber, "hide a message that clients cannot fetch", setAsideHelp, prepareSetAside},
		{"set-back", "[OPTION]… USER [UIDL]", anyNumber, "return messages that were set aside", setBackHelp, prepareSetBack},
		{"setup", "[--yes|--dry-run] [--users KIND] [OPTION]…", 0, "make a first configuration, and start the service", setupHelp, prepareSetup},
		{"stats", "[--json] [--socket PATH]", 0, "show figures of the running daemon: logins, durations, octets", statsHelp, prepareStats},
		{"top", "[--user USER] [--address ADDRESS] [--sort ORDER] [OPTION]…", 0, "watch the sessions of the running daemon", topHelp, prepareTop},
		{"trace", "USER|ADDRESS [--for DURATION] [--limit N] [OPTION]…", 1, "show the dialogues of a user or an address", traceHelp, prepareTrace},
		{"tripwire", "[-f FILE] [--jobs N] --all|--logins FILE|MAILDIR…", anyNumber, "find mailboxes whose messages would get other UIDLs", tripwireHelp, prepareTripwire},
		{"undo", "--session ID|--user USER|--maildir DIR [OPTION]…", 0, "put deleted messages back", undoHelp, prepareUndo},
		{"usage", "[--if PARAMETER] [--since TIME] [--user USER] [OPTION]…", 0, "show how users log in, and which a setting would lock out", usageHelp, prepareUsage},
		{"verify", "--against HOST:PORT [OPTION]… USER…|--users FILE", anyNumber, "compare what two servers list", verifyHelp, prepareVerify},
	}
}

// overview returns the text for --help.
func overview() string {
	var b strings.Builder
	b.WriteString("usage:\n")
	for _, c := range subcommands() {
		fmt.Fprintf(&b, "  tpopsctl %s %s\n", c.name, c.synopsis)
	}
	b.WriteString("  tpopsctl SUBCOMMAND --help\n  tpopsctl --help | --version\n\n")
	for _, c := range subcommands() {
		fmt.Fprintf(&b, "%-15s %s\n", c.name, c.about)
	}
	return b.String()
}

// usage returns the usage line of the subcommand.
func (c subcommand) usage() string { return "usage: tpopsctl " + c.name + " " + c.synopsis + "\n" }

// dispatch calls the subcommand that args names.
func dispatch(args []string, s streams) error {
	if len(args) == 0 {
		return &failure{exitUsage, errors.New("no subcommand"), overview()}
	}
	switch args[0] {
	case "--help", "-h":
		_, err := io.WriteString(s.out, overview())
		return err
	case "--version":
		_, err := fmt.Fprintf(s.out, "tpopsctl %s\n", version)
		return err
	}
	args = socketLast(args)
	all := subcommands()
	i := slices.IndexFunc(all, func(c subcommand) bool { return c.name == args[0] })
	if i < 0 {
		hint := config.DidYouMean(args[0], "", func(yield func(string) bool) {
			_ = slices.ContainsFunc(all, func(c subcommand) bool { return !yield(c.name) })
		})
		return &failure{exitUsage, fmt.Errorf("unknown subcommand %q%s", args[0], hint), "tpopsctl --help lists all subcommands.\n"}
	}
	return all[i].call(args[1:], s)
}

// socketLast moves --socket=PATH from before the subcommand to its options.
func socketLast(args []string) []string {
	if len(args) > 1 && strings.HasPrefix(args[0], "--socket=") {
		return slices.Concat(args[1:2], args[:1], args[2:])
	}
	return args
}

// call parses the arguments of the subcommand and executes it.
func (c subcommand) call(args []string, s streams) error {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	do := c.prepare(flags)
	operands, err := readArguments(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, err := io.WriteString(s.out, c.usage()+"\n"+c.help+exitHelp)
		return err
	case err != nil:
		return &failure{exitUsage, err, c.usage()}
	case c.operands == several && len(operands) == 0:
		return &failure{exitUsage, errors.New("an operand is missing"), c.usage()}
	case c.operands >= 0 && len(operands) > c.operands:
		return &failure{exitUsage, fmt.Errorf("unexpected operand %q", operands[c.operands]), c.usage()}
	case c.operands >= 0 && len(operands) < c.operands:
		return &failure{exitUsage, errors.New("an operand is missing"), c.usage()}
	case slices.Contains(operands, ""):
		return &failure{exitUsage, errors.New("an operand is empty"), c.usage()}
	}
	return do(operands, s)
}

// readArguments parses options, also after operands, up to a --.
func readArguments(flags *flag.FlagSet, args []string) (operands []string, err error) {
	var rest []string
	if i := slices.Index(args, "--"); i >= 0 {
		args, rest = args[:i], args[i+1:]
	}
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if args = flags.Args(); len(args) > 0 {
			operands, args = append(operands, args[0]), args[1:]
		}
	}
	return append(operands, rest...), nil
}

// switchFlag declares a switch with a letter and a word.
func switchFlag(flags *flag.FlagSet, letter, word string) *bool {
	value := flags.Bool(letter, false, "")
	flags.BoolVar(value, word, false, "")
	return value
}
