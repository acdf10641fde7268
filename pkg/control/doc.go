// Package control is the control socket: a unix stream socket on which root and the
// members of a group ask a running daemon, and the client for it.
//
// Both sides send lines of JSON. The server begins with a line that has its version:
//
//	{"hello":{"protocol":1,"version":"0.9.0","type":"thread"}}
//
// A request is one line of at most 64 KiB:
//
//	{"version":1,"command":"sessions","arguments":{"user":"ann"}}
//
// The answer has any number of lines {"row":…}, and then one line {"end":…} or
// {"error":{"code":"…","message":"…"}}. Further requests may follow on the same
// connection. After a line that is no request the server closes the connection.
//
// The package knows no command. A table of Command values is passed to NewServer.
package control
