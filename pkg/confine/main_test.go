package confine_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/confine"
)

// Users and groups that no system has: the daemon's own, one with mail, and
// one that is below firstUID.
const (
	daemon   = 60900
	alice    = 61002
	firstUID = 61001
	firstGID = 61001
	shadow   = 60999
)

// children are what the test binary does when it is started again with the
// name in childVariable: a process can be confined only once.
var children = map[string]func() error{
	"ids":                 childIDs,
	"own id only":         childOwnIDOnly,
	"groups":              childGroups,
	"become":              childBecome,
	"become further":      childBecomeFurther,
	"files":               childFiles,
	"only files":          childOnlyFiles,
	"files by modes":      childModes,
	"threads":             childThreads,
	"no network":          childNoNetwork,
	"ports":               childPorts,
	"all ports":           childAllPorts,
	"others":              childOthers,
	"foreign calls":       func() error { return childForeignCalls(applyPlain) },
	"foreign calls, free": func() error { return childForeignCalls(func() error { return nil }) },
	"x32 calls":           func() error { return childX32Calls(applyPlain) },
	"x32 calls, free":     func() error { return childX32Calls(func() error { return nil }) },
	"probe":               childProbe,
	"missing":             childMissing,
	"report":              childReport,
	"no Landlock":         childNoLandlock,
	"no seccomp":          childNoSeccomp,
	"crash":               childCrash,
	"crash, no core":      childCrashNoCore,
	"no core, traced":     childNotTraced,
}

const (
	childVariable = "CONFINE_TEST_CHILD"
	dirVariable   = "CONFINE_TEST_DIR"
)

func TestMain(m *testing.M) {
	child := children[os.Getenv(childVariable)]
	if child == nil {
		os.Exit(m.Run())
	}
	if err := child(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// command returns the command that runs one of children in the tree dir.
func command(t *testing.T, name, dir string, attr *syscall.SysProcAttr) *exec.Cmd {
	t.Helper()
	// The binary itself may lie where other users cannot reach it, so the
	// child executes it through a descriptor.
	binary, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { binary.Close() })
	cmd := exec.Command("/proc/self/fd/3", "-test.run=^$")
	cmd.ExtraFiles = []*os.File{binary}
	cmd.Env = append(os.Environ(), childVariable+"="+name, dirVariable+"="+dir,
		"GORACE=atexit_sleep_ms=0") // The race detector's child would wait for a second at its end.
	cmd.SysProcAttr = attr
	cmd.Dir = dir
	return cmd
}

// runChild runs one of children and fails t with what it printed unless it
// ends well.
func runChild(t *testing.T, name, dir string, attr *syscall.SysProcAttr) {
	t.Helper()
	var out bytes.Buffer
	cmd := command(t, name, dir, attr)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("%v\n%s", err, strings.TrimSpace(out.String()))
	}
}

// asDaemon is how systemd starts the daemon: a user of its own, a further
// group and two capabilities.
func asDaemon(t *testing.T) *syscall.SysProcAttr {
	t.Helper()
	needRoot(t)
	return &syscall.SysProcAttr{
		Credential:  &syscall.Credential{Uid: daemon, Gid: daemon, Groups: []uint32{shadow}},
		AmbientCaps: []uintptr{unix.CAP_SETUID, unix.CAP_SETGID},
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can start a process that may act as others")
	}
}

// needLandlock skips the test where the kernel cannot confine files. What
// Apply reports then is tested by TestReport.
func needLandlock(t *testing.T) {
	t.Helper()
	if landlockABI() < 2 {
		t.Skip("this kernel confines no files")
	}
}

// landlockABI asks the kernel, past what is tested (landlock_create_ruleset(2)
// with LANDLOCK_CREATE_RULESET_VERSION).
func landlockABI() int {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, 1)
	if errno != 0 {
		return 0
	}
	return int(abi)
}

// tree makes the directories and files that children look at, owned by alice
// if root makes them, and returns their root.
func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	check(os.Chmod(filepath.Dir(dir), 0o755)) // it is for the user who made it
	for _, sub := range []string{"mail", "mail/new", "mail/cur", "outside", "keys"} {
		check(os.Mkdir(filepath.Join(dir, sub), 0o755))
	}
	for _, file := range []string{"mail/new/1", "mail/new/2", "outside/secret", "keys/key", "keys/next"} {
		check(os.WriteFile(filepath.Join(dir, file), []byte(file), 0o644))
	}
	check(os.Symlink("../../outside/secret", filepath.Join(dir, "mail/new/link")))
	check(os.Symlink("../outside", filepath.Join(dir, "mail/dirlink")))
	if os.Geteuid() == 0 {
		for _, own := range []string{"mail", "mail/new", "mail/cur", "mail/new/1", "mail/new/2"} {
			check(os.Chown(filepath.Join(dir, own), alice, alice))
		}
	}
	return dir
}

// inTree returns the path of name in the tree of the running child.
func inTree(name string) string { return filepath.Join(os.Getenv(dirVariable), name) }

// policy is that of a daemon with the mail of alice.
func policy() confine.Policy {
	return confine.Policy{
		FirstUID: firstUID, FirstGID: firstGID,
		Read: []string{inTree("keys/key")}, Write: []string{inTree("mail")},
	}
}

func applyPlain() error { return apply(confine.Policy{}) }

// apply puts p in force and checks the report.
func apply(p confine.Policy) error {
	report, err := confine.Apply(p)
	if err != nil {
		return err
	}
	if !report.Seccomp || len(report.Missing) > 0 {
		return fmt.Errorf("report: %v", report)
	}
	return nil
}
