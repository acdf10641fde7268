package bed

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Copy copies a file of this machine into the other one, with its permission
// bits, owned by root. Missing folders are made.
func (m *Machine) Copy(tb testing.TB, hostFile, path string) {
	tb.Helper()
	f, err := os.Open(hostFile)
	if err != nil {
		tb.Fatalf("copy into the machine: %v", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		tb.Fatalf("copy into the machine: %v", err)
	}
	m.install(tb, f, path, info.Mode().Perm())
}

// Write writes a file in the machine, owned by root. Missing folders are made.
func (m *Machine) Write(tb testing.TB, path, text string, mode fs.FileMode) {
	tb.Helper()
	m.install(tb, strings.NewReader(text), path, mode)
}

// CopyTree copies what is in a folder of this machine into the folder path of
// the other one, all of it owned by the user.
func (m *Machine) CopyTree(tb testing.TB, hostFolder, path, owner string) {
	tb.Helper()
	archive, err := exec.Command("tar", "-C", hostFolder, "-cf", "-", ".").Output()
	if err != nil {
		tb.Fatalf("copy %s into the machine: %v", hostFolder, err)
	}
	r, err := m.tryWith(bytes.NewReader(archive), "sh", "-euc",
		`mkdir -p "$1"; tar -C "$1" --no-same-owner -xf -; chown -R "$2:" "$1"`, "sh", path, owner)
	if err != nil || r.Code != 0 {
		tb.Fatalf("copy into %s: %v %s", path, err, r.Stderr)
	}
}

// install does not reach into the machine's root from here, where its
// symlinks could lead out.
func (m *Machine) install(tb testing.TB, from io.Reader, path string, mode fs.FileMode) {
	tb.Helper()
	r, err := m.tryWith(from, "install", "-D", "-m", fmt.Sprintf("%o", mode), "/dev/stdin", path)
	if err != nil || r.Code != 0 {
		tb.Fatalf("write %s: %v %s", path, err, r.Stderr)
	}
}

// Read returns the content of a file in the machine.
func (m *Machine) Read(tb testing.TB, path string) string {
	tb.Helper()
	return m.Run(tb, "cat", "--", path)
}
