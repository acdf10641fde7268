package main

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"syscall"
)

// untilSignal returns a context that the first SIGINT or SIGTERM ends, for a subcommand
// that stops cleanly. The caller calls stop.
func untilSignal() (ctx context.Context, stop context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}

// configOption is the option for the configuration file.
type configOption struct{ config string }

func (o *configOption) declareConfig(flags *flag.FlagSet) {
	flags.StringVar(&o.config, "config", "", "")
	flags.StringVar(&o.config, "f", "", "")
}
