package handover

import (
	"net"
	"os"
	"strings"
	"testing"

	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// moving is a mailbox with two open files.
type moving struct{ pop3.Mailbox }

func (moving) Suspend() ([]byte, []*os.File) { return []byte("m"), []*os.File{os.Stdin, os.Stderr} }

// No parcel has more files than allowed, and each has those of its sessions in their order.
func TestNewParcels(t *testing.T) {
	conn := &net.TCPConn{}
	var sessions []*pop3.Suspended
	for _, kind := range "ccmcmmc" { // c has only a connection, m also a mailbox
		s := &pop3.Suspended{Conn: conn}
		if kind == 'm' {
			s.Mailbox = moving{}
		}
		sessions = append(sessions, s)
	}
	for most, want := range map[int]string{
		1: "c c m c m m c", 2: "cc m c m m c", 3: "cc m c m m c", 4: "cc mc m mc", 5: "ccm cm mc", 100: "ccmcmmc",
	} {
		parcels, left := newParcels(sessions, most)
		var got []string
		for _, p := range parcels {
			kinds := ""
			for _, s := range p.sessions {
				kinds += map[int]string{0: "c", 2: "m"}[s.Files]
			}
			if n := strings.Count(kinds, "m"); len(p.conns) != len(kinds) || len(p.files) != 2*n {
				t.Errorf("%s: %d connections, %d files", kinds, len(p.conns), len(p.files))
			}
			got = append(got, kinds)
		}
		if got := strings.Join(got, " "); got != want || len(left) != 0 {
			t.Errorf("at most %d: %s, want %s; %d are left", most, got, want, len(left))
		}
	}
}

// broken is a mailbox that cannot be taken out of its process.
type broken struct {
	pop3.Mailbox
	closed int
}

func (*broken) Suspend() ([]byte, []*os.File) { return nil, nil }

func (b *broken) Close() error {
	b.closed++
	return nil
}

// A mailbox that cannot be handed over does not stay locked.
func TestNewParcelsBroken(t *testing.T) {
	b := &broken{}
	parcels, _ := newParcels([]*pop3.Suspended{{Conn: &net.TCPConn{}, Mailbox: b}}, 10)
	if len(parcels) != 1 || len(parcels[0].files) != 0 || b.closed != 1 {
		t.Errorf("%d parcels, closed %d times", len(parcels), b.closed)
	}
}

// Sessions that do not fit into one parcel continue in the next process as others do.
func TestSeveralParcels(t *testing.T) {
	m, s, log := startManager(t)
	dir := newMaildir(t)
	first, second := newServer(t, dir), newServer(t, dir)
	var clients []*testClient
	for range 3 {
		clients = append(clients, connect(t, first))
	}
	clients[0].ask("USER mrose", "+OK")
	clients[0].ask("PASS x", "+OK")
	parcels, _ := newParcels(first.Suspend(t.Context()), 1)
	if err := s.store(parcels); err != nil || len(parcels) != 3 {
		t.Fatal(len(parcels), err)
	}
	var stored []sd.Socket
	for _, p := range parcels {
		p.close()
		stored = append(stored, <-m.stored)
	}
	s.Receive(second, stored, resumeMaildir)
	clients[0].ask("STAT", "+OK 2 ")
	clients[0].ask("QUIT", "+OK")
	clients[1].ask("USER mrose", "+OK")
	clients[2].ask("QUIT", "+OK")
	if n := strings.Count(log.String(), `msg="sessions taken over" sessions=1`); n != 3 {
		t.Error(log)
	}
}

// If one parcel cannot be stored systemd keeps none: all sessions end here.
func TestSeveralParcelsFail(t *testing.T) {
	m, s, _ := startManager(t)
	first := newServer(t, newMaildir(t))
	for range 2 {
		connect(t, first)
	}
	parcels, _ := newParcels(first.Suspend(t.Context()), 1)
	parcels[1].close()
	if s.store(parcels) == nil {
		t.Error("a closed connection was stored")
	}
	if text := <-m.texts; text != "FDSTOREREMOVE=1\nFDNAME=sessions\n" {
		t.Errorf("systemd was sent %q", text)
	}
	parcels[0].close()
	(<-m.stored).File.Close()
}
