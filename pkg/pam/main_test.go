package pam

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test binary replaces tpops_pam if it is started with one of these names in
// roleVariable.
var roles = map[string]func() error{
	"serve":   func() error { return Serve(os.Stdin, os.Stdout, roleCommand("ask")) },
	"ask":     func() error { return RunUntilSIGTERM(answerByPassword) },
	"without": func() error { return Refuse(os.Stdout, "built without PAM") },
	"silent":  func() error { _, err := io.Copy(io.Discard, os.Stdin); return err },
	"other":   func() error { return writeMessage(os.Stdout, &hello{Version: helloVersion + 1}) },
	"noise":   func() error { _, err := fmt.Println("PAM 1.0"); return err },
	"dead":    func() error { return nil },
	"shell":   func() error { return RunUntilSIGTERM(waitForShell) },
}

const roleVariable = "PAM_TEST_ROLE"

func TestMain(m *testing.M) {
	if name := os.Getenv(roleVariable); name != "" {
		if err := roles[name](); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func roleCommand(role string) func(context.Context) *exec.Cmd {
	return func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, "/proc/self/exe", "-test.run=^$")
		cmd.Env = append(os.Environ(), roleVariable+"="+role)
		return cmd
	}
}

// answerByPassword does what the password of the request requests: it is an outcome, or a
// kind of misbehaviour.
func answerByPassword() error {
	r, err := ReadRequest(os.Stdin)
	if err != nil {
		return err
	}
	switch outcome := string(r.Password); outcome {
	case "hang":
		time.Sleep(time.Hour)
	case "disobey":
		signal.Ignore(syscall.SIGTERM)
		return exec.Command("sh", "-c", "exec >'"+string(r.Login)+"'; echo; sleep 600").Run()
	case "crash":
		os.Exit(3)
	case "nothing":
		return nil
	case "leave a process":
		left := exec.Command("/bin/sleep", "30")
		left.Stdout = os.Stdout
		if err := left.Start(); err != nil {
			return err
		}
		return WriteAnswer(os.Stdout, &Answer{Outcome: Admitted})
	case "flood":
		w := bufio.NewWriter(os.Stdout)
		for range maxLine {
			w.WriteString(strings.Repeat("x", 100))
		}
		return w.Flush()
	default:
		return WriteAnswer(os.Stdout, &Answer{
			Outcome: Outcome(outcome), Text: fmt.Sprintf("%s by %s", r.Login, r.Service), User: User{Name: string(r.Login), UID: 7},
		})
	}
	return nil
}

// program writes a script that starts the test binary in a role.
func program(t *testing.T, role string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/tpops_pam"
	script := fmt.Sprintf("#!/bin/sh\n%s=%s exec '%s' -test.run='^$'\n", roleVariable, role, self)
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}
