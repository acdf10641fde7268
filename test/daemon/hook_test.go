//go:build integration

package daemon_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestLoginHook shows that a process that can start no programs has them
// started, and that a session does not wait for them.
func TestLoginHook(t *testing.T) { fixture.EachType(t, testLoginHook) }

func testLoginHook(t *testing.T, parallelType string) {
	hook, dir := fixture.HookScript(t, `
		echo "$TPOPS_USER $TPOPS_REMOTE $TPOPS_LOCAL $TPOPS_SESSION $(id -u) $$" >FOLDER/new
		mv FOLDER/new FOLDER/given
		read line <FOLDER/gate
		echo "no such map" >&2
		exit 7`)
	gate := filepath.Join(dir, "gate")
	fixture.Command(t, "mkfifo", "-m", "666", gate)
	d := fixture.Small(t).Start(t, "--login-hook="+hook, "--login-hook-timeout=10m", parallelType)
	s := fixture.LogIn(t, d)
	s.OK("NOOP")
	servers := append(fixture.Serving(t, d.PID()), d.PID()) // Without children it serves itself.
	given := filepath.Join(dir, "given")
	fixture.Eventually(t, "the program is started", func() bool { _, err := os.Stat(given); return err == nil })
	text, err := os.ReadFile(given)
	if err != nil {
		t.Fatal(err)
	}
	if f := strings.Fields(string(text)); len(f) != 6 || f[0] != fixture.User || f[1] != "127.0.0.1" || f[2] != "127.0.0.1" {
		t.Errorf("the program got %q", text)
	} else {
		fixture.Eventually(t, "the log has the session", func() bool { return strings.Contains(d.Log(), "session="+f[3]) })
	}
	for field, want := range map[string]string{"Seccomp": "2", "NoNewPrivs": "1"} {
		threads, err := daemon.Status(servers[0], field)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range threads {
			if got != want {
				t.Errorf("%s of a thread is %q, want %q", field, got, want)
			}
		}
	}
	if err := os.WriteFile(gate, []byte("\n"), 0); err != nil {
		t.Fatal(err)
	}
	fixture.Eventually(t, "the failure is logged", func() bool {
		return strings.Contains(d.Log(), `login hook failed`) && strings.Contains(d.Log(), `"exit status 7: no such map"`)
	})
	s.OK("QUIT")
}

// TestLoginHookRefused shows that a program that others may change, or that
// cannot be started, is not accepted.
func TestLoginHookRefused(t *testing.T) {
	hook, dir := fixture.HookScript(t, "exit 0")
	for _, name := range []string{"group", "plain"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "group"), 0o770); err != nil {
		t.Fatal(err)
	}
	box := fixture.Small(t)
	tests := []struct{ name, hook, want string }{
		{"good", hook, ""},
		{"missing", dir + "/missing", "login-hook: stat " + dir + "/missing: no such file or directory"},
		{"directory", dir, "login-hook: is not a file"},
		{"may be changed", dir + "/group", "login-hook: may be changed by others than its owner (its mode is 0770)"},
		{"not executable", dir + "/plain", "login-hook: cannot be started: permission denied"},
		{"relative", "hook", `login-hook: must be an absolute path, not "hook"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, _, errs := fixture.RunTPOPS(t, box.Params("--check-config", "--login-hook="+tt.hook)...)
			if (code == 0) != (tt.want == "") || !strings.Contains(errs, tt.want) {
				t.Errorf("exit status %d, %q; want %q", code, errs, tt.want)
			}
		})
	}
}

// TestLoginHookRights starts the server as the unit does, with two capabilities
// and the group of /etc/shadow. The program has neither.
func TestLoginHookRights(t *testing.T) {
	fixture.NeedRoot(t)
	u := fixture.AddSystemUser(t)
	hook, dir := fixture.HookScript(t, `
		{ id -u; id -G; grep -E '^Cap(Prm|Eff|Amb)' /proc/self/status; } >FOLDER/new
		mv FOLDER/new FOLDER/rights`)
	users := filepath.Join(filepath.Dir(u.Box.Dir), "users")
	if err := daemon.WriteUsers(users, daemon.User{Login: fixture.User, Password: "{PLAIN}" + fixture.Password, Maildir: u.Box.Dir}); err != nil {
		t.Fatal(err)
	}
	fixture.Command(t, "chown", u.Name+":", users)
	id := strconv.Itoa(u.UID)
	wrapper := filepath.Join(dir, "tpops")
	text := "#!/bin/sh\nexec setpriv --reuid=" + id + " --regid=" + strconv.Itoa(u.GID) + " --groups=shadow" +
		" --inh-caps=+setuid,+setgid --ambient-caps=+setuid,+setgid " + fixture.Program(t, "tpops") + ` "$@"` + "\n"
	if err := os.WriteFile(wrapper, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	d := fixture.StartProgram(t, wrapper, "--auth-type=passwd-file", "--passwd-file="+users, "--login-hook="+hook)
	if caps, err := daemon.Status(d.PID(), "CapEff"); err != nil || caps[0] != "00000000000000c0" {
		t.Fatalf("the daemon has the capabilities %q, %v", caps, err)
	}
	fixture.LogIn(t, d).OK("QUIT")
	rights := filepath.Join(dir, "rights")
	fixture.Eventually(t, "the program is started", func() bool { _, err := os.Stat(rights); return err == nil })
	got, err := os.ReadFile(rights)
	none := "\t0000000000000000\n"
	want := id + "\n" + strconv.Itoa(u.GID) + "\nCapPrm:" + none + "CapEff:" + none + "CapAmb:" + none
	if err != nil || string(got) != want {
		t.Errorf("the program has %q, %v; want %q", got, err, want)
	}
}
