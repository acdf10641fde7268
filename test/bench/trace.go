package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"tpops/test/bench/proc"
)

// trace is a strace that follows a server.
type trace struct {
	cmd  *exec.Cmd
	file string
}

// filesOnly restricts a trace to calls that concern files, and adds the path of
// each file descriptor.
var filesOnly = []string{"-y", "-e", "trace=getdents64,open,openat,openat2,write,writev,pwrite64"}

// startTrace attaches strace to all processes of a server and returns when it
// follows them.
func startTrace(root int, file string, options []string) (*trace, error) {
	processes, err := proc.Tree(root)
	if err != nil {
		return nil, err
	}
	args := append([]string{"-f", "-o", file}, options...)
	for _, p := range processes {
		args = append(args, "-p", fmt.Sprint(p.PID))
	}
	t := &trace{cmd: exec.Command("strace", args...), file: file}
	stderr, err := t.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	attached := 0
	for lines := bufio.NewScanner(stderr); attached < len(processes) && lines.Scan(); {
		if strings.Contains(lines.Text(), "attached") {
			attached++
		}
	}
	go func() { _, _ = bufio.NewReader(stderr).WriteTo(discard{}) }()
	return t, nil
}

// discard takes what nobody reads.
type discard struct{}

// Write implements io.Writer.
func (discard) Write(p []byte) (int, error) { return len(p), nil }

// end detaches strace and returns what it has written.
func (t *trace) end() (string, error) {
	time.Sleep(50 * time.Millisecond) // The server may still have to end its session.
	if err := t.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return "", err
	}
	// After SIGINT strace ends with that signal.
	var ended *exec.ExitError
	if err := t.cmd.Wait(); err != nil && !errors.As(err, &ended) {
		return "", err
	}
	text, err := os.ReadFile(t.file)
	return string(text), err
}

// calls is what a server did to a mailbox.
type calls struct {
	directories int      // read to their end
	names       []string // of these directories
	messages    int      // opened
	writes      int      // to files
}

var (
	isGetdents = regexp.MustCompile(`getdents64\(\d+<([^>]*)>.*= 0$`)
	isOpen     = regexp.MustCompile(`open(?:at2?)?\(.*= \d+<([^>]*)>$`)
	isWrite    = regexp.MustCompile(`(?:write|writev|pwrite64)\(\d+<([^>]*)>`)
)

// countCalls counts in the output of strace what concerns the files below a
// Maildir, and in the folder where a server keeps what it knows about it.
func countCalls(text, maildir, store string) calls {
	var found calls
	// A process in another root has the path of that root in front.
	below := func(path, dir string) bool { return strings.Contains(path, dir+"/") }
	for line := range strings.Lines(whole(text)) {
		line = strings.TrimSuffix(line, "\n")
		if m := isGetdents.FindStringSubmatch(line); m != nil && below(m[1], maildir) {
			found.directories++
			found.names = append(found.names, filepath.Base(m[1]))
		}
		if m := isOpen.FindStringSubmatch(line); m != nil && (below(m[1], maildir+"/cur") || below(m[1], maildir+"/new")) {
			found.messages++
		}
		if m := isWrite.FindStringSubmatch(line); m != nil && (below(m[1], maildir) || below(m[1], store+"/store")) {
			found.writes++
		}
	}
	return found
}

var (
	unfinished = regexp.MustCompile(`^(\d+) +(.*) <unfinished \.\.\.>$`)
	resumed    = regexp.MustCompile(`^(\d+) +<\.\.\. \w+ resumed>(.*)$`)
)

// whole joins the two parts of a call during which another process ran.
func whole(text string) string {
	var out strings.Builder
	begun := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if m := unfinished.FindStringSubmatch(line); m != nil {
			begun[m[1]] = m[2]
			continue
		}
		if m := resumed.FindStringSubmatch(line); m != nil {
			line = m[1] + " " + begun[m[1]] + m[2]
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}
