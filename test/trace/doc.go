// Package trace makes a process do, in the way of a debugger, what an attacker
// would an attacker who has taken it over: any system call, on any of its threads. The
// caller has to be root.
package trace
