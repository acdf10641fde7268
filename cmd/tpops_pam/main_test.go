package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

// programVariable makes this test binary behave like tpops_pam.
const programVariable = "TPOPS_PAM_TEST_PROGRAM"

// testTimeout is far longer than any test takes.
const testTimeout = time.Minute

func TestMain(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// program returns a command that runs this test binary as tpops_pam.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), programVariable+"=1")
	return cmd
}

// runProgram runs the program with the text as its standard input. It returns the
// exit status and what the program has written.
func runProgram(t *testing.T, input string, args ...string) (status int, output, errorOutput string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := program(t, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader([]byte(input)), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// script writes a shell script that runs the program as pam.Start does, with the
// variables in env, which pam.Start does not pass.
func script(t *testing.T, env string, args string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.CreateTemp(t.TempDir(), "tpops_pam")
	if err != nil {
		t.Fatal(err)
	}
	text := "#!/bin/sh\n" + programVariable + "=1 " + env + " exec '" + self + "' " + args + "\n"
	_, err = io.WriteString(file, text)
	if err := errors.Join(err, file.Chmod(0o700), file.Close()); err != nil {
		t.Fatal(err)
	}
	return file.Name()
}
