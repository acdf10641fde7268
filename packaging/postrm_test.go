package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPurge runs the script of the package with other directories, and compares what is
// left. A removal leaves all of it.
func TestPurge(t *testing.T) {
	const written = "# Written by tpopsctl setup, which replaces this file.\n"
	files := map[string]string{
		"/etc/systemd/system/tpops.service.d/setup.conf":    written,
		"/etc/systemd/system/tpops.socket.d/setup.conf":     written,
		"/etc/systemd/system/tpops.socket.d/own.conf":       "[Socket]\n",
		"/etc/systemd/system/tpops-tls.socket.d/setup.conf": "# of the administrator\n",
		"/etc/letsencrypt/renewal-hooks/deploy/tpops":       "#!/bin/sh\n" + written,
		"/etc/tpops/mysql-passwd":                           "secret\n",
		"/etc/tpops/users":                                  "ann:x\n",
		"/var/lib/tpops/usage":                              "",
		"/var/log/tpops/access.log":                         "",
		"/var/vmail/ann/new/1.first":                        "mail\n",
	}
	stays := []string{"/etc/systemd/system/tpops-tls.socket.d/setup.conf", "/etc/systemd/system/tpops.socket.d/own.conf", "/etc/tpops/users", "/var/vmail/ann/new/1.first"}
	if left := afterRemoval(t, "purge", files); !slices.Equal(left, stays) {
		t.Errorf("left after purge: %q", left)
	}
	if left := afterRemoval(t, "remove", files); len(left) != len(files) {
		t.Errorf("left after removal: %q", left)
	}
}

// afterRemoval returns which files are left after postrm.
func afterRemoval(t *testing.T, argument string, files map[string]string) (left []string) {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script, err := os.ReadFile("deb/postrm")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("/etc/", root+"/etc/", "/var/l", root+"/var/l", "/run/", root+"/run/").Replace(string(script))
	cmd := exec.Command("/bin/sh", "-s", argument)
	cmd.Stdin, cmd.Env = strings.NewReader(text), []string{"PATH=" + programs(t, "grep", "rm", "rmdir")}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name := range files {
		if _, err := os.Stat(filepath.Join(root, name)); err == nil {
			left = append(left, name)
		}
	}
	if dir := root + "/etc/systemd/system/tpops.service.d"; argument == "purge" {
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s is left", dir)
		}
	}
	slices.Sort(left)
	return left
}

// programs returns a folder with these programs alone, so that the script finds none that
// changes the units of this machine.
func programs(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err == nil {
			err = os.Symlink(path, filepath.Join(dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
