package main

import (
	"reflect"
	"testing"
)

// traced is output of strace -f -y: a scan of new/ that another thread
// interrupts, an index, a message, a server in another root, and files that are not of the mailbox.
const traced = `7 openat(AT_FDCWD</>, "/m/u/Maildir/new", O_RDONLY|O_DIRECTORY|O_CLOEXEC) = 9</m/u/Maildir/new>
7 getdents64(9</m/u/Maildir/new>, 0xc000 /* 3 entries */, 8192) = 96
7 getdents64(9</m/u/Maildir/new>,  <unfinished ...>
8 write(2</d/log>, "x", 1) = 1
7 <... getdents64 resumed>0xc000 /* 0 entries */, 8192) = 0
7 openat(9</m/u/Maildir/new>, "1.a", O_RDONLY|O_NOFOLLOW) = 11</m/u/Maildir/new/1.a>
7 openat(9</m/u/Maildir/new>, "2.b", O_RDONLY|O_NOFOLLOW) = -1 ENOENT (No such file or directory)
7 openat(5</m/u/Maildir>, "tpops_index", O_WRONLY) = 12</m/u/Maildir/tpops_index>
7 pwrite64(12</m/u/Maildir/tpops_index>, "x", 1, 100) = 1
7 write(13<TCP:[127.0.0.1:110->127.0.0.1:4000]>, "+OK\r\n", 5) = 5
8 write(14</other/root/d/store/index/u/dovecot.index.log>, "x", 1) = 1
8 getdents64(15</m/other/Maildir/new>, 0xc000 /* 0 entries */, 8192) = 0
`

func TestCountCalls(t *testing.T) {
	got := countCalls(traced, "/m/u/Maildir", "/d")
	if want := (calls{1, []string{"new"}, 1, 2}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCallsOfAPoll(t *testing.T) {
	byName := callsByName(traced)
	if total(byName) != 11 || byName["getdents64"] != 3 || byName["openat"] != 4 {
		t.Errorf("calls: %v", byName)
	}
	if got, want := perPoll(byName, 2), "openat 2.0, getdents64 1.5, write 1.5, pwrite64 0.5"; got != want {
		t.Errorf("for one of 2 polls: %q, want %q", got, want)
	}
	if got, want := perPoll(byName, 20), "openat 0.2, getdents64 0.1, write 0.1"; got != want {
		t.Errorf("for one of 20 polls: %q, want %q", got, want)
	}
}
