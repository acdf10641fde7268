package handover

import (
	"bytes"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/guard"
	"tpops/pkg/maildir"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// manager is the part of systemd that stores descriptors, by name. A barrier
// (sd_notify_barrier(3)) is a descriptor that it closes.
type manager struct {
	t      *testing.T
	socket *net.UnixConn
	stored chan sd.Socket
	texts  chan string
}

// startManager returns a service whose notifier reaches the manager, which runs
// until the test ends.
func startManager(t *testing.T) (*manager, *Service, *bytes.Buffer) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	t.Setenv("NOTIFY_SOCKET", name)
	notifier, err := sd.NewNotifier()
	if err != nil {
		t.Fatal(err)
	}
	m := &manager{t, socket, make(chan sd.Socket, 10), make(chan string, 10)}
	go m.run()
	log := &bytes.Buffer{}
	return m, &Service{Notifier: notifier, Directory: t.TempDir(), Log: slog.New(slog.NewTextHandler(log, nil))}, log
}

func (m *manager) run() {
	text, control := make([]byte, 1<<12), make([]byte, 1<<12)
	for {
		n, oobn, _, _, err := m.socket.ReadMsgUnix(text, control)
		if err != nil {
			return
		}
		var files []*os.File
		if messages, err := unix.ParseSocketControlMessage(control[:oobn]); err == nil {
			for _, message := range messages {
				if fds, err := unix.ParseUnixRights(&message); err == nil {
					for _, fd := range fds {
						files = append(files, os.NewFile(uintptr(fd), "stored"))
					}
				}
			}
		}
		m.handle(string(text[:n]), files)
	}
}

func (m *manager) handle(text string, files []*os.File) {
	_, name, isNamed := strings.Cut(text, "FDNAME=")
	name, _, _ = strings.Cut(name, "\n")
	if !strings.Contains(text, "FDSTORE=1") {
		for _, f := range files {
			f.Close()
		}
		if isNamed {
			m.texts <- text
		}
		return
	}
	for _, f := range files {
		m.stored <- sd.Socket{Name: name, Kind: sd.Stored, File: f}
	}
}

// Send and Receive move a session from one server to another through systemd.
func TestSendReceive(t *testing.T) {
	m, s, log := startManager(t)
	dir := newMaildir(t)
	first, second := newServer(t, dir), newServer(t, dir)
	client := connect(t, first)
	client.ask("USER mrose", "+OK")
	client.ask("PASS x", "+OK")
	client.ask("DELE 2", "+OK")
	s.Send(first, first.Suspend(t.Context()))
	if text, err := os.ReadFile(s.expectedFile()); err != nil || string(text) != "1" {
		t.Fatalf("expected sessions: %q, %v\n%s", text, err, log)
	}
	s.Receive(second, []sd.Socket{<-m.stored}, resumeMaildir)
	client.ask("STAT", "+OK 1 ")
	if !strings.Contains(log.String(), `msg="sessions taken over" sessions=1`) {
		t.Errorf("log:\n%s", log)
	}
	if text := <-m.texts; !strings.Contains(text, "FDSTOREREMOVE=1") || !strings.Contains(text, "FDNAME=sessions") {
		t.Errorf("systemd was sent %q", text)
	}
}

// The process that has sent a session has no copy of its connection any more: the client sees
// at once that the next process has closed it.
func TestSendCloses(t *testing.T) {
	m, s, _ := startManager(t)
	dir := newMaildir(t)
	first, second := newServer(t, dir), newServer(t, dir)
	client := connect(t, first)
	client.ask("USER mrose", "+OK")
	client.ask("PASS x", "+OK")
	sessions := first.Suspend(t.Context())
	s.Send(first, sessions)
	s.Receive(second, []sd.Socket{<-m.stored}, resumeMaildir)
	client.ask("QUIT", "+OK")
	if err := client.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	client.ends()
	runtime.KeepAlive(sessions) // Otherwise the collector of garbage could have closed it.
}

// After sessions could not be sent, their mailboxes are not locked by this process.
func TestSendFailedUnlocks(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "missing"))
	notifier, err := sd.NewNotifier()
	if err != nil {
		t.Fatal(err)
	}
	s := quiet()
	s.Notifier = notifier
	dir := newMaildir(t)
	first := newServer(t, dir)
	client := connect(t, first)
	client.ask("USER mrose", "+OK")
	client.ask("PASS x", "+OK")
	sessions := first.Suspend(t.Context())
	s.Send(first, sessions)
	client.ends()
	if m, err := maildir.Open(t.Context(), nil, dir, maildir.Options{Lock: true, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Error(err)
	} else {
		_ = m.Close()
	}
	runtime.KeepAlive(sessions)
}

