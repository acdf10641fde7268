package guard

// tables are the tables of the shared memory.
type tables struct {
	addresses table // failed logins by address
	users     table // failed logins by user, and by pair of address and user
	known     table // successful logins by address, and by pair of address and user
	passwords table // digests of passwords that have failed
}

// history is what is remembered of logins. Goroutines and processes may share it.
type history struct {
	*mapping
	begun  *int64 // as in header
	tables *tables
}

// seconds returns the time of the tables. It wraps after two years, when old
// entries may count again.
func (h *history) seconds() uint64 { return uint64(h.now().Unix()-*h.begun) & maxTime }

// failureClock is the clock of the tables of failed logins.
func (h *history) failureClock() clock { return clock{h.seconds(), failureHalfLife} }

// successClock is the clock of the table of successful logins.
func (h *history) successClock() clock { return clock{h.seconds(), knownHalfLife} }

// repeated reports whether this password has failed before, and remembers it by
// its keyed digest. A device that keeps sending an old password does not guess.
func (h *history) repeated(digest uint64) bool {
	if digest == 0 {
		return false
	}
	again := h.tables.passwords.score(digest, h.successClock()) >= minFailure
	h.tables.passwords.fail(digest, h.successClock())
	return again
}

// isKnown reports whether a login from an address, or of a user at an address,
// succeeded within the last half-life.
func (h *history) isKnown(key uint64) bool {
	return key != 0 && h.tables.known.score(key, h.successClock()) >= 0.5
}

// Forgive forgets all failed logins, in every process that shares the memory.
// Successful logins are kept. Goroutines may call it at any time.
func (h *history) Forgive() {
	h.tables.addresses.clear()
	h.tables.users.clear()
}
