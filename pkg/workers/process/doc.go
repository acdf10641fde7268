// Package process starts the program again as its own child processes, and lets
// parent and children communicate.
//
// A child is the same program, started through /proc/self/exe. It inherits one
// end of a socket pair, the control connection; a sealed file in memory with its
// task; and the sockets that it serves. The parent sends Orders and the child sends
// Reports, each of them one small message that never waits. If one of the two
// ends, the other reads the end of the connection.
//
// A parent has a Pool, which counts the children and kills those that hang. Policy
// computes how many children are missing, and Backoff keeps children that fail from
// being started in a tight loop. A child, and a parent that accepts connections for
// its children, has a Poller, which waits for all inputs with one poll(2).
package process
