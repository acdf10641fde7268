package osuser

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// whoAmI returns the identity of the thread that happens to run it.
func whoAmI(t *testing.T) identity {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	id, err := threadIdentity()
	if err != nil {
		t.Error(err)
	}
	return id
}

func TestDoAsItself(t *testing.T) {
	groups, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	owners := map[string]*Owner{
		"nil":            nil,
		"own ids":        {UID: os.Geteuid(), GID: os.Getegid(), Groups: groups},
		"without groups": {UID: os.Geteuid(), GID: os.Getegid()},
	}
	for name, owner := range owners {
		t.Run(name, func(t *testing.T) {
			want, failure := whoAmI(t), errors.New("from f")
			var got identity
			if err := owner.Do(func() error { got = whoAmI(t); return failure }); err != failure {
				t.Errorf("Do() = %v, want f's error as it is", err)
			}
			if !got.equal(want) {
				t.Errorf("f ran as %v, want %v", got, want)
			}
		})
	}
}

func TestDoRefuses(t *testing.T) {
	allBits := int64(math.MaxUint32)
	tests := []struct {
		name  string
		owner *Owner
		want  string
	}{
		{"uid that means 'leave it'", &Owner{UID: -1, GID: alice}, "uid -1 out of range"},
		{"gid that means 'leave it'", &Owner{UID: alice, GID: -1}, "gid -1 out of range"},
		{"the same in 32 bits", &Owner{UID: int(allBits), GID: alice}, "out of range"},
		{"supplementary gid", &Owner{UID: alice, GID: alice, Groups: []int{-1}}, "gid -1 out of range"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.owner.Do(func() error { t.Error("f was run"); return nil })
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Do() = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestDoSwitches(t *testing.T) {
	needRoot(t)
	before := whoAmI(t)
	// Unsorted on purpose: the kernel sorts groups when they are set.
	owner := &Owner{UID: alice, GID: alice + 10, Groups: []int{alice + 30, alice + 20}}
	var inside identity
	if err := owner.Do(func() error { inside = whoAmI(t); return nil }); err != nil {
		t.Fatal(err)
	}
	if !inside.equal(owner.identity()) {
		t.Errorf("f ran as %v, want %v", inside, owner.identity())
	}
	if after := whoAmI(t); !after.equal(before) {
		t.Errorf("afterwards %v, want %v", after, before)
	}
	if effective, _, err := capabilities(); err != nil || effective&pastModes == 0 {
		t.Errorf("capabilities did not come back: %#x, %v", effective, err)
	}
}

func TestDoNested(t *testing.T) {
	needRoot(t)
	a, b := &Owner{UID: alice, GID: alice}, &Owner{UID: bob, GID: bob}
	err := a.Do(func() error {
		if err := b.Do(func() error { return b.identity().verify() }); err != nil {
			return err
		}
		if err := a.Do(func() error { return a.identity().verify() }); err != nil {
			return err
		}
		return a.identity().verify()
	})
	if err != nil {
		t.Error(err)
	}
}

func TestDoPanic(t *testing.T) {
	needRoot(t)
	before := whoAmI(t)
	func() {
		defer func() {
			if recover() != "boom" {
				t.Error("the panic did not come through")
			}
		}()
		_ = (&Owner{UID: alice, GID: alice}).Do(func() error { panic("boom") })
	}()
	if after := whoAmI(t); !after.equal(before) {
		t.Errorf("after the panic %v, want %v", after, before)
	}
}

func TestDoFiles(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	shared, secret := filepath.Join(dir, "shared"), filepath.Join(dir, "secret")
	if err := errors.Join(os.Mkdir(shared, 0o777), os.Chmod(shared, 0o777),
		os.WriteFile(secret, []byte("bob's"), 0o640), os.Chown(secret, bob, bob)); err != nil {
		t.Fatal(err)
	}
	owner := &Owner{UID: alice, GID: alice + 10}
	made := filepath.Join(shared, "made")
	err := owner.Do(func() error { return os.WriteFile(made, nil, 0o600) })
	if err != nil {
		t.Fatal(err)
	}
	var stat unix.Stat_t
	if err := unix.Stat(made, &stat); err != nil || stat.Uid != alice || stat.Gid != alice+10 {
		t.Errorf("made by %d:%d, %v", stat.Uid, stat.Gid, err)
	}
	read := func() error { _, err := os.ReadFile(secret); return err }
	if err := owner.Do(read); !errors.Is(err, unix.EACCES) {
		t.Errorf("another user's file: %v, want EACCES", err)
	}
	owner.Groups = []int{bob}
	if err := owner.Do(read); err != nil {
		t.Errorf("through a supplementary group: %v", err)
	}
	if err := read(); err != nil {
		t.Errorf("as root again: %v", err)
	}
}

func TestDoWithoutPrivilege(t *testing.T) {
	needRoot(t)
	as := &syscall.Credential{Uid: bob, Gid: bob}
	tests := []struct {
		name, child string
		attr        *syscall.SysProcAttr
		want        string // empty: no error
	}{
		{"no capability, another user", "do alice", &syscall.SysProcAttr{Credential: as}, "not permitted"},
		{"no capability, itself", "do self", &syscall.SysProcAttr{Credential: as}, ""},
		{"the two capabilities", "do alice", &syscall.SysProcAttr{Credential: as,
			AmbientCaps: []uintptr{unix.CAP_SETUID, unix.CAP_SETGID}}, ""},
		{"only one", "do alice", &syscall.SysProcAttr{Credential: as,
			AmbientCaps: []uintptr{unix.CAP_SETGID}}, "change from user 61002"},
		{"only the other", "do alice", &syscall.SysProcAttr{Credential: as,
			AmbientCaps: []uintptr{unix.CAP_SETUID}}, "change from user 61001, group 61002"},
		{"one that reads everything", "do alice", &syscall.SysProcAttr{Credential: as,
			AmbientCaps: []uintptr{unix.CAP_SETUID, unix.CAP_SETGID, unix.CAP_DAC_READ_SEARCH}}, "override file modes"},
		{"one that reads everything, itself", "do self", &syscall.SysProcAttr{Credential: as,
			AmbientCaps: []uintptr{unix.CAP_DAC_OVERRIDE}}, "override file modes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkChild(t, tt.child, tt.attr, tt.want)
		})
	}
}

// checkChild runs a child that has to fail with want, or not at all.
func checkChild(t *testing.T, child string, attr *syscall.SysProcAttr, want string) {
	t.Helper()
	out, err := runChild(t, child, attr)
	if (err != nil) != (want != "") || !strings.Contains(out, want) {
		t.Errorf("child printed %q, ended with %v; want %q", out, err, want)
	}
}

func BenchmarkDo(b *testing.B) {
	if os.Geteuid() != 0 {
		b.Skip("only root can act as another user")
	}
	owner := &Owner{UID: alice, GID: alice, Groups: []int{alice, bob}}
	nothing := func() error { return nil }
	for b.Loop() {
		if err := owner.Do(nothing); err != nil {
			b.Fatal(err)
		}
	}
}

// Without a switch Do allocates little: it is called for each session.
func TestDoAllocations(t *testing.T) {
	groups, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	owner := &Owner{UID: os.Geteuid(), GID: os.Getegid(), Groups: groups}
	nothing := func() error { return nil }
	n := testing.AllocsPerRun(100, func() {
		if err := owner.Do(nothing); err != nil {
			t.Fatal(err)
		}
	})
	if n > 4 { // the groups of the thread and those of the owner
		t.Errorf("%v allocations", n)
	}
}
