//go:build systemd

package bed

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// checkNothingLeft fails if anything of a machine that has ended is still
// there.
func checkNothingLeft(t *testing.T, m *Machine) {
	t.Helper()
	if _, err := os.Stat(m.cgroup); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("cgroup %s: %v", m.cgroup, err)
	}
	for _, trace := range traces(t) {
		t.Error("left: " + trace)
	}
}

// traces returns the mounts of machines that this process can see, which are
// none even while machines run, and the processes that end as soon as the
// supervisor does: those in a cgroup of a machine that is gone.
func traces(t *testing.T) []string {
	t.Helper()
	folder, err := cache()
	if err != nil {
		t.Fatal(err)
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, folder) || strings.Contains(line, "tpops-bed") {
			left = append(left, line)
		}
	}
	cgroups, err := filepath.Glob("/proc/[0-9]*/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range cgroups {
		text, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(text), "tpops-bed") && strings.Contains(string(text), " (deleted)") {
			left = append(left, file+": "+string(text))
		}
	}
	return left
}

// A test that ends in one of these ways cannot clean up itself, or not in the
// usual way.
func TestBedEnds(t *testing.T) {
	if how := os.Getenv("BED_END"); how != "" {
		endAs(t, how)
		return
	}
	for _, how := range []string{"panic", "exit", "interrupt", "kill"} {
		t.Run(how, func(t *testing.T) {
			if reason := unable(); reason != "" {
				t.Skip(reason)
			}
			cgroup, pids := endChild(t, how)
			Poll(t, "the cgroup is gone", func() bool {
				_, err := os.Stat(cgroup)
				return errors.Is(err, fs.ErrNotExist)
			})
			for _, pid := range pids {
				if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); err == nil && !reused(pid, cgroup) {
					t.Errorf("process %d is left", pid)
				}
			}
			for _, trace := range traces(t) {
				t.Error("left: " + trace)
			}
		})
	}
}

// reused reports whether the number belongs to a process outside of the cgroup.
func reused(pid int, cgroup string) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	return err != nil || !strings.Contains(string(text), filepath.Base(cgroup))
}

// endAs is what the child does: it boots a machine, reports it, and ends.
func endAs(t *testing.T, how string) {
	m := Start(t, Bookworm)
	fmt.Println("cgroup", m.cgroup)
	switch how {
	case "panic":
		panic("as a test may")
	case "exit":
		os.Exit(5)
	}
	io.Copy(io.Discard, os.Stdin) // until a signal comes
}

// endChild has a child end in that way and returns the cgroup and the
// processes of its machine.
func endChild(t *testing.T, how string) (cgroup string, pids []int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestBedEnds$")
	cmd.Env = append(os.Environ(), "BED_END="+how)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	line, err := out.ReadString('\n')
	cgroup, found := strings.CutPrefix(strings.TrimSpace(line), "cgroup ")
	if err != nil || !found {
		t.Fatalf("the child reports %q, %v", line, err)
	}
	pids = processes(cgroup)
	switch how {
	case "kill":
		cmd.Process.Kill()
	case "interrupt":
		cmd.Process.Signal(os.Interrupt)
	}
	rest, _ := io.ReadAll(out)
	if err := cmd.Wait(); err == nil {
		t.Errorf("the child ends well: %s", rest)
	}
	if signalled := how == "kill" || how == "interrupt"; signalled && len(pids) < 3 {
		t.Errorf("the machine has only the processes %v", pids)
	}
	return cgroup, pids
}
