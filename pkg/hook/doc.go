// Package hook starts a program at each login, in a process separate from the daemon.
//
// A daemon that has confined itself cannot start programs, and must not wait for them.
// Before that it starts a Helper, a process of the same program. The helper reads
// logins from a socket and starts a program for each. The number of running programs
// and the time of each are limited. The helper reports failures over the socket.
// Logins wait in the socket. If it is full, further logins are dropped.
//
// A program gets the properties of the login in its environment. It gets nothing else
// of the daemon: no arguments, no descriptors, no shell. It has a session and a process
// group of its own, and the null device as input and output.
package hook
