// Package process starts the program again as its own child processes, and passes
// messages between the parent and its children.
//
// A child is the same program, started through /proc/self/exe. It inherits one
// end of a socket pair, the control connection; a sealed file in memory with its
// task; and the sockets that it serves. The parent sends Orders and the child sends
// Reports. Each is one small message. If one of the two processes ends, the other one
// reads the end of the connection.
//
// A parent has a Pool, which counts the children and kills those that hang. Policy
// computes how many children are missing. Backoff keeps the parent from starting
// failing children in a tight loop. A child, and a parent that accepts connections for
// its children, has a Poller, which waits for all inputs with one poll(2).
package process
