// Package metrics has the figures of the daemon: what all its processes have counted and
// measured since the start of the service, and in the last minute.
//
// A figure or a span is declared once, in table.go. All processes add to it in one
// shared memory, with atomic operations only. To add one, declare it in pkg/pop3 and add
// its row to the table.
package metrics
