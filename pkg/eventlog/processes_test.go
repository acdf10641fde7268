package eventlog

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// writerVariable is the environment variable that makes this binary one of several
// processes that write to the same files. Its value is their directory.
const writerVariable = "EVENTLOG_TEST_WRITER"

// lineCount is the number of lines that each process writes to each file.
const lineCount = 300

func TestMain(m *testing.M) {
	dir := os.Getenv(writerVariable)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := writeLines(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// writeLines writes lines of many lengths, some longer than an atomic write to a pipe.
func writeLines(dir string) error {
	log, err := Open(Config{ErrorLog: filepath.Join(dir, "errors"), AccessLog: filepath.Join(dir, "access")})
	if err != nil {
		return err
	}
	for i := range lineCount {
		name := strings.Repeat("x", 1+i*17%900)
		log.Access(&pop3.Summary{Remote: "192.0.2.1", Name: name, LoggedIn: true, Login: time.Now(), End: time.Now(), OctetsAfter: int64(len(name))})
		long := strings.Repeat("y", i*31%9000)
		log.Logger().Error("accept failed", slog.String("error", long+"z"), slog.Duration("wait", time.Second))
	}
	return log.Close()
}

// TestProcesses checks that no line is missing or broken when several processes write to
// the same files at once.
func TestProcesses(t *testing.T) {
	const processes = 4
	dir := t.TempDir()
	errs := make(chan error, processes)
	for range processes {
		go func() {
			cmd := exec.Command(os.Args[0], "-test.run=^$")
			cmd.Env = append(os.Environ(), writerVariable+"="+dir)
			if out, err := cmd.CombinedOutput(); err != nil {
				errs <- fmt.Errorf("%w: %s", err, out)
				return
			}
			errs <- nil
		}()
	}
	for range processes {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	whole := map[string]func(line string) bool{
		"access": func(line string) bool {
			f := strings.Fields(line)
			return len(f) == 10 && f[9] == fmt.Sprint(len(f[5])) && strings.Trim(f[5], "x") == ""
		},
		"errors": func(line string) bool {
			return strings.Contains(line, " ERROR accept failed error=") && strings.HasSuffix(line, "z wait=1s\n")
		},
	}
	for name, isWhole := range whole {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			if !isWhole(line) {
				t.Errorf("%s, line %d: %q", name, n, line)
			}
		}
		if n != processes*lineCount {
			t.Errorf("%s has %d lines, want %d", name, n, processes*lineCount)
		}
	}
}
