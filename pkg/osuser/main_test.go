package osuser

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Two users that no system has, so that nothing of theirs exists before.
const (
	alice = 61001
	bob   = 61002
)

// children are what the test binary does when it is started again with the
// name in childVariable: a process can become another user only once.
var children = map[string]func() error{
	"become":       childBecome,
	"become self":  func() error { return Become(&Owner{UID: os.Getuid(), GID: os.Getgid()}) },
	"become alice": func() error { return Become(&Owner{UID: alice, GID: alice}) },
	"become less":  childBecomeLess,
	"do alice":     func() error { return (&Owner{UID: alice, GID: alice}).Do(func() error { return nil }) },
	"do self": func() error {
		return (&Owner{UID: os.Getuid(), GID: os.Getgid()}).Do(func() error { return nil })
	},
	"create for alice": func() error {
		return childCreate(func(name string) error { return Create(name, 0o640, &Owner{UID: alice, GID: alice}) })
	},
	"open in a directory of alice's": func() error {
		return childCreate(func(name string) error {
			_, err := OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o640)
			return err
		})
	},
	"keep caps": func() error {
		// With this flag the change of user leaves the permitted set alone.
		if err := unix.Prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0, 0); err != nil {
			return err
		}
		return Become(&Owner{UID: alice, GID: alice})
	},
}

const childVariable = "OSUSER_TEST_CHILD"

func TestMain(m *testing.M) {
	child := children[os.Getenv(childVariable)]
	if child == nil {
		os.Exit(m.Run())
	}
	if err := child(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// runChild runs one of children as credential and returns what it printed.
func runChild(t *testing.T, name string, attr *syscall.SysProcAttr) (string, error) {
	t.Helper()
	// The binary itself may lie where other users cannot reach it, so the
	// child executes it through a descriptor.
	binary, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer binary.Close()
	var out bytes.Buffer
	cmd := exec.Command("/proc/self/fd/3", "-test.run=^$")
	cmd.ExtraFiles = []*os.File{binary}
	cmd.Env = append(os.Environ(), childVariable+"="+name)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = attr
	cmd.Dir = "/"
	err = cmd.Run()
	return strings.TrimSpace(out.String()), err
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can act as another user")
	}
}
