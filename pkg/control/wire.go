package control

import (
	"encoding/json"
	"errors"
	"fmt"
)

// DefaultPath is the path of the socket unless the parameter control-socket has another.
const DefaultPath = "/run/tpops/control"

// protocol is the version of the protocol.
const protocol = 1

// The codes of errors. Clients depend on them.
const (
	codeRequest   = "invalid-request"   // the line is no request
	CodeVersion   = "unknown-version"   // the request has another version of the protocol
	CodeCommand   = "unknown-command"   // the daemon has no such command
	CodeArguments = "invalid-arguments" // the command does not accept the arguments
	codePermitted = "not-permitted"     // the peer may not use the socket
	CodeBusy      = "busy"              // too many requests at once: try again
	CodeNone      = "not-available"     // the command has no use with the daemon's configuration
	codeInternal  = "internal-error"    // a fault in the daemon, or of the system
)

// Error is an error that the client reads.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Hello is the first line of the server.
type Hello struct {
	Protocol int    `json:"protocol"`
	Version  string `json:"version"` // of the daemon
	Type     string `json:"type"`    // parallel-type
}

// request is the line of a request.
type request struct {
	Version   int             `json:"version"`
	Command   string          `json:"command"`
	Arguments json.RawMessage `json:"arguments,omitempty"`
}

// answer is a line of the server. One of the fields is set.
type answer struct {
	Hello *Hello          `json:"hello,omitempty"`
	Row   json.RawMessage `json:"row,omitempty"`
	End   json.RawMessage `json:"end,omitempty"`
	Error *Error          `json:"error,omitempty"`
}

// parseRequest reads the line of a request. The error is an *Error.
func parseRequest(line []byte) (*request, error) {
	r := &request{}
	if err := decode(line, r); err != nil {
		return nil, &Error{codeRequest, fmt.Sprintf("the line is no request: %v", err)}
	}
	if r.Version != protocol {
		return nil, &Error{CodeVersion, fmt.Sprintf("version %d of the protocol is unknown: the daemon has version %d", r.Version, protocol)}
	}
	if r.Command == "" {
		return nil, &Error{codeRequest, "the request has no command"}
	}
	return r, nil
}

// asError returns err as an error that the client reads.
func asError(err error) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	return &Error{codeInternal, err.Error()}
}
