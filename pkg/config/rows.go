package config

import (
	"time"
)

// Limits of all times: no wait is unlimited, and a wait of zero would end each
// session before its first command.
const (
	leastWait = time.Second
	mostWait  = 365 * 24 * time.Hour
)

// none is the default of a parameter that is not set, as written in the manual.
const none = "none"
