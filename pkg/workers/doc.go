// Package workers serves connections concurrently: it has the process models that
// parallel-type selects, and the one for a single connection.
//
//   - thread: this process serves all sessions. At a restart it hands them over to the
//     next process (package handover).
//   - prefork: children are started in advance. Each serves one connection after the
//     other.
//   - fork: this process accepts a connection only when it can start a child for
//     it. Each child serves one connection, and becomes the mailbox's owner after login.
//   - ServeOne: inetd or systemd (Accept=yes) has started this process for one
//     connection.
//
// The parent of prefork and fork keeps its rights, so that it can read the
// configuration again. It reads nothing that comes from a client. The children take
// the ids of user and group. The first child, the probe, only tests whether
// children can serve with the configuration, at startup and before each reload.
// Package process starts the children and communicates with them.
//
// The program passes values and functions to a Model. Its Serve
// runs one event loop; Reload, Stop and Stats are requests to that loop.
package workers
