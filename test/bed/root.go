package bed

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

//go:embed build.sh
var buildScript string

// base is what every machine has: systemd with all that a usual installation
// has of it, and what package scripts and tests call.
var base = []string{
	"adduser", "dbus", "init-system-helpers", "iproute2", "libnss-systemd", "libpam-systemd",
	"netcat-openbsd", "procps", "systemd", "systemd-sysv",
}

// cache returns the folder for what is kept from one test run to the next.
func cache() (string, error) {
	folder := os.Getenv("TPOPS_TEST_CACHE")
	if folder == "" {
		folder = "/var/cache/tpops-test"
	}
	// machine.sh lays a tmpfs over /run, and mount has signs of its own.
	if !filepath.IsAbs(folder) || strings.HasPrefix(folder, "/run/") || strings.ContainsAny(folder, ":,\\ ") {
		return "", fmt.Errorf("TPOPS_TEST_CACHE=%s: want an absolute path, not below /run, without : , \\ and space", folder)
	}
	return folder, os.MkdirAll(folder, 0o755)
}

// lowerDirs returns what the root of a machine is made of, as mount -t overlay
// takes it, and builds what is not there yet. Goroutines and processes may call
// it at once.
func lowerDirs(suite Suite, packages []string) (string, error) {
	folder, err := cache()
	if err != nil {
		return "", err
	}
	root := filepath.Join(folder, name(string(suite), base))
	if err := build(root, func() ([]string, error) {
		from, err := mirror()
		return slices.Concat([]string{"root", root, string(suite), from}, base), err
	}); err != nil || len(packages) == 0 {
		return root, err
	}
	added := root + "+" + name(packages[0], packages)
	err = build(added, func() ([]string, error) {
		return slices.Concat([]string{"layer", added, root}, packages), nil
	})
	return added + ":" + root, err
}

// name returns a name that changes with all that goes into what it names.
func name(first string, packages []string) string {
	sum := sha256.Sum256([]byte(buildScript + "\x00" + strings.Join(packages, "\x00")))
	return first + "-" + hex.EncodeToString(sum[:6])
}

// build makes target with build.sh unless it is there. args returns the
// script's arguments.
func build(target string, args func() ([]string, error)) error {
	lock, err := os.OpenFile(target+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := flock(lock); err != nil {
		return fmt.Errorf("lock %s: %w", lock.Name(), err)
	}
	if _, err := os.Stat(target); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	arguments, err := args()
	if err != nil {
		return err
	}
	proxy, err := aptProxy()
	if err != nil {
		return err
	}
	cmd, err := script(buildScript, arguments...)
	if err != nil {
		return err
	}
	// A script that outlives a killed test has to hold the lock.
	cmd.ExtraFiles = append(cmd.ExtraFiles, lock)
	cmd.Args = append([]string{"unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"}, cmd.Args...)
	cmd.Path, err = exec.LookPath("unshare")
	if err != nil {
		return err
	}
	cmd.Env = append(os.Environ(), proxy...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", target, err, out)
	}
	return nil
}

// flock waits for the lock on the file.
func flock(f *os.File) error {
	for {
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != unix.EINTR {
			return err
		}
	}
}
