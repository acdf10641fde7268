// Package guard implements pop3.Guard: it limits connections by address, by user
// and before login, and delays password guesses after failed logins of an address
// or a user.
//
// The state is a Memory of fixed size that several processes share. Each entry is
// one word that is changed by compare-and-swap. So there is no lock, and a killed
// process leaves no entry half written: only its slots, which Reclaim frees.
//
// A connection takes a slot (connection.go, slot.go, counts.go). An attempt to log
// in waits for its delay (attempt.go, loginkeys.go, delay.go), which follows from
// failed and successful logins (history.go, table.go). With too many connections before login
// one is evicted (eviction.go, sweep.go). The memory contains addresses and names
// only as keyed hashes (key.go), except for the networks that an operator has banned
// (bans.go). What is remembered of an address or a user is in standing.go.
package guard
