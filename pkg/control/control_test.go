package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// serve starts a server with the commands echo, rows and fail, and returns its path.
func serve(t *testing.T, l limits) (path string, s *Server) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "control")
	listener, err := Listen(path, noGroup)
	if err != nil {
		t.Fatal(err)
	}
	s = newServer(Options{Version: "1", Type: "thread", Admins: noGroup, Log: slog.New(slog.DiscardHandler), Commands: []Command{
		{Name: "echo", Run: func(_ context.Context, r *Request, a *Reply) (any, error) {
			var arguments struct{ Text string }
			if err := r.Arguments(&arguments); err != nil {
				return nil, err
			}
			return arguments, a.Row(arguments)
		}},
		{Name: "rows", Run: func(ctx context.Context, _ *Request, a *Reply) (any, error) {
			for ctx.Err() == nil {
				if err := a.Row(strings.Repeat("x", 1000)); err != nil {
					return nil, err
				}
			}
			return nil, ctx.Err()
		}},
		{Name: "fail", Run: func(context.Context, *Request, *Reply) (any, error) { panic("fault") }},
		{Name: "follow", Follows: true, Run: func(ctx context.Context, _ *Request, a *Reply) (any, error) {
			if err := a.Row("begun"); err != nil {
				return nil, err
			}
			<-ctx.Done()
			return nil, nil
		}},
	}}, l)
	done := make(chan struct{})
	go func() { s.Serve(listener); close(done) }()
	t.Cleanup(func() { s.Close(); <-done })
	return path, s
}

