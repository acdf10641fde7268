//go:build pam && cgo

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pam"
)

// Modules get the password unchanged. When a module takes too long, the program that
// it waits for is killed too.
func TestHangs(t *testing.T) {
	dir := publicDir(t)
	check, started := filepath.Join(dir, "check"), filepath.Join(dir, "started")
	text := "#!/bin/sh\nIFS= read -r password\ntest \"$password\" != hang || { echo $$ >'" + started + "'; exec sleep 600; }\ntest \"$password\" = ' a b '\n"
	service := "auth required pam_exec.so expose_authtok " + check + "\naccount required pam_permit.so\n"
	err := errors.Join(os.WriteFile(check, []byte(text), 0o755), os.WriteFile(filepath.Join(dir, "mail"), []byte(service), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(confDirVariable, dir)
	wantOutcome(t, "nobody", " a b ", pam.Admitted)
	wantOutcome(t, "nobody", "other", pam.Failed) // pam_exec(8): an error of the system

	h, err := pam.Start(asInService(t, dir), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	var pid []byte
	// A slow machine may not have started the program when the time is over.
	for patience := time.Second; len(pid) == 0 && patience < testTimeout; patience *= 2 {
		a, err := h.Ask(t.Context(), pam.Request{Service: "mail", Login: []byte("nobody"), Password: []byte("hang"), Patience: patience})
		if err != nil || a.Outcome != pam.Failed || !strings.Contains(a.Text, "did not answer") {
			t.Errorf("%+v, %v", a, err)
		}
		pid, _ = os.ReadFile(started)
	}
	wantEnded(t, strings.TrimSpace(string(pid)))
}

// asInService writes a shell script that runs the program as tpops.service does: as a user
// without capabilities that sees no other processes. Only root can do that. For other users
// it returns an ordinary script.
func asInService(t *testing.T, confDir string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		return script(t, confDirVariable+"='"+confDir+"'", serveMode)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(publicDir(t), "start")
	text := fmt.Sprintf(`#!/bin/sh
[ "$1" = inside ] || exec unshare --mount "$0" inside
mount -t proc -o hidepid=invisible proc /proc || exit
export %s=1 %s='%s'
exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --no-new-privs '%s' %s
`, programVariable, confDirVariable, confDir, copyForAll(t, self), serveMode)
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// publicDir returns a directory that all users can write to.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tpops_pam")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// wantEnded waits until a process has ended.
func wantEnded(t *testing.T, pid string) {
	t.Helper()
	state := func() string {
		text, _ := os.ReadFile("/proc/" + pid + "/stat")
		_, rest, _ := strings.Cut(string(text), ") ")
		return rest
	}
	for end := time.Now().Add(testTimeout); pid == "" || state() != "" && !strings.HasPrefix(state(), "Z"); time.Sleep(time.Millisecond) {
		if pid == "" || time.Now().After(end) {
			t.Fatalf("the program %q still runs", pid)
		}
	}
}
