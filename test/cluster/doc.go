// Package cluster tests several hosts that serve the same mailboxes, with the example files of
// the packages. Each host is a network, mount and host name namespace; the test is a client in
// the network that connects them.
package cluster
