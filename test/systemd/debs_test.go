//go:build systemd

package systemd

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// The versions that the tests build and install. The second one differs in
// nothing but its number.
const (
	firstVersion = "0.9.0~bed1"
	nextVersion  = "0.9.0~bed2"
)

// packagesOf builds the packages of both versions for this machine, each in a
// folder of its own, and returns the folder of those.
var packagesOf = sync.OnceValues(func() (string, error) {
	folder, err := filepath.Abs("../../.build/systemd")
	if err != nil {
		return "", err
	}
	if err := os.RemoveAll(folder); err != nil { // an old file would match too
		return "", err
	}
	for _, version := range []string{firstVersion, nextVersion} {
		cmd := exec.Command("../../packaging/build.sh", filepath.Join(folder, version), runtime.GOARCH)
		cmd.Env = append(os.Environ(), "PACKAGE_VERSION="+version)
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build the packages: %w\n%s", err, out)
		}
	}
	return folder, nil
})

// builtPackage returns the path of a package of the version, ending in .deb or .rpm.
func builtPackage(t *testing.T, version, ending string) string {
	t.Helper()
	folder, err := packagesOf()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, version, "*"+ending))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d packages of %s, %v", len(files), version, err)
	}
	return files[0]
}
