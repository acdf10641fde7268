package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"slices"

	"tpops/pkg/children"
	"tpops/pkg/config"
	"tpops/pkg/daemonize"
	"tpops/pkg/pop3"
)

// role is what a child is for.
type role string

const (
	roleProbe   role = "configuration test" // opens all that the others need, and ends
	rolePrefork role = "prefork child"      // accepts connections, one after the other
	roleFork    role = "fork child"         // serves the one connection that it is given
)

// task is what a child is told at its start.
type task struct {
	Role      role
	Ports     []pop3.Port      // of each listener, or of the connection
	Listening []netip.AddrPort // where clients come in over IP
	Guard     bool             // the last file is the guard's memory
	Hook      bool             // the last file, or the one before that, is the socket of the helper for login-hook
	Salts     []byte           // of auth.Verifier
	Config    []byte           // an encoded config.Config
}

// startChild starts a child in a family, with the parameters c and the files
// that its role is for.
func (p *program) startChild(f *children.Family, r role, c *config.Config, files []*os.File, ports []pop3.Port) (*children.Child, error) {
	if err := restoreLogs(c); err != nil {
		return nil, err
	}
	p.prepareVerifier()
	t := task{Role: r, Ports: ports, Listening: p.listening, Salts: p.verifier.Salts(), Config: c.Encode()}
	if helper := p.hook.File(); helper != nil {
		t.Hook, files = true, append(slices.Clone(files), helper)
	}
	if p.guard != nil {
		t.Guard, files = true, append(slices.Clone(files), p.guard.File())
	}
	data, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	payload, err := children.Seal(data)
	if err != nil {
		return nil, err
	}
	defer payload.Close() // The child has its own.
	return f.Start(&children.Spec{
		Title: "tpops: " + string(r), Payload: payload, Files: files, Log: os.Stderr, Unset: []string{daemonize.Variable},
	})
}

// readTask returns the task of a child, and its parameters. The error is that
// of a parent which is not of this version.
func readTask(data []byte) (*task, *config.Config, error) {
	var t task
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, nil, fmt.Errorf("task of a child: %d octets that are none", len(data))
	}
	c, err := config.Decode(t.Config)
	if err != nil {
		return nil, nil, fmt.Errorf("task of a child: %w", err)
	}
	return &t, c, nil
}
