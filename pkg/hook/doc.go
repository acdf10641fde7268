// Package hook starts a program at each login, away from the daemon that has
// the logins.
//
// A daemon that has confined itself can start no programs, and shall not wait
// for any. So before that it starts a Helper, a process of the same program
// that does nothing but Serve: it reads logins from a socket and starts a
// program for each, at most so many at once and each for at most so long. What
// fails comes back over the socket. The logins that wait do so in the socket,
// which bounds them; beyond that they are dropped.
//
// A program gets the facts of the login in its environment and nothing else of
// the daemon: no arguments, no descriptors, no shell, a session and process
// group of its own, and the null device for input and output.
package hook
