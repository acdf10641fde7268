package guard

import (
	"math"
	"time"
)

const (
	// freeFailures is how many failed logins of a user cause no delay: a mistyped
	// password, or one that has been changed on one device and not yet on another.
	freeFailures = 3
	// freeUsers is the same for an address, where only different users count: many
	// users may share one.
	freeUsers = 10
	// minFailure is the lowest score that counts as a failure: half of one failure
	// has been forgotten.
	minFailure = 0.5
	// firstDelay follows the first failure after the free ones. The delay doubles
	// with each further failure.
	firstDelay = 5 * time.Second
	// maxFailures bounds a score, so that it is forgotten within a few half-lives,
	// however many logins have failed.
	maxFailures = 16
	// failureHalfLife is the time in which half of the failures are forgotten.
	failureHalfLife = 10 * time.Minute
	// knownHalfLife is how long a client that has logged in stays known.
	knownHalfLife = 7 * 24 * time.Hour
	// forgiveInterval is how often a successful login halves the failures of its
	// address. A client with an account of its own must not be able to reset them.
	forgiveInterval = time.Minute
)

// delayFor returns the delay for a score, of which a number of failures is free.
func delayFor(score float64, free int, longest time.Duration) time.Duration {
	failures := int(math.Round(min(score, maxFailures)))
	if failures <= free {
		return 0
	}
	return min(firstDelay<<(failures-free-1), longest)
}
