package setup

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Listener is a process that listens on a TCP port.
type Listener struct {
	Name string // of its program
	PID  int    // 0 if it cannot be found out
}

// stateListen is TCP_LISTEN in /proc/net/tcp.
const stateListen = "0A"

// listeners returns the processes that listen, by port. Only root sees those of all
// users.
func listeners(root string) map[int]Listener {
	inodes := map[string]int{}
	for _, table := range []string{"tcp", "tcp6"} {
		file, err := os.Open(filepath.Join(root, "/proc/self/net", table))
		if err != nil {
			continue // a machine without IPv6
		}
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			addListening(lines.Text(), inodes)
		}
		_ = file.Close()
	}
	found := map[int]Listener{}
	for _, port := range inodes {
		found[port] = Listener{Name: "another program"}
	}
	processes, _ := filepath.Glob(filepath.Join(root, "/proc/[0-9]*"))
	for _, process := range processes {
		addProcess(process, inodes, found)
	}
	return found
}

// addListening adds the port and the inode of a line of /proc/net/tcp if it listens.
func addListening(line string, inodes map[string]int) {
	fields := strings.Fields(line)
	if len(fields) < 10 || fields[3] != stateListen {
		return
	}
	_, hex, _ := strings.Cut(fields[1], ":")
	if port, err := strconv.ParseUint(hex, 16, 16); err == nil {
		inodes["socket:["+fields[9]+"]"] = int(port)
	}
}

// addProcess adds the ports on which a process listens. If several share a port, the
// first one counts: it is most likely the parent.
func addProcess(process string, inodes map[string]int, found map[int]Listener) {
	descriptors, _ := filepath.Glob(process + "/fd/*")
	for _, descriptor := range descriptors {
		target, err := os.Readlink(descriptor)
		port, ok := inodes[target]
		if err != nil || !ok {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(process))
		comm, readErr := os.ReadFile(process + "/comm")
		if before := found[port].PID; err == nil && readErr == nil && (before == 0 || pid < before) {
			found[port] = Listener{strings.TrimSpace(string(comm)), pid}
		}
	}
}

// advice has what to do about a program that has the port, by the beginning of its name.
var advice = []struct{ name, text string }{
	{"dovecot", "remove pop3 from its protocols, or: systemctl disable --now dovecot.service"},
	{"courier", "systemctl disable --now courier-pop.service courier-pop-ssl.service"},
	{"systemd", "find the socket with: systemctl list-sockets"},
	{"docker-proxy", "find the container with: docker ps"},
}

// Advice returns which program has a port, and what the operator can do.
func (l Listener) Advice(port string) string {
	text := "stop it"
	for _, a := range advice {
		if strings.HasPrefix(l.Name, a.name) {
			text = a.text
		}
	}
	who := l.Name
	if l.PID > 0 {
		who = fmt.Sprintf("%s (process %d)", l.Name, l.PID)
	}
	return fmt.Sprintf("port %s is in use by %s: %s\nBefore clients change from another POP3 server, read tpops-moving(7): they would download all mail again.", port, who, text)
}
