//go:build image

package main

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"tpops/test/daemon"
)

// runScript runs the server of the root file system ROOT as a container does: read-only,
// as the user of the image, with a directory for the control socket and /proc.
const runScript = `#!/bin/sh
exec unshare --mount sh -ec '
mount --bind ROOT ROOT
mount --bind ROOT/../etc ROOT/etc/tpops
mount --bind ROOT/../mail ROOT/var/vmail
mount -t tmpfs -o mode=1777 tmpfs ROOT/run/tpops
mount --rbind /proc ROOT/proc
mount -o remount,bind,ro ROOT
exec chroot --userspec=10110:10110 ROOT /usr/sbin/tpops "$@"
' sh "$@"
`

// users has the user that logs in. Each has the password "secret".
const users = "ann:{PLAIN}secret:::::userdb_mail=maildir:/var/vmail/ann\n"

const configuration = "mail-roots = '/var/vmail'\nauth-type = 'passwd-file'\npasswd-file = '/etc/tpops/users'\n"

// imageVersion is the version of the images.
const imageVersion = "0.9.0-test"

// makeImage makes the image in dir and returns its archive.
func makeImage(t *testing.T, dir, arch string) string {
	t.Helper()
	cmd := exec.Command("../image.sh", dir, arch)
	cmd.Env = append(os.Environ(), "VERSION=0.9.0~test")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return filepath.Join(dir, "tpops-"+imageVersion+"-"+arch+".oci.tar")
}

// makeRoot makes the image and returns its root file system.
func makeRoot(t *testing.T, arch string) string {
	t.Helper()
	dir := t.TempDir()
	archive, err := os.ReadFile(makeImage(t, dir, arch))
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(dir, "root")
	walk(t, open(t, archive).layer, func(h *tar.Header, data []byte) { extract(t, root, h, data) })
	return root
}

// extract writes a file of the layer.
func extract(t *testing.T, root string, h *tar.Header, data []byte) {
	t.Helper()
	name := filepath.Join(root, h.Name)
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if h.Typeflag == tar.TypeDir {
		err = os.MkdirAll(name, 0o755)
	} else if err == nil {
		err = os.WriteFile(name, data, 0o600)
	}
	if err == nil {
		err = os.Chown(name, h.Uid, h.Gid)
	}
	if err == nil {
		err = os.Chmod(name, h.FileInfo().Mode())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// mount makes what is mounted into the container: the configuration, and a mailbox with a
// message.
func mount(t *testing.T, root string) {
	t.Helper()
	for name, text := range map[string]string{
		"etc/tpops.toml": configuration, "etc/users": users, "etc/health": "ann\tsecret\n",
		"mail/ann/new/1.first": "Subject: first\n\nIt works.\n", "mail/ann/cur/.keep": "", "mail/ann/tmp/.keep": "",
	} {
		name = filepath.Join(filepath.Dir(root), name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("chown", "-R", "10110:10110", filepath.Join(root, "../mail")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// TestImageRuns runs the image read-only, logs in, and asks the checks of health in it.
func TestImageRuns(t *testing.T) {
	root := makeRoot(t, runtime.GOARCH)
	mount(t, root)
	script := filepath.Join(filepath.Dir(root), "run")
	if err := os.WriteFile(script, []byte(strings.ReplaceAll(runScript, "ROOT", root)), 0o755); err != nil {
		t.Fatal(err)
	}
	d, err := daemon.Start(script, "--config=/etc/tpops/tpops.toml", "--control-socket=/run/tpops/control")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Kill()
	wantMail(t, d.Addr)
	within := []string{"--target", strconv.Itoa(d.PID()), "--mount", "chroot", "--userspec=10110:10110", root}
	for _, health := range []string{
		"/usr/bin/tpopsctl check ann",
		fmt.Sprintf("/usr/bin/tpopsctl verify --users /etc/tpops/health --tls no --against %s --server %s", d.Addr, d.Addr),
	} {
		if out, err := exec.Command("nsenter", append(within, strings.Fields(health)...)...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", health, err, out)
		}
	}
	status, err := daemon.Status(d.PID(), "Uid")
	if err != nil || !strings.HasPrefix(status[0], "10110") {
		t.Errorf("the server runs as %v (%v)", status, err)
	}
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/root/etc/new", d.PID()), nil, 0o600); err == nil {
		t.Error("the root file system can be written")
	}
}

// wantMail logs in and retrieves the message.
func wantMail(t *testing.T, addr string) {
	t.Helper()
	c, err := daemon.Login(addr, "ann", "secret")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, text, err := c.Multi("RETR 1"); err != nil || !strings.Contains(string(text), "It works.") {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := io.WriteString(c, "QUIT\r\n"); err != nil {
		t.Error(err)
	}
}

// TestImageARM64 runs the programs of the image for arm64 under an emulator, with the
// image's user, and logs in. An emulated program cannot be the root of a container here.
func TestImageARM64(t *testing.T) {
	root := makeRoot(t, "arm64")
	mount(t, root)
	dir := filepath.Dir(root)
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // The image's user enters it.
		t.Fatal(err)
	}
	script := filepath.Join(dir, "run")
	text := "#!/bin/sh\nexec setpriv --reuid=10110 --regid=10110 --clear-groups qemu-aarch64 " + root + "/usr/sbin/tpops \"$@\"\n"
	listed := strings.ReplaceAll(users, "/var/vmail", dir+"/mail")
	for name, text := range map[string]string{script: text, filepath.Join(dir, "etc/users"): listed, filepath.Join(dir, "etc/tpops.toml"): "# empty\n"} {
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	d, err := daemon.Start(script, "--config="+dir+"/etc/tpops.toml", "--control-socket=none", "--parallel-type=thread",
		"--auth-type=passwd-file", "--passwd-file="+dir+"/etc/users", "--mail-roots="+dir+"/mail")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Kill()
	wantMail(t, d.Addr)
	verify := []string{root + "/usr/bin/tpopsctl", "verify", "--users", dir + "/etc/health", "--tls", "no", "--against", d.Addr, "--server", d.Addr}
	if out, err := exec.Command("qemu-aarch64", verify...).CombinedOutput(); err != nil {
		t.Errorf("tpopsctl: %v\n%s", err, out)
	}
}
