package workers

import (
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/config"
	"tpops/pkg/handover"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// A process that has left the service ends a silent session for a login of the next one.
func TestTakeOverOfNext(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		r, left := startRestarting(t, kind, true)
		c := r.begin()
		r.Stop(Drain, time.Minute)
		<-left
		for _, tt := range []struct {
			maildrop string
			silent   time.Duration
			has      bool
		}{{"/other", 1, false}, {os.TempDir(), time.Hour, true}, {os.TempDir(), 0, true}} {
			// A session that is handed on at this moment is not found. A login asks again.
			eventually(t, fmt.Sprintf("%+v", tt), func() bool { return (r.TakeOver(tt.maildrop, tt.silent) != nil) == tt.has })
		}
		c.ask("NOOP", "+OK")
		if holder := r.TakeOver(os.TempDir(), 1); holder == nil || !holder.Has(os.TempDir()) || holder.LoginAt.IsZero() {
			t.Errorf("%+v", holder)
		}
		eventually(t, "the session ends", func() bool { return r.TakeOver(os.TempDir(), 1) == nil })
		c.closed("")
		r.ended()
	})
}

// A process that has left the service opens its log files again, and its sessions go on.
func TestReopenAfterLeave(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		var opened atomic.Int64
		r := startWith(t, kind, func(p *Parent) {
			p.ReopenLogs = func(*config.Config) error {
				opened.Add(1)
				return errors.New("disk full")
			}
		})
		c := r.begin()
		r.ReopenLogs()
		c.ask("STAT", "+OK 0 0")
		c.ask("QUIT", "+OK")
		if n := opened.Load(); n != 1 {
			t.Errorf("opened %d times", n)
		}
		r.Stop(Close, time.Second)
		r.ended()
	})
}

// elder is an earlier process with one session, which has the Maildir /m.
type elder struct{ asked atomic.Int64 }

func (e *elder) Sessions() iter.Seq[pop3.SessionInfo]                     { return slices.Values([]pop3.SessionInfo(nil)) }
func (e *elder) Kick(func(*pop3.SessionInfo) bool) (k []pop3.SessionInfo) { return k }
func (e *elder) ReopenLogs()                                              {}

func (e *elder) TakeOver(maildrop string, silent time.Duration) *pop3.SessionInfo {
	e.asked.Add(int64(silent))
	if maildrop != "/m" {
		return nil
	}
	return &pop3.SessionInfo{ID: "old", User: "ann", Maildrop: maildrop, LoginAt: time.Unix(1, 0)}
}

// offer returns e as the next process of the service sees it.
func (e *elder) offer(t *testing.T) *handover.Predecessors {
	t.Helper()
	name := filepath.Join(t.TempDir(), "notify")
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	t.Setenv("NOTIFY_SOCKET", name)
	notifier, err := sd.NewNotifier()
	if err != nil {
		t.Fatal(err)
	}
	s := &handover.Service{Notifier: notifier, Log: slog.New(slog.DiscardHandler)}
	if err := s.Offer(e); err != nil {
		t.Fatal(err)
	}
	text, control := make([]byte, 1000), make([]byte, 1000)
	_, n, _, _, err := systemd.ReadMsgUnix(text, control)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := unix.ParseSocketControlMessage(control[:n])
	if err != nil || len(messages) != 1 {
		t.Fatal(messages, err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		t.Fatal(fds, err)
	}
	return s.Predecessors([]sd.Socket{{Name: "predecessor", File: os.NewFile(uintptr(fds[0]), "predecessor")}})
}

// A login of thread asks an earlier process for the session that has its Maildir.
func TestThreadAsksElder(t *testing.T) {
	old := &elder{}
	elders := old.offer(t)
	r := startWith(t, "thread", func(p *Parent) { p.Elders = elders })
	m := r.Model.(*thread)
	if holder := m.askTakeOver("/m", 3); holder == nil || holder.ID != "old" || old.asked.Load() != 3 {
		t.Errorf("%+v", holder)
	}
	c := r.begin()
	if holder := m.askTakeOver(os.TempDir(), time.Hour); holder == nil || holder.User != "stays" || old.asked.Load() != 3 {
		t.Errorf("%+v", holder)
	}
	c.ask("QUIT", "+OK")
	r.Stop(Close, time.Second)
	r.ended()
}

// A child learns of the session of an earlier process what a login may know.
func TestParentAsksElder(t *testing.T) {
	old := &elder{}
	elders := old.offer(t)
	m := newModelWith(t, load(t, "--parallel-type=prefork", "--lock-takeover=7"), slog.New(slog.DiscardHandler), func(p *Parent) { p.Elders = elders }).(*parent)
	asks, own := addBoard(t, m)
	_, other := addBoard(t, m)
	other.Show(&pop3.SessionInfo{ID: "present", Maildrop: "/n"})
	now := time.Now()
	m.takeOver(asks, "/n", now)
	if holder, _ := own.Holder(); holder.ID != "present" || old.asked.Load() != 0 {
		t.Errorf("%+v", holder)
	}
	m.takeOver(asks, "/m", now.Add(time.Second))
	(<-m.requests)()
	if holder, _ := own.Holder(); holder.ID != "old" || holder.User != "" || !holder.Has("/m") || time.Duration(old.asked.Load()) != 7*time.Second {
		t.Errorf("%+v", holder)
	}
	m.takeOver(asks, "/m", now.Add(2*time.Second))
	m.dropBoard(asks)
	(<-m.requests)() // The child has ended meanwhile.
}
