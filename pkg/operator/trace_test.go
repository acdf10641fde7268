package operator

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
	"tpops/pkg/trace"
)

// traced is the answer to a trace.
type traced struct {
	rows []TraceLine
	end  TraceEnd
}

// readTrace reads the answer to its end.
func readTrace(t *testing.T, from io.Reader) (all traced) {
	t.Helper()
	for lines := bufio.NewReader(from); ; {
		text, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatalf("the answer has no end: %v", err)
		}
		var line struct {
			Row *TraceLine
			End *TraceEnd
		}
		if err := json.Unmarshal(text, &line); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		switch {
		case line.Row != nil:
			all.rows = append(all.rows, *line.Row)
		case line.End != nil:
			all.end = *line.End
			return all
		}
	}
}

// moreThanFit returns more lines of 500 octets than the socket of the server, which has a buffer
// of the same size as that of the client, and the trace hold.
func moreThanFit(t *testing.T, conn *net.UnixConn) int {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	controlErr := raw.Control(func(fd uintptr) { size, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF) })
	if err := errors.Join(controlErr, err); err != nil {
		t.Fatal(err)
	}
	return size/500 + 3000
}

// TestTraceEnds checks that each line is shown or counted, in its place, if a trace ends while
// the operator has not read all of them.
func TestTraceEnds(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may ask")
	}
	hub, begun := &trace.Hub{}, make(chan *trace.Trace, 1)
	path := serve(t, Environment{Log: slog.New(slog.DiscardHandler), Trace: func(f trace.Filter) *trace.Trace {
		one := hub.Begin(f)
		begun <- one
		return one
	}})
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, `{"version":1,"command":"trace","arguments":{"user":"ann","seconds":600}}`+"\n"); err != nil {
		t.Fatal(err)
	}
	ended, total := (<-begun).Ended(), moreThanFit(t, conn.(*net.UnixConn))
	for n := range total {
		hub.Line(&pop3.DialogueLine{User: "ann", Text: fmt.Sprint(n, " ", strings.Repeat("x", 500))})
	}
	if _, err := io.WriteString(conn, "\n"); err != nil { // This ends the trace.
		t.Fatal(err)
	}
	<-ended
	all := readTrace(t, conn)
	next, lost := 0, int64(0)
	for _, row := range all.rows {
		var n int
		if _, err := fmt.Sscan(row.Text, &n); err != nil {
			t.Fatal(err)
		}
		if want := next + int(row.Lost); n != want {
			t.Fatalf("line %d, want %d: %d are lost before it", n, want, row.Lost)
		}
		next, lost = n+1, lost+row.Lost
	}
	if all.end.Lines != len(all.rows) || len(all.rows)+int(all.end.Lost) != total || lost == all.end.Lost {
		t.Errorf("%d lines shown, %d lost before them, %+v, of %d", len(all.rows), lost, all.end, total)
	}
}