// Without a service manager sessions end: their clients try again.
func TestSendNowhere(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "missing"))
	notifier, err := sd.NewNotifier()
	if err != nil {
		t.Fatal(err)
	}
	s := quiet()
	s.Notifier = notifier
	server := newServer(t, newMaildir(t))
	client := connect(t, server)
	user := connect(t, server)
	user.ask("USER mrose", "+OK")
	user.ask("PASS x", "+OK")
	s.Send(server, server.Suspend(t.Context()))
	client.ask("", "-ERR [SYS/TEMP]")
	user.ends() // It could take a reply for the one to its next command.
}

// The session of a proxy, or on a connection without a descriptor, cannot be sent. It is
// left as it was.
func TestSendUnsendable(t *testing.T) {
	for name, unsendable := range map[string]func(net.Conn) *pop3.Suspended{
		"no descriptor":     func(c net.Conn) *pop3.Suspended { return &pop3.Suspended{Conn: struct{ net.Conn }{c}} },
		"mailbox elsewhere": func(c net.Conn) *pop3.Suspended { return &pop3.Suspended{Conn: c, Mailbox: remoteMailbox{}} },
	} {
		t.Run(name, func(t *testing.T) {
			client, conn := socketPair(t)
			server := newServer(t, newMaildir(t))
			left := quiet().Send(server, []*pop3.Suspended{unsendable(conn)})
			if len(left) != 1 {
				t.Fatalf("%d sessions left", len(left))
			}
			server.Abandon(left...)
			client.ends()
		})
	}
}

// remoteMailbox is a mailbox that is not a Maildir.
type remoteMailbox struct{ pop3.Mailbox }

func (remoteMailbox) Close() error { return nil }

// A process model with several processes cannot resume sessions.
func TestReceiveWithoutResume(t *testing.T) {
	m, s, log := startManager(t)
	first, second := newServer(t, newMaildir(t)), newServer(t, newMaildir(t))
	client := connect(t, first)
	s.Send(first, first.Suspend(t.Context()))
	unknown, _ := os.Open(os.DevNull)
	s.Receive(second, []sd.Socket{{Name: guardName}, {Name: "later version", File: unknown}, <-m.stored}, nil)
	client.ends()
	if !strings.Contains(log.String(), "only parallel-type = thread continues sessions") {
		t.Errorf("log:\n%s", log)
	}
	if _, err := unknown.Stat(); err == nil {
		t.Error("a file that nobody knows is still open")
	}
}

func TestReceiveNothing(t *testing.T) {
	_, s, log := startManager(t)
	s.recordExpected(3)
	s.Receive(newServer(t, newMaildir(t)), nil, resumeMaildir)
	if !strings.Contains(log.String(), "3 sessions were handed over and systemd has not kept them") {
		t.Errorf("log:\n%s", log)
	}
}

// The memory of the guard survives the process.
func TestReceiveGuard(t *testing.T) {
	m, s, log := startManager(t)
	first, err := s.ReceiveGuard(nil, 10)
	if err != nil || first == nil {
		t.Fatal(err)
	}
	stored := <-m.stored
	if second, err := s.ReceiveGuard([]sd.Socket{stored}, 10); err != nil || second == nil || len(m.stored) != 0 {
		t.Errorf("%v, %v: a memory that fits was not used", second, err)
	}
	other, err := guard.New(10)
	if err != nil {
		t.Fatal(err)
	}
	banned := netip.MustParsePrefix("192.0.2.0/24")
	if _, err := other.With(guard.Limits{}).AddBan(banned, time.Hour, 0); err != nil {
		t.Fatal(err)
	}
	smaller := sd.Socket{Name: guardName, Kind: sd.Stored, File: other.File()}
	third, err := s.ReceiveGuard([]sd.Socket{smaller}, 20)
	if err != nil {
		t.Fatal(err)
	}
	if bans := third.Bans(); len(bans) != 1 || bans[0].Network != banned {
		t.Errorf("the bans were lost: %v", bans)
	}
	<-m.stored // The new memory replaces the one that does not fit.
	if text := <-m.texts; !strings.Contains(text, "FDSTOREREMOVE=1") {
		t.Errorf("systemd was sent %q", text)
	}
	if log.Len() > 0 {
		t.Errorf("log:\n%s", log)
	}
}
