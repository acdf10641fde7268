package bed

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// programs are what the scripts of this package call, with Debian's packages.
var programs = map[string]string{
	"debootstrap":    "debootstrap",
	"systemd-nspawn": "systemd-container",
	"unshare":        "util-linux",
	"nsenter":        "util-linux",
}

// unable returns why no machine can be booted here, or nothing.
func unable() string {
	if os.Getuid() != 0 {
		return "not root"
	}
	for program, pkg := range programs {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Sprintf("no %s, of the package %s", program, pkg)
		}
	}
	if !overlays() {
		return "the kernel has no overlayfs"
	}
	if _, err := cgroupRoot(); err != nil {
		return err.Error()
	}
	// In a container, root may be too little.
	out, err := exec.Command("unshare", "--mount", "--pid", "--fork", "--mount-proc", "true").CombinedOutput()
	if err != nil {
		return strings.TrimSpace(fmt.Sprintf("%v: %s", err, out))
	}
	return ""
}

// overlays reports whether the kernel can mount overlays.
func overlays() bool {
	known := func() bool {
		types, err := os.ReadFile("/proc/filesystems")
		return err == nil && bytes.Contains(types, []byte("\toverlay\n"))
	}
	if !known() {
		exec.Command("modprobe", "overlay").Run() // known reports whether it helped
	}
	return known()
}

// cgroupRoot returns where cgroups of version 2 are mounted.
func cgroupRoot() (string, error) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(mounts)) {
		// device folder type …, see fstab(5)
		if fields := strings.Fields(line); len(fields) > 2 && fields[2] == "cgroup2" {
			return fields[1], nil
		}
	}
	return "", fmt.Errorf("no cgroups of version 2 are mounted")
}
