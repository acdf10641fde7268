//go:build integration

package processes

import (
	"os"
	"os/exec"
	"testing"

	"tpops/pkg/memfd"
	"tpops/test/fixture"
)

// insistVariable is set in the process that makes files where the kernel insists
// that they are never executed.
const insistVariable = "TEST_MEMFD_NOEXEC"

// A hardened kernel (vm.memfd_noexec = 2) refuses a file in memory that might be
// executed. The setting belongs to a PID namespace, so that one is made.
func TestMemoryFilesOnHardenedKernel(t *testing.T) {
	fixture.NeedRoot(t)
	if os.Getenv(insistVariable) != "" {
		makeMemoryFiles(t)
		return
	}
	const setting = "/proc/sys/vm/memfd_noexec"
	if _, err := os.Stat(setting); err != nil {
		t.Log("this kernel does not know the setting") // before Linux 6.3
		return
	}
	cmd := exec.Command("unshare", "--pid", "--fork", "sh", "-c", "echo 2 >"+setting+` && exec "$0" "$@"`,
		os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), insistVariable+"=yes")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func makeMemoryFiles(t *testing.T) {
	for name, create := range map[string]func(string) (*os.File, error){"New": memfd.New, "NewPlain": memfd.NewPlain} {
		file, err := create("test")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := memfd.Seal(file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		file.Close()
	}
}
