package workers

import (
	"fmt"
	"net/netip"
	"os"
	"slices"

	"tpops/pkg/config"
	"tpops/pkg/daemonize"
	"tpops/pkg/pop3"
	"tpops/pkg/workers/process"
)

// role is the work of a child.
type role string

const (
	roleProbe   role = "configuration test" // opens what the others need, and ends
	roleUsers   role = "user reader"        // reads passwd-file for the others, and ends
	roleCheck   role = "check"              // opens what the others need, answers a question, and ends
	rolePrefork role = "prefork child"      // serves one connection after the other
	roleFork    role = "fork child"         // serves the connection that it inherits
)

// task is what a child gets at startup besides its files.
type task struct {
	Role      role
	Ports     []pop3.Port      // of each listener, or of the connection
	Listening []netip.AddrPort // the addresses at which clients arrive over IP
	Guard     bool             // the last file is the guard's memory
	Hook      bool             // the last file, or the one before that, is the socket of the helper for login-hook
	Seen      bool             // the file before these records unknown users
	Before    bool             // the file before these has the rows of passwd-file that are in use
	Users     bool             // the file before these is for the rows of passwd-file
	Board     bool             // the file before these is the board
	Metrics   bool             // the file before these has the figures of the daemon
	Salts     []byte           // the secret of the salts of unknown users

	Certificates []byte // of the parent, nil for a probe
	Question     []byte // of a check; it may have a password
	Config       []byte // an encoded config.Config
}

// passed returns for each file that all children may have whether this one has it.
func (t *task) passed() []*bool {
	return []*bool{&t.Guard, &t.Hook, &t.Seen, &t.Before, &t.Users, &t.Board, &t.Metrics}
}

// shared returns how many of these files there are.
func (t *task) shared() (n int) {
	for _, has := range t.passed() {
		if *has {
			n++
		}
	}
	return n
}

// start starts a child in a pool with its files.
func (t *task) start(pool *process.Pool, files []*os.File) (*process.Child, error) {
	payload, err := process.Seal(t.encode())
	if err != nil {
		return nil, err
	}
	defer payload.Close() // The child has its own.
	return pool.Start(&process.Spec{
		Title: "tpops: " + string(t.Role), Payload: payload, Files: files, Log: os.Stderr, Unset: []string{daemonize.Variable},
		Set: []string{oneProcessor},
	})
}

// oneProcessor has the Go runtime of a child execute Go code in one thread at a time: a
// child serves one client, and threads cost more than its work. Also the runtime does not
// read the limits of its control group then, at the start and once a second.
const oneProcessor = "GOMAXPROCS=1"

// readTask returns the task of a child, and its parameters. The error is that of an
// invalid task.
func readTask(data []byte) (*task, *config.Config, error) {
	var t task
	if !t.decode(data) {
		return nil, nil, fmt.Errorf("invalid task of a child (%d bytes)", len(data))
	}
	if !slices.Contains([]role{roleProbe, roleUsers, roleCheck, rolePrefork, roleFork}, t.Role) {
		return nil, nil, fmt.Errorf("invalid task of a child: unknown role %q", t.Role)
	}
	c, err := config.Decode(t.Config)
	if err != nil {
		return nil, nil, fmt.Errorf("invalid task of a child: %w", err)
	}
	return &t, c, nil
}
