// Package children is about processes that serve for another one: how a
// program starts itself again as its own child, what the two say to each
// other, how children are counted, and when another one is due.
//
// A child is the same program, started through /proc/self/exe. It inherits one
// end of a socket pair, the control connection; a sealed file in memory with
// whatever it has to know; and the sockets that it is to serve. The parent sends
// Orders and the child Reports, each of them one small message that never
// waits. When one of the two has gone the other sees the end of the connection.
//
// A parent has a Family. A child, and a parent that accepts connections for its
// children, has a Post, which waits for all that may come with one poll(2).
package children
