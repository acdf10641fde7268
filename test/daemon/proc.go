package daemon

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// FreePort returns a loopback address where nothing listens at the moment. It
// is for a server that cannot say which port it got: another program may take
// the port first.
func FreePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
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
