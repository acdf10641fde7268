package eventlog

import (
	"log/slog"
	"slices"
)

const (
	debug = slog.LevelDebug
	info  = slog.LevelInfo
	warn  = slog.LevelWarn
	fault = slog.LevelError
)

func levels(l ...slog.Level) []slog.Level { return l }

// kinds is the table of all events, in the order of the manual. Each event is
// declared once, in the kinds_*.go file of its topic; "make man" writes the
// catalogs and the manual from it. A released ID never changes. To create one:
// systemd-id128 new.
var kinds = slices.Concat(
	listenKinds,
	controlKinds,
	banKinds,
	traceKinds,
	configKinds,
	stopKinds,
	takeoverKinds,
	idleKinds,
	processKinds,
	sessionKinds,
	messageKinds,
	fetchKinds,
	mailboxKinds,
	maildirKinds,
	uidlKinds,
	userKinds,
	backendKinds,
	usageKinds,
	logKinds,
)
