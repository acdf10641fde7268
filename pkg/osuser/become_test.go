package osuser

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// childBecome runs as root, becomes alice, and looks whether it is nothing
// else, on any thread.
func childBecome() error {
	stop := make(chan bool)
	defer close(stop)
	for range 8 { // threads that exist before
		go func() { runtime.LockOSThread(); <-stop }()
	}
	if err := Become(&Owner{UID: alice, GID: alice, Groups: []int{bob}}); err != nil {
		return err
	}
	status := map[string]string{}
	if err := readStatus(status); err != nil {
		return err
	}
	ids := strings.Repeat(fmt.Sprintf("\t%d", alice), 4)
	for tid, text := range status {
		want := "Uid:" + ids + "\nGid:" + ids + "\nGroups:\t" + fmt.Sprint(bob)
		if strings.TrimSpace(text) != want {
			return fmt.Errorf("thread %s:\n%s", tid, text)
		}
	}
	if _, err := os.ReadDir("/root"); !errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("root's home: %v", err)
	}
	if syscall.Setuid(0) == nil || syscall.Setgid(0) == nil || syscall.Setgroups([]int{0}) == nil {
		return errors.New("the way back is open")
	}
	return nil
}

// childBecomeLess stays who it is and gives up a group.
func childBecomeLess() error {
	if err := Become(&Owner{UID: bob, GID: bob, Groups: []int{bob}}); err != nil {
		return err
	}
	if groups, err := unix.Getgroups(); err != nil || !slices.Equal(groups, []int{bob}) {
		return fmt.Errorf("groups are %v, %v", groups, err)
	}
	return nil
}

func TestBecome(t *testing.T) {
	needRoot(t)
	as := &syscall.Credential{Uid: bob, Gid: bob, Groups: []uint32{bob, 42}}
	tests := []struct {
		name, child string
		attr        *syscall.SysProcAttr
		want        string // empty: no error
	}{
		{"root", "become", nil, ""},
		{"root that would keep its capabilities", "keep caps", nil, "capabilities remain"},
		{"the user already", "become self", &syscall.SysProcAttr{Credential: as}, ""},
		{"no privilege", "become alice", &syscall.SysProcAttr{Credential: as}, "setgroups"},
		{"two capabilities, which go", "become alice", &syscall.SysProcAttr{Credential: as,
			AmbientCaps: []uintptr{unix.CAP_SETUID, unix.CAP_SETGID}}, ""},
		{"the user already, with the way back", "become self", &syscall.SysProcAttr{Credential: as,
			AmbientCaps: []uintptr{unix.CAP_SETGID}}, "capabilities remain"},
		{"the user already, with a group too many", "become less", &syscall.SysProcAttr{Credential: as,
			AmbientCaps: []uintptr{unix.CAP_SETUID, unix.CAP_SETGID}}, ""},
		{"a group too many that cannot be given up", "become less", &syscall.SysProcAttr{Credential: as}, "groups are [42 "},
		{"a capability that opens no way", "become self", &syscall.SysProcAttr{Credential: as,
			AmbientCaps: []uintptr{unix.CAP_NET_BIND_SERVICE}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkChild(t, tt.child, tt.attr, tt.want)
		})
	}
}

func TestBecomeNil(t *testing.T) {
	before := whoAmI(t)
	if err := Become(nil); err != nil {
		t.Fatal(err)
	}
	if after := whoAmI(t); !after.equal(before) {
		t.Errorf("changed from %v to %v", before, after)
	}
}

func TestBecomeRefuses(t *testing.T) {
	before := whoAmI(t)
	if err := Become(&Owner{UID: -1, GID: alice}); err == nil {
		t.Error("no error for uid -1")
	}
	if after := whoAmI(t); !after.equal(before) {
		t.Errorf("changed from %v to %v", before, after)
	}
}
