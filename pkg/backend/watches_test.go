package backend

import (
	"os"
	"path/filepath"
	"testing"

	"tpops/pkg/maildir"
	"tpops/pkg/pop3"
)

// openChanged opens the mailbox of account, which changes meanwhile too fast for its times to
// show it.
func openChanged(t *testing.T, open pop3.Opener, account *pop3.Account) {
	t.Helper()
	name := filepath.Join(account.Maildrop, "new", "1.a")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mailbox, err := open(t.Context(), account, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m, lazy := mailbox.(pop3.Loader); lazy {
		if err := m.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := mailbox.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}

// openInotify returns how many instances of inotify(7) this process has open.
func openInotify(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, f := range files {
		if to, err := os.Readlink(filepath.Join("/proc/self/fd", f.Name())); err == nil && to == "anon_inode:inotify" {
			count++
		}
	}
	return count
}

// All that opens Maildirs in a process, also after a reload, keeps the same instances of
// inotify(7). A process that keeps nothing closes them.
func TestWatchesOfProcess(t *testing.T) {
	file := write(t, "ann:{PLAIN}x::::/home/ann::\n", 0o600)
	c := load(t, "--auth-type=passwd-file", "--passwd-file="+file)
	account := &pop3.Account{Name: "ann", UID: -1, Maildrop: t.TempDir()}
	for _, name := range []string{"new", "cur", "tmp"} {
		if err := os.Mkdir(filepath.Join(account.Maildrop, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		kept Kept
		want int
	}{{Kept{}, 0}, {Kept{Watches: &maildir.Watches{}}, 1}} {
		before := openInotify(t)
		env := newEnvironment()
		env.Kept = test.kept
		openers := []pop3.Opener{OpenMaildir(c, env.Log, env.Kept), TryMaildir(c, env.Log, env.Kept)}
		for range 2 {
			b, err := Open(c, env)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Release()
			openers = append(openers, b.Open)
		}
		most := 0
		for _, open := range openers {
			openChanged(t, open, account)
			most = max(most, openInotify(t)-before)
		}
		if most != test.want {
			t.Errorf("up to %d instances are kept, want %d", most, test.want)
		}
	}
}