// dialTest connects with the client.
func dialTest(t *testing.T, path string) *Client {
	t.Helper()
	c, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestRequests(t *testing.T) {
	path, _ := serve(t, usualLimits())
	c := dialTest(t, path)
	if c.Hello != (Hello{protocol, "1", "thread"}) {
		t.Errorf("%+v", c.Hello)
	}
	for range 2 {
		var rows []string
		end, err := c.Do("echo", map[string]string{"Text": "a\nb"}, func(row json.RawMessage) error { rows = append(rows, string(row)); return nil })
		if err != nil || len(rows) != 1 || string(end) != `{"Text":"a\nb"}` {
			t.Errorf("%q, %s, %v", rows, end, err)
		}
	}
	for command, code := range map[string]string{"echo": CodeArguments, "none": CodeCommand, "fail": codeInternal} {
		_, err := c.Do(command, map[string]int{"other": 1}, nil)
		if answer := (*Error)(nil); !errors.As(err, &answer) || answer.Code != code {
			t.Errorf("%s: %v", command, err)
		}
	}
}

// Anything that is no request is answered with an error and ends the connection.
func TestGarbage(t *testing.T) {
	path, _ := serve(t, usualLimits())
	for name, garbage := range map[string]string{
		"text": "USER ann\r\n", "empty": "\n", "binary": "\x00\xff\x16\x03\n", "two values": `{"version":1,"command":"echo"}{}` + "\n",
		"field": `{"version":1,"command":"echo","x":1}` + "\n", "version": `{"version":2,"command":"echo"}` + "\n",
		"no command": `{"version":1}` + "\n", "oversize": strings.Repeat("x", 2*maxRequest),
	} {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		go io.WriteString(conn, garbage) // The server may close the connection before the end.
		lines := bufio.NewScanner(conn)
		var got []string
		for lines.Scan() {
			got = append(got, lines.Text())
		}
		if len(got) != 2 || !strings.HasPrefix(got[1], `{"error":`) {
			t.Errorf("%s: %q", name, got)
		}
		conn.Close()
	}
}

// All of many clients at once are answered.
func TestManyRequests(t *testing.T) {
	path, _ := serve(t, usualLimits())
	var wait sync.WaitGroup
	var answered atomic.Int64
	for range 100 {
		wait.Go(func() {
			for range 100 {
				c, err := Dial(context.Background(), path)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err = c.Do("echo", nil, func(json.RawMessage) error { return nil }); err == nil {
					answered.Add(1)
				}
				c.Close()
			}
		})
	}
	wait.Wait()
	if answered.Load() != 10_000 {
		t.Errorf("%d of 10000 requests were answered", answered.Load())
	}
}

// A client that never reads loses its connection and its turn.
func TestSlowClients(t *testing.T) {
	l := usualLimits()
	l.conns, l.answers, l.write = 2, 1, 10*time.Millisecond
	path, _ := serve(t, l)
	for range 2 {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, `{"version":1,"command":"rows"}`+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := dialTest(t, path).Do("echo", nil, func(json.RawMessage) error { return nil }); err != nil {
		t.Error(err)
	}
}

// A client that asks for nothing is disconnected.
func TestSilentClient(t *testing.T) {
	l := usualLimits()
	l.request = time.Millisecond
	path, _ := serve(t, l)
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if text, err := io.ReadAll(conn); err != nil || strings.Count(string(text), "\n") > 1 { // The server says hello.
		t.Errorf("%q, %v", text, err)
	}
}

// A command that follows ends when the client leaves, and Close ends it too.
func TestFollows(t *testing.T) {
	l := usualLimits()
	l.follows = 1
	path, s := serve(t, l)
	leave := errors.New("enough")
	if _, err := dialTest(t, path).Do("follow", nil, func(json.RawMessage) error { return leave }); !errors.Is(err, leave) {
		t.Error(err)
	}
	second := dialTest(t, path)
	if _, err := second.Do("follow", nil, nil); err == nil || !strings.Contains(err.Error(), "follow run already") {
		t.Error(err)
	}
	s.Close()
}

func TestPermitted(t *testing.T) {
	for _, test := range []struct {
		peer   Peer
		admins int
		want   bool
	}{
		{Peer{UID: 0}, noGroup, true}, {Peer{UID: 7}, noGroup, true}, {Peer{UID: 8}, noGroup, false}, {Peer{UID: 8, GID: 5}, 5, true},
		{Peer{UID: 8, groups: []uint32{4, 5}}, 5, true}, {Peer{UID: 8, groups: []uint32{4}}, 5, false}, {Peer{UID: 8, GID: 7}, 5, false},
	} {
		if got := test.peer.isPermitted(7, test.admins); got != test.want {
			t.Errorf("%+v, %d: %v", test.peer, test.admins, got)
		}
	}
}

func TestListen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "control")
	if _, err := Dial(t.Context(), path); !errors.Is(err, ErrNotRunning) {
		t.Error(err)
	}
	first, err := Listen(path, noGroup)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := Listen(path, noGroup); !errors.Is(err, errInUse) {
		t.Error(err)
	}
	first.Close()
	if _, err := Dial(t.Context(), path); !errors.Is(err, ErrNotRunning) {
		t.Error(err)
	}
	second, err := Listen(path, noGroup)
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
	if err := errors.Join(os.Remove(path), os.WriteFile(path, []byte("mail"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path, noGroup); err == nil {
		t.Error("a file was replaced")
	}
}

func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"version":1,"command":"sessions","arguments":{"user":"ann"}}` + "\n"))
	f.Add([]byte("\x00\n{}\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		lines := newLineReader(strings.NewReader(string(in)), 1024)
		for {
			line, err := lines.next()
			if err != nil {
				return
			}
			if r, err := parseRequest(line); err == nil && (r.Version != protocol || r.Command == "") {
				t.Errorf("%q: %+v", line, r)
			}
		}
	})
}

// A group that the user namespace of the process does not have cannot be given a socket.
func TestIsMapped(t *testing.T) {
	for ranges, want := range map[string]bool{
		"         0          0 4294967295\n": true,
		"0 0 1\n999 999 1\n":                 true,
		"0 0 1\n998 998 1\n":                 false,
		"":                                   false,
		"damaged\n":                          false,
	} {
		if got := isMapped(ranges, 999); got != want {
			t.Errorf("%q: %v", ranges, got)
		}
	}
}
