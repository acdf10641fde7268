package guard

import (
	"math"
	"time"
)

const (
	// free is how many failed logins cause no delay: a password that was
	// mistyped, or has been changed on one machine and not yet on another.
	free = 3
	// freeUsers is the same for an address, of which only different users count:
	// an office shares one.
	freeUsers = 10
	// firstFailure is a score that is no failure yet, or one half forgotten.
	firstFailure = 0.5
	// firstDelay is that of the failure after these. It doubles with each more.
	firstDelay = 5 * time.Second
	// worst bounds a score, so that some half-lives after the last failure of
	// many all is as before.
	worst = 16
	// failureHalfLife is the time in which half of the failures are forgotten.
	failureHalfLife = 10 * time.Minute
	// knownHalfLife is for how long a client that logged in is spared.
	knownHalfLife = 7 * 24 * time.Hour
	// forgiveEvery is how often a success halves the failures of its address.
	// One that has a password of its own must not buy guesses with it.
	forgiveEvery = time.Minute
)

// growth returns the delay for a score of failures of which some are free.
func growth(score float64, free int, most time.Duration) time.Duration {
	failures := int(math.Round(min(score, worst)))
	if failures <= free {
		return 0
	}
	return min(firstDelay<<(failures-free-1), most)
}
