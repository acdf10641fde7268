package workers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"slices"

	"tpops/pkg/config"
	"tpops/pkg/daemonize"
	"tpops/pkg/pop3"
	"tpops/pkg/workers/process"
)

// role is what a child does.
type role string

const (
	roleProbe   role = "configuration test" // opens all that the others need, and ends
	roleUsers   role = "user reader"        // reads passwd-file for the others, and ends
	rolePrefork role = "prefork child"      // accepts connections, one after the other
	roleFork    role = "fork child"         // serves the one connection that it inherits
)

// task is what a child gets at its start, besides its files.
type task struct {
	Role      role
	Ports     []pop3.Port      // of each listener, or of the connection
	Listening []netip.AddrPort // the addresses at which clients arrive over IP
	Guard     bool             // the last file is the guard's memory
	Hook      bool             // the last file, or the one before that, is the socket of the helper for login-hook
	Seen      bool             // the file before these is where unknown users are remembered
	Before    bool             // the file before these has the rows of passwd-file that are in use
	Users     bool             // the file before these is for the rows of passwd-file
	Salts     []byte           // the secret of the salts of unknown users
	Config    []byte           `json:"-"` // an encoded config.Config, which follows the others
}

// start starts a child in a pool with its files.
func (t *task) start(pool *process.Pool, files []*os.File) (*process.Child, error) {
	data, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	// JSON has no newline that is not in a text, and there as \n.
	payload, err := process.Seal(slices.Concat(data, []byte("\n"), t.Config))
	if err != nil {
		return nil, err
	}
	defer payload.Close() // The child has its own.
	return pool.Start(&process.Spec{
		Title: "tpops: " + string(t.Role), Payload: payload, Files: files, Log: os.Stderr, Unset: []string{daemonize.Variable},
	})
}

// readTask returns the task of a child, and its parameters. The error is that of
// a parent of another version.
func readTask(data []byte) (*task, *config.Config, error) {
	var t task
	head, parameters, _ := bytes.Cut(data, []byte("\n"))
	if err := json.Unmarshal(head, &t); err != nil {
		return nil, nil, fmt.Errorf("invalid task of a child (%d bytes)", len(data))
	}
	c, err := config.Decode(parameters)
	if err != nil {
		return nil, nil, fmt.Errorf("invalid task of a child: %w", err)
	}
	return &t, c, nil
}
