// Package clients runs real mail clients against the server, for the tests of
// every topic that needs one.
package clients

import (
	"bytes"
	"context"
	"embed"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"syscall"
	"testing"
	"time"

	"tpops/test/daemon"
)

// scripts are copied out of the checkout, which others may not be able to read.
//
//go:embed *.rb *.pl *.py *.sh
var scripts embed.FS

// Purpose is what a client is to do with the messages on the server.
type Purpose int

// The purposes.
const (
	Keep    Purpose = iota // fetch all, delete none
	Remove                 // fetch and delete all
	OnlyNew                // fetch what was not fetched before, delete none
)

// Job is a client's work: at which server, to do what, and the folder in which
// it may keep what it likes. A client runs as nobody, for some refuse to run
// as root.
type Job struct {
	*daemon.Daemon
	purpose Purpose
	Dir     string
}

// Nobody is the user that owns nothing on Debian.
const Nobody = 65534

// NewJob makes a job with a folder of its own, which is removed with the test.
func NewJob(t *testing.T, d *daemon.Daemon, p Purpose) *Job {
	t.Helper()
	// Not t.TempDir, whose parent lets no other user through.
	dir, err := os.MkdirTemp("", "tpops-client-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	j := &Job{d, p, dir}
	j.Own(t, dir)
	files, err := scripts.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := scripts.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		j.Write(t, f.Name(), string(text), 0o700)
	}
	return j
}

// Own gives a file to the user that the client runs as.
func (j *Job) Own(t *testing.T, file string) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	if err := os.Lchown(file, Nobody, Nobody); err != nil {
		t.Fatal(err)
	}
}

// Path returns the path of a file in the job's folder.
func (j *Job) Path(name string) string { return filepath.Join(j.Dir, name) }

// Write writes a file into the job's folder.
func (j *Job) Write(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(j.Path(name), []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	j.Own(t, j.Path(name))
}

// Mkdir makes empty folders; old ones of these names are removed first.
func (j *Job) Mkdir(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.RemoveAll(j.Path(name)); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(j.Path(name), 0o700); err != nil {
			t.Fatal(err)
		}
		j.Own(t, j.Path(name))
	}
}

// Run runs a program in the job's folder. It has failed unless its exit status
// is one of those given, or 0.
func (j *Job) Run(t *testing.T, may []int, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	// env looks for the program in the PATH below, not in that of the test.
	cmd := exec.CommandContext(ctx, "/usr/bin/env", append([]string{name}, args...)...)
	cmd.Dir = j.Dir
	cmd.Env = []string{"HOME=" + j.Dir, "TMPDIR=" + j.Dir, "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", "LC_ALL=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: Nobody, Gid: Nobody}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	for _, code := range may {
		if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == code {
			return
		}
	}
	if err != nil {
		t.Fatalf("%s: %v\n%.2000s\nserver: %s", name, err, out.String(), j.Log())
	}
}

// Numbered reads the files 1, 2 … of a folder.
func (j *Job) Numbered(t *testing.T, folder string) [][]byte {
	t.Helper()
	var messages [][]byte
	for n := 1; ; n++ {
		message, err := os.ReadFile(filepath.Join(j.Path(folder), strconv.Itoa(n)))
		if err != nil {
			return messages
		}
		messages = append(messages, message)
	}
}

// Files reads all files of the folders and returns them with CRLF for each LF,
// after undo, which may be nil.
func (j *Job) Files(t *testing.T, undo func([]byte) []byte, folders ...string) [][]byte {
	t.Helper()
	var messages [][]byte
	for _, folder := range folders {
		names, err := filepath.Glob(filepath.Join(j.Path(folder), "*"))
		if err != nil {
			t.Fatal(err)
		}
		sort.Strings(names)
		for _, name := range names {
			message, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if undo != nil {
				message = undo(message)
			}
			messages = append(messages, bytes.ReplaceAll(message, []byte("\n"), []byte("\r\n")))
		}
	}
	return messages
}

// choose returns the text for the job's purpose.
func (j *Job) choose(keepText, removeText, newText string) string {
	return [...]string{Keep: keepText, Remove: removeText, OnlyNew: newText}[j.purpose]
}
