package operator

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"log/slog"
	"net"

	"tpops/pkg/backend/logincheck"
	"tpops/pkg/control"
	"tpops/pkg/pop3"
)

// serve starts a server with an environment, and returns the path of its socket.
func serve(t *testing.T, e Environment) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "control")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := control.NewServer(control.Options{Version: "test", Type: "thread", Admins: -1, Log: slog.New(slog.DiscardHandler), Commands: Commands(e)})
	go server.Serve(l)
	t.Cleanup(func() {
		server.Close()
		_ = l.Close()
	})
	return path
}

// client returns a client of a server with an environment.
func client(t *testing.T, e Environment) *control.Client {
	t.Helper()
	c, err := control.Dial(t.Context(), serve(t, e))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestCheck checks that the steps are rows, and that the session that has the lock is named.
func TestCheck(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may ask")
	}
	held := pop3.SessionInfo{ID: "abc", User: "ann", Maildrop: "/box", Peer: netip.MustParseAddrPort("192.0.2.1:4000"), LoginAt: time.Unix(0, 0)}
	answers := map[string]string{
		"ann":  `{"steps":[{"step":"mailbox","status":"failed","text":"x"}],"result":"refused","code":"IN-USE","path":"/box","sentence":"A."}`,
		"bob":  `{"steps":[],"result":"refused","code":"IN-USE","path":"/other","sentence":"B."}`,
		"none": `not JSON`,
	}
	c := client(t, Environment{
		Log:      slog.New(slog.DiscardHandler),
		Sessions: func() iter.Seq[pop3.SessionInfo] { return slices.Values([]pop3.SessionInfo{held}) },
		Ask: func(_ context.Context, question []byte) ([]byte, error) {
			var q logincheck.Question
			if err := json.Unmarshal(question, &q); err != nil {
				return nil, err
			}
			if answer, ok := answers[q.User]; ok {
				return []byte(answer), nil
			}
			return nil, errors.New("no process")
		},
	})
	for user, want := range map[string]string{"ann": "held by session abc of ann from 192.0.2.1:4000", "bob": "held by another program"} {
		var steps []logincheck.Step
		end, err := c.Do("check", &logincheck.Question{User: user}, func(row json.RawMessage) error {
			var step logincheck.Step
			err := json.Unmarshal(row, &step)
			steps = append(steps, step)
			return err
		})
		var report logincheck.Report
		if err != nil || json.Unmarshal(end, &report) != nil || report.Result != "refused" || len(report.Steps) != 0 {
			t.Fatalf("%v, %s", err, end)
		}
		if last := steps[len(steps)-1]; last.Name != "lock" || len(last.Text) < len(want) || last.Text[:len(want)] != want {
			t.Errorf("%+v", steps)
		}
	}
	for _, user := range []string{"none", "other"} {
		if _, err := c.Do("check", &logincheck.Question{User: user}, func(json.RawMessage) error { return nil }); err == nil {
			t.Errorf("%s: no error", user)
		}
	}
}
