// Package guard implements pop3.Guard: it remembers failed logins by address
// and by user, delays guesses, and counts connections by address, by
// user and before login.
//
// What it knows is in a Memory of fixed size that several processes share. Each
// entry is one word that is changed by compare-and-swap, so that there is no
// lock, and a process that is killed leaves nothing half done: at most its
// places, which Reclaim gives back.
//
// Guard decides (guard.go, place.go, try.go), by how delays grow (growth.go), which
// connection gives way when too many have not logged in (crowd.go), failed and
// successful logins (table.go), and connections (slot.go, detach.go). Addresses and names are
// in the memory only as keyed hashes (key.go).
package guard
