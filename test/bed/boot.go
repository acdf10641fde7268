package bed

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

//go:embed machine.sh
var machineScript string

// boot starts a machine under its supervisor and returns at once.
func boot(suite Suite, lower string) (*Machine, error) {
	folder, err := cache()
	if err != nil {
		return nil, err
	}
	// Each machine mounts its tmpfs here, in a namespace of its own.
	place := filepath.Join(folder, "machine")
	if err := os.MkdirAll(place, 0o755); err != nil {
		return nil, err
	}
	cgroup, err := freshCgroup()
	if err != nil {
		return nil, err
	}
	m := &Machine{Suite: suite, cgroup: cgroup, ended: make(chan struct{})}
	if m.supervisor, err = script(machineScript, "supervise", cgroup, place, lower); err != nil {
		return nil, err
	}
	if m.console, err = memory("console"); err != nil {
		return nil, err
	}
	return m, m.supervise()
}

// freshCgroup returns the path of a cgroup that does not exist.
func freshCgroup() (string, error) {
	root, err := cgroupRoot()
	if err != nil {
		return "", err
	}
	return filepath.Join(root, fmt.Sprintf("tpops-bed.%d.%d", os.Getpid(), time.Now().UnixNano())), nil
}

// supervise starts the supervisor.
func (m *Machine) supervise() error {
	life, ours, err := os.Pipe()
	if err != nil {
		return err
	}
	defer life.Close()
	m.supervisor.Stdin = life
	// No pipe: the supervisor has to go on without a reader.
	m.supervisor.Stdout, m.supervisor.Stderr = m.console, m.console
	// It has its work to do when an interrupt from the keyboard ends the test.
	m.supervisor.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := m.supervisor.Start(); err != nil {
		ours.Close()
		return err
	}
	m.life = ours
	go func() {
		m.supervisor.Wait() // ProcessState keeps its result
		close(m.ended)
	}()
	return nil
}

// waitRunning waits until systemd has started everything.
func (m *Machine) waitRunning() error {
	if !poll(func() bool { return m.hasEnded() || m.findLeader() }) || m.hasEnded() {
		return errors.New("no systemd came up")
	}
	var err error
	if m.network, err = os.Open(fmt.Sprintf("/proc/%d/ns/net", m.leader)); err != nil {
		return err
	}
	var state string
	var asked error
	// At first systemctl finds no systemd to ask.
	poll(func() bool {
		var result Result
		result, asked = m.Try("systemctl", "is-system-running", "--wait")
		state = strings.TrimSpace(result.Stdout)
		return asked != nil || m.hasEnded() || state == "running" || state == "degraded"
	})
	if state != "running" {
		failed, err := m.Try("systemctl", "--failed", "--no-legend", "--plain")
		return fmt.Errorf("system is %q, failed: %s (%w)", state, failed.Stdout, errors.Join(asked, err))
	}
	return nil
}

// hasEnded reports whether the machine is gone.
func (m *Machine) hasEnded() bool {
	select {
	case <-m.ended:
		return true
	default:
		return false
	}
}
