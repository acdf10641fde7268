package main

import (
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"tpops/pkg/confine"
)

// catchSignals has signals sent to the channel that it returns, before anything else:
// otherwise one could end a process that is just starting. It also disables core files,
// which would contain passwords and mail.
func catchSignals() <-chan os.Signal {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // until the log is open
	// Without a reader of the log, or after the client has gone, a write returns an
	// error, and the process goes on.
	signal.Ignore(syscall.SIGPIPE)
	signals := queueSignals()
	if err := confine.NoCoreDumps(); err != nil {
		fmt.Fprintln(os.Stderr, "tpops:", err)
	}
	return signals
}

// queueSignals returns a channel with the signals of an operator. Each kind has a place of
// its own: in a common queue, many of one kind during a slow reload could fill all places,
// and SIGTERM would be lost.
func queueSignals() <-chan os.Signal {
	all := make(chan os.Signal)
	hup, term, interrupt := make(chan os.Signal, 1), make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	signal.Notify(term, syscall.SIGTERM)
	signal.Notify(interrupt, syscall.SIGINT)
	go forward(all, hup, term, interrupt)
	return all
}

// forward passes signals on, one at a time. One that ends the daemon overtakes a SIGHUP that waits
// for the end of a slow reload: the next reload would delay the end.
func forward(all chan<- os.Signal, hup, term, interrupt <-chan os.Signal) {
	for {
		var reload, stop os.Signal
		select {
		case stop = <-term:
		case stop = <-interrupt:
		case reload = <-hup:
			select {
			case all <- reload:
				continue
			case stop = <-term:
			case stop = <-interrupt:
			}
		}
		all <- stop
		if reload != nil { // A daemon that waits for its last sessions opens its log files again.
			all <- reload
		}
	}
}
