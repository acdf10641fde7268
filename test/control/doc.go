// Package control asks running daemons at their control sockets.
package control
