package config

import (
	"time"
)

// The range of most times: no wait is unlimited, and a wait of zero would close
// each connection before its first command.
const (
	leastWait = time.Second
	mostWait  = 365 * 24 * time.Hour
)

// none is the default of a parameter that is not set, as in the manual.
const none = "none"
