package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// popBeforeSMTP runs the sample program for login-hook, for a login from an address.
func popBeforeSMTP(t *testing.T, dir, remote string) {
	t.Helper()
	cmd := exec.Command("examples/pop-before-smtp.sh")
	cmd.Env = []string{"PATH=" + dir + "/bin:/usr/bin:/bin", "POP_BEFORE_SMTP_DIR=" + dir}
	if remote != "" {
		cmd.Env = append(cmd.Env, "TPOPS_REMOTE="+remote)
	}
	if out, err := cmd.CombinedOutput(); err != nil || len(out) != 0 {
		t.Errorf("%q: %v\n%s", remote, err, out)
	}
}

func TestPopBeforeSMTP(t *testing.T) {
	dir := t.TempDir()
	// A postmap that counts how often it is called.
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	postmap := "#!/bin/sh\necho \"$@\" >>" + dir + "/postmap\n"
	if err := os.WriteFile(filepath.Join(dir, "bin", "postmap"), []byte(postmap), 0o700); err != nil {
		t.Fatal(err)
	}
	table := filepath.Join(dir, "clients")
	want := func(file, text string) {
		t.Helper()
		if got, err := os.ReadFile(file); err != nil || string(got) != text {
			t.Errorf("%s contains %q, %v; want %q", filepath.Base(file), got, err, text)
		}
	}
	popBeforeSMTP(t, dir, "192.0.2.1")
	want(table, "192.0.2.1 OK\n")
	popBeforeSMTP(t, dir, "2001:db8::1")
	popBeforeSMTP(t, dir, "192.0.2.1") // once more
	want(table, "192.0.2.1 OK\n2001:db8::1 OK\n")
	for _, hostile := range []string{"", "local", "../x", "..", ".", "192.0.2.2/../../x", "a b", "$(touch x)", "192.0.2.3\n0.0.0.0"} {
		popBeforeSMTP(t, dir, hostile)
	}
	want(table, "192.0.2.1 OK\n2001:db8::1 OK\n")
	want(filepath.Join(dir, "postmap"), table+"\n"+table+"\n")

	old := time.Now().Add(-31 * time.Minute)
	if err := os.Chtimes(filepath.Join(dir, "seen", "192.0.2.1"), old, old); err != nil {
		t.Fatal(err)
	}
	popBeforeSMTP(t, dir, "")
	want(table, "2001:db8::1 OK\n")
}

// No address is lost when many users log in at the same time.
func TestPopBeforeSMTPAtOnce(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() { popBeforeSMTP(t, dir, "192.0.2."+strconv.Itoa(n+100)) })
	}
	all.Wait()
	got, err := os.ReadFile(filepath.Join(dir, "clients"))
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	for n := range 20 {
		want += "192.0.2." + strconv.Itoa(n+100) + " OK\n"
	}
	if string(got) != want {
		t.Errorf("the table contains %q", got)
	}
}
