// Package guard implements pop3.Guard: it remembers failed logins by address
// and by user, makes who guesses wait, and counts connections by address, by
// user and before login.
//
// What it knows is in a Memory of fixed size that several processes share. Each
// entry is one word that is changed by compare-and-swap, so that there is no
// lock, and a process that is killed leaves nothing half done: at most its
// places, which Reclaim gives back.
//
// Guard decides (guard.go, place.go, try.go), by how delays grow (growth.go), who has
// to give way when too many have not logged in (crowd.go), what failed and who
// succeeded (table.go), and who is connected (slot.go; detach.go for whom no more is decided). Addresses and names are
// in the memory only as keyed hashes (key.go).
package guard
