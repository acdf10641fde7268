// Package control_test asks running daemons at their control sockets.
package control_test
