package listen

import (
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

// serveStdin runs in the process that runOnStdin starts.
func serveStdin(t *testing.T) {
	conn, _, err := Stdin()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "+OK\r\n"); err != nil {
		t.Fatal(err)
	}
	// What is written to standard input now must not reach the client.
	if _, err := os.Stdin.WriteString("not a reply"); err != nil {
		t.Log(err)
	}
}

// runOnStdin runs the test with a file as its standard input and returns its output.
func runOnStdin(t *testing.T, variable string, file *os.File) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), variable+"=1")
	cmd.Stdin = file
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out)
	}
	return "ok " + string(out)
}

// readAll returns what the server sends until it closes the connection.
func readAll(conn net.Conn) (string, error) {
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		return "", err
	}
	text, err := io.ReadAll(conn)
	return string(text), err
}
