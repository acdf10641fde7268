package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// FreePort returns a loopback address where nothing listens at the moment. It is for a
// server that cannot report which port it got. The port is none of those that the kernel
// gives to clients, if it leaves any: one of another test could get it before the server listens.
func FreePort() (string, error) {
	const lowest = 10_000
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return "", err
	}
	var first int
	if _, err := fmt.Sscan(string(text), &first); err != nil {
		return "", fmt.Errorf("ip_local_port_range is %q: %w", text, err)
	}
	for range 1000 {
		port := 0 // Clients may get any port here: the kernel has to choose.
		if first > lowest {
			port = lowest + rand.IntN(first-lowest)
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return l.Addr().String(), l.Close()
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return "", err
		}
	}
	return "", errors.New("no port is free")
}

// ListeningPorts returns all TCP ports at which the process listens.
func ListeningPorts(pid int) (ports []int) {
	sockets := listeners(pid)
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil && sockets[target] != 0 {
			ports = append(ports, sockets[target])
		}
	}
	return ports
}

// listeners returns the ports of all sockets that listen in the network of a
// process, by the name that the socket has in /proc/PID/fd.
func listeners(pid int) map[string]int {
	sockets := map[string]int{}
	for _, table := range []string{"tcp", "tcp6"} {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		for line := range strings.Lines(string(text)) {
			// sl local_address rem_address st … inode, see proc(5); 0A is LISTEN.
			fields := strings.Fields(line)
			if len(fields) < 10 || fields[3] != "0A" {
				continue
			}
			_, hex, _ := strings.Cut(fields[1], ":")
			if port, err := strconv.ParseUint(hex, 16, 16); err == nil {
				sockets["socket:["+fields[9]+"]"] = int(port)
			}
		}
	}
	return sockets
}

// Status returns a field of /proc/PID/status, as Uid, for each thread of the
// process.
func Status(pid int, field string) ([]string, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil {
		return nil, err
	}
	var values []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a thread that has ended
		}
		for line := range bytes.Lines(text) {
			if value, ok := strings.CutPrefix(string(line), field+":"); ok {
				values = append(values, strings.TrimSpace(value))
			}
		}
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("process %d has no threads with %s", pid, field)
	}
	return values, nil
}
