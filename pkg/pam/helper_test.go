package pam

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// enough is much longer than any step here takes.
const enough = time.Minute

func startHelper(t *testing.T, calls int) *Helper {
	t.Helper()
	h, err := Start(program(t, "serve"), calls)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.Close()
		h.Close()
		select {
		case <-h.Ended():
		case <-time.After(enough):
			t.Error("the helper does not end")
		}
	})
	return h
}

func TestAsk(t *testing.T) {
	h := startHelper(t, 4)
	for _, test := range []struct {
		password string
		patience time.Duration
		want     Outcome
		text     string
	}{
		{string(Admitted), enough, Admitted, "ann\xff by mail"},
		{string(Wrong), enough, Wrong, "by mail"},
		{"hang", 100 * time.Millisecond, Failed, "PAM did not answer in 100ms"},
		{"crash", enough, Failed, "PAM's process: exit status 3"},
		{"nothing", enough, Failed, "PAM's process wrote no answer"},
		{"leave a process", enough, Admitted, ""},
		{"flood", enough, Failed, "PAM's process: "},
	} {
		a, err := h.Ask(t.Context(), Request{Service: "mail", Login: []byte("ann\xff"), Password: []byte(test.password), Patience: test.patience})
		if err != nil || a.Outcome != test.want || !strings.Contains(a.Text, strings.ToValidUTF8(test.text, "\ufffd")) {
			t.Errorf("%s: %+v, %v, want %s, %s", test.password, a, err, test.want, test.text)
		}
	}
	if _, err := h.Ask(t.Context(), Request{Password: make([]byte, maxLine), Patience: enough}); !errors.Is(err, errLong) {
		t.Errorf("a request that is too long: %v", err)
	}
}

func TestAskAtOnce(t *testing.T) {
	h := startHelper(t, 3)
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			want := []Outcome{Admitted, Wrong}[i%2]
			login := strings.Repeat("x", i+1)
			a, err := h.Ask(t.Context(), Request{Login: []byte(login), Password: []byte(want), Patience: enough})
			if err != nil || a.Outcome != want || a.User.Name != login {
				t.Errorf("%+v, %v, want %s for %s", a, err, want, login)
			}
		})
	}
	all.Wait()
	if len(h.slots) != 0 || len(h.waiting) != 0 {
		t.Errorf("%d slots are taken, %d are waiting", len(h.slots), len(h.waiting))
	}
}

// A request that hangs counts until its process is dead, even after the caller has
// stopped waiting.
func TestAskIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHelper(discard{}, 2)
		defer close(h.ended)
		ctx, cancel := context.WithCancel(t.Context())
		for range 2 {
			go h.Ask(ctx, Request{Patience: time.Minute})
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		begun := time.Now()
		if _, err := h.Ask(t.Context(), Request{Patience: 5 * time.Second}); err == nil || !strings.Contains(err.Error(), "too many") {
			t.Errorf("a third one: %v", err)
		}
		if waited := time.Since(begun); waited != 5*time.Second {
			t.Errorf("waited %v", waited)
		}
		h.deliver(&Answer{ID: 1})
		h.deliver(&Answer{ID: 1}) // No request has this id.
		go h.Ask(t.Context(), Request{Patience: time.Minute})
		synctest.Wait()
		if len(h.slots) != 2 || len(h.waiting) != 2 {
			t.Errorf("%d slots are taken, %d are waiting", len(h.slots), len(h.waiting))
		}
		begun = time.Now()
		h.deliver(&Answer{ID: 2})
		if _, err := h.Ask(t.Context(), Request{Patience: time.Minute}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("never answered: %v", err)
		}
		if waited := time.Since(begun); waited != 2*time.Minute+time.Second {
			t.Errorf("waited %v", waited)
		}
		synctest.Wait()
	})
}

// discard reads requests and does not reply.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }

func TestAskAfterTheEnd(t *testing.T) {
	h := startHelper(t, 1)
	asked := make(chan bool, 1)
	go func() {
		a, err := h.Ask(t.Context(), Request{Password: []byte("hang"), Patience: enough})
		asked <- err != nil || a.Outcome == Failed
	}()
	for len(h.slots) == 0 {
		time.Sleep(time.Millisecond)
	}
	h.Close()
	select {
	case trouble := <-asked:
		if !trouble {
			t.Error("an answer from a process that has ended")
		}
	case <-time.After(enough):
		t.Fatal("the end is not seen")
	}
	<-h.Ended()
	if _, err := h.Ask(t.Context(), Request{Patience: enough}); err == nil {
		t.Error("an answer after the end")
	}
}

func TestStartRefused(t *testing.T) {
	for _, test := range []struct{ role, want string }{
		{"without", errWithout.Error() + `: it reported "built without PAM"`},
		{"other", "belongs to another version of TPOPS"},
		{"noise", "line is not a message"},
		{"dead", io.EOF.Error()},
	} {
		t.Run(test.role, func(t *testing.T) {
			h, err := Start(program(t, test.role), 1)
			if h != nil || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, %v, want %s", h, err, test.want)
			}
		})
	}
	if _, err := Start(t.TempDir()+"/none", 1); err == nil {
		t.Error("started a program that is not there")
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	self := filepath.Join(dir, "sbin", "tpops")
	beside, libexec := filepath.Join(dir, "sbin", "tpops_pam"), filepath.Join(dir, "libexec", "tpops", "tpops_pam")
	if _, err := Find(self); !errors.Is(err, errWithout) {
		t.Errorf("nowhere: %v", err)
	}
	for _, path := range []string{libexec, beside} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o700); err != nil {
			t.Fatal(err)
		}
		if got, err := Find(self); got != path || err != nil {
			t.Errorf("got %s, %v, want %s", got, err, path)
		}
	}
}

// If a process does not read and the pipe to it is full, a request waits no longer than
// its patience.
func TestAskUnread(t *testing.T) {
	unread, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer unread.Close()
	h := newHelper(to, 200)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var all sync.WaitGroup
	for range 150 { // more than the 64 KiB of a pipe
		all.Go(func() {
			if _, err := h.Ask(ctx, Request{Password: make([]byte, 1024), Patience: time.Millisecond}); err == nil {
				t.Error("there was an answer")
			}
		})
	}
	done := make(chan struct{})
	go func() {
		all.Wait()
		h.Close()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("requests wait for a process that does not read")
	}
}
