//go:build integration

package daemon_test

import (
	"errors"
	"io"
	"os"
	"testing"

	"tpops/test/fixture"
)

// TestInetd serves one connection on standard input.
func TestInetd(t *testing.T) {
	box := fixture.Small(t)
	s, cmd := fixture.StartInetd(t, box.Params()...)
	s.OK("USER " + fixture.User)
	s.OK("PASS " + fixture.Password)
	s.OK("DELE 1")
	s.OK("QUIT")
	if rest, err := io.ReadAll(s.Conn); err != nil || len(rest) > 0 {
		t.Errorf("after QUIT came %q, %v", rest, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if left := box.Files(t); len(left) != 4 {
		t.Errorf("%d messages are left, want 4", len(left))
	}
}

// TestInetdMailRoots does not open a mailbox outside mail-roots: the kernel
// restricts the process for one connection too.
func TestInetdMailRoots(t *testing.T) {
	fixture.NeedRoot(t)
	box := fixture.Small(t)
	outside := t.TempDir() // not that of passwd-file
	mail := outside + "/mail"
	if err := errors.Join(os.Rename(box.Dir, mail), os.Symlink(mail, box.Dir)); err != nil {
		t.Fatal(err)
	}
	for roots, want := range map[string]string{outside: `^\+OK`, t.TempDir(): `^-ERR \[SYS/PERM\]`} {
		s, cmd := fixture.StartInetd(t, append(box.Params(), "--mail-roots="+roots)...)
		s.OK("USER " + fixture.User)
		s.Want("PASS "+fixture.Password, want)
		s.Conn.Close()
		_ = cmd.Wait() // Its exit code is not what this test is about.
	}
}
