// Package daemonize makes a program a daemon without a service manager. It starts the
// program again in the background, waits until that process serves, and records its
// process id in a file.
//
// The first process calls Start, which starts the program again as the leader of
// a session of its own and waits. The process in the background calls Ready when
// it serves: standard input, output and error become the null device, and Start
// returns in the first process. If the background process ends earlier, Start
// returns its exit code.
//
// NewStdioConn is for a program that inetd starts without a socket.
package daemonize
