package sd

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Watchdog returns the interval after which systemd kills a service that has not called
// Alive, 0 without a watchdog. Call Alive at least twice per interval.
func (n *Notifier) Watchdog() time.Duration {
	if n == nil {
		return 0
	}
	return n.watchdog
}

// Alive reports that the service works.
func (n *Notifier) Alive() error { return n.send("WATCHDOG=1\n") }

// watchdogInterval reads the values of WATCHDOG_USEC and WATCHDOG_PID for the
// process self (sd_watchdog_enabled(3)).
func watchdogInterval(usec, pid string, self int) (time.Duration, error) {
	if usec == "" {
		return 0, nil
	}
	if pid != "" {
		watched, err := strconv.Atoi(pid)
		if err != nil {
			return 0, fmt.Errorf("WATCHDOG_PID: %w", err)
		}
		if watched != self {
			return 0, nil
		}
	}
	n, err := strconv.ParseInt(usec, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("WATCHDOG_USEC: %w", err)
	}
	if n <= 0 || n > math.MaxInt64/int64(time.Microsecond) {
		return 0, fmt.Errorf("WATCHDOG_USEC: %d is not a valid interval", n)
	}
	return time.Duration(n) * time.Microsecond, nil
}
