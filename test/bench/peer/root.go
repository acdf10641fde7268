package peer

import (
	"os/exec"
	"path/filepath"
	"strings"
)

// inRoot runs a command in the folder $1 of another system. The arguments up to -- are
// folders that it sees: at the same place, or for FROM:TO at TO. The mounts end with
// the process.
const inRoot = `root=$1; shift
mount -t tmpfs tmpfs "$root/tmp" && mount --bind /dev "$root/dev" && mount -t tmpfs tmpfs "$root/dev/shm" || exit
while [ "$1" != -- ]; do
	to=$root${1#*:}
	mkdir -p "$to" && mount --bind "${1%%:*}" "$to" || exit
	shift
done
shift
mount -t proc proc "$root/proc" && exec chroot "$root" "$@"`

// rooted returns a command that runs another one in root, as the process that it
// starts. It sees the folders of the setup, and more.
func rooted(root string, s Setup, more []string, command ...string) *exec.Cmd {
	args := []string{"--mount", "--propagation", "private", "sh", "-c", inRoot, "sh", root, filepath.Dir(s.Dir)}
	if filepath.Dir(s.Root) != filepath.Dir(s.Dir) {
		args = append(args, s.Root)
	}
	if s.Cert != nil {
		args = append(args, filepath.Dir(s.Cert.CertFile))
	}
	args = append(append(args, more...), "--")
	return exec.Command("unshare", append(args, command...)...)
}

// packageVersion returns the version of a Debian package in root, or "unknown".
func packageVersion(root, name string) string {
	out, err := exec.Command("dpkg-query", "--admindir="+filepath.Join(root, "var/lib/dpkg"), "-W", "-f", "${Version}", name).Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
