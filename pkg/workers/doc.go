// Package workers serves connections concurrently: it has the process models that
// parallel-type selects, and the one for a single connection.
//
//   - thread: this process serves all sessions. Over a restart it gives them to the
//     next process (package handover).
//   - prefork: children are started in advance. Each accepts connections, one after
//     the other.
//   - fork: this process accepts a connection only when a child may be started for
//     it. Each child serves one connection, and becomes the mailbox's owner after login.
//   - ServeOne: inetd or systemd (Accept=yes) has started this process for one
//     connection.
//
// The parent of prefork and fork stays as it was started, so that it can read the
// configuration again, and reads nothing that comes from a client. The children take
// the ids of user and group. The first child, the probe, only tests whether
// children can serve with the configuration, at startup and before each reload.
// Package process starts the children and communicates with them.
//
// A Model gets from the program an environment of values and functions. Its Serve
// runs one event loop; Reload, Stop and Stats are requests to that loop.
package workers
