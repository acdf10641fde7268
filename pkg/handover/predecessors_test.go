package handover

import (
	"fmt"
	"iter"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/memfd"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
	"tpops/pkg/socketpair"
)

// sessionsOf is a process with sessions.
type sessionsOf struct {
	mu       sync.Mutex
	ids      []string
	holder   *pop3.SessionInfo // has a Maildir
	asked    string            // by TakeOver
	reopened int
}

func (s *sessionsOf) TakeOver(maildrop string, silent time.Duration) *pop3.SessionInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = fmt.Sprint(maildrop, " ", silent)
	return s.holder
}

func (s *sessionsOf) ReopenLogs() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reopened++
}

func (s *sessionsOf) Sessions() iter.Seq[pop3.SessionInfo] {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []pop3.SessionInfo
	for _, id := range s.ids {
		all = append(all, pop3.SessionInfo{ID: id, User: "us\ner\xff", Start: time.Unix(1, 0)})
	}
	return slices.Values(all)
}

func (s *sessionsOf) Kick(selects func(*pop3.SessionInfo) bool) (kicked []pop3.SessionInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids = slices.DeleteFunc(s.ids, func(id string) bool {
		info := pop3.SessionInfo{ID: id}
		if !selects(&info) {
			return false
		}
		kicked = append(kicked, info)
		return true
	})
	return kicked
}

func idsOf(all iter.Seq[pop3.SessionInfo]) string {
	var ids []string
	for s := range all {
		ids = append(ids, s.ID)
	}
	return strings.Join(ids, " ")
}

// A daemon lists and ends the sessions of all earlier processes.
func TestPredecessors(t *testing.T) {
	m, s, _ := startManager(t)
	var stored []sd.Socket
	elders := []*sessionsOf{{ids: []string{"a", "b"}}, {ids: []string{"c"}}}
	for _, elder := range elders {
		if err := s.Offer(elder); err != nil {
			t.Fatal(err)
		}
		stored = append(stored, <-m.stored)
	}
	p := s.Predecessors(append(stored, sd.Socket{Name: guardName}))
	all := p.With(&sessionsOf{ids: []string{"own"}})
	if got := idsOf(all.Sessions()); got != "own a b c" {
		t.Errorf("sessions %q", got)
	}
	for info := range all.Sessions() {
		if !info.Start.Equal(time.Unix(1, 0)) || !strings.HasPrefix(info.User, "us\ner") {
			t.Errorf("%+v", info)
		}
	}
	kicked := all.Kick(func(info *pop3.SessionInfo) bool { return info.ID != "a" })
	if got := idsOf(slices.Values(kicked)); got != "own b c" {
		t.Errorf("ended %q", got)
	}
	if got := idsOf(all.Sessions()); got != "a" {
		t.Errorf("sessions %q", got)
	}
	p.Close()
	if got := idsOf(all.Sessions()); got != "" {
		t.Errorf("sessions %q after Close", got)
	}
}

// A predecessor counts until its process has ended, also after the deadline of a request. One
// that is being asked counts without a wait.
func TestPredecessorsAny(t *testing.T) {
	ours, theirs, err := socketpair.New(predecessorName)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	p := &Predecessors{conns: []*net.UnixConn{ours}}
	if err := ours.SetDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if !p.Any() {
		t.Error("none, and one is there")
	}
	theirs.Close()
	if p.Any() {
		t.Error("one, and it has ended")
	}
	p.mu.Lock()
	if !p.Any() {
		t.Error("none during a request")
	}
	p.mu.Unlock()
	p.Close()
	if p.Any() || (&Predecessors{}).Any() {
		t.Error("one of none")
	}
}

// A predecessor that did not answer is asked no more, but counts until it has ended, also if its
// answer comes late.
func TestPredecessorsSilent(t *testing.T) {
	ours, theirs, err := socketpair.New(predecessorName)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	p := &Predecessors{conns: []*net.UnixConn{ours}}
	defer p.Close()
	asked := 0
	for range 2 {
		p.ask(func(*net.UnixConn) ([]pop3.SessionInfo, error) { asked++; return nil, os.ErrDeadlineExceeded })
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	if _, err := theirs.Write([]byte("late")); err != nil {
		t.Fatal(err)
	}
	if !p.Any() {
		t.Error("none, and one goes on")
	}
	theirs.Close()
	if p.Any() {
		t.Error("one, and it has ended")
	}
}

// Thousands of sessions are ended in several requests.
func TestPredecessorsMany(t *testing.T) {
	m, s, _ := startManager(t)
	elder := &sessionsOf{}
	for i := range 5*kickAtOnce/2 + 1 {
		elder.ids = append(elder.ids, fmt.Sprintf("session%08d", i))
	}
	if err := s.Offer(elder); err != nil {
		t.Fatal(err)
	}
	p := s.Predecessors([]sd.Socket{<-m.stored})
	p.patience = time.Minute // The machine may be busy.
	all := p.With(&sessionsOf{})
	if kicked := all.Kick(func(*pop3.SessionInfo) bool { return true }); len(kicked) != 5*kickAtOnce/2+1 || len(elder.ids) != 0 {
		t.Errorf("%d sessions ended, %d left", len(kicked), len(elder.ids))
	}
}

// A predecessor may end with its last session, before it has answered.
func TestPredecessorEnds(t *testing.T) {
	s := quiet()
	elder := &sessionsOf{ids: []string{"a", "b"}}
	conn, stored, err := socketpair.New("stored")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer conn.Close()
		buf := make([]byte, maxRequest)
		for n, err := conn.Read(buf); err == nil && string(buf[:n]) == listRequest; n, err = conn.Read(buf) {
			_ = answer(conn, listRequest, elder)
		}
	}()
	all := s.Predecessors([]sd.Socket{{Name: predecessorName, File: stored}}).With(&sessionsOf{})
	kicked := all.Kick(func(info *pop3.SessionInfo) bool { return info.ID == "b" })
	if got := idsOf(slices.Values(kicked)); got != "b" {
		t.Errorf("ended %q", got)
	}
	if got := idsOf(all.Sessions()); got != "" {
		t.Errorf("sessions %q", got)
	}
}

// A predecessor that has ended, or does not answer as it should, is left out from then on.
func TestPredecessorsBroken(t *testing.T) {
	unsealed, err := memfd.New("unsealed")
	if err != nil {
		t.Fatal(err)
	}
	defer unsealed.Close()
	if _, err := unsealed.WriteString("[{}]"); err != nil {
		t.Fatal(err)
	}
	sealed, err := memfd.New("sealed")
	if err != nil {
		t.Fatal(err)
	}
	defer sealed.Close()
	if _, err := sealed.WriteString("[1]"); err != nil || memfd.Seal(sealed) != nil {
		t.Fatal(err)
	}
	for name, answers := range map[string]func(*net.UnixConn) error{
		"ended":    (*net.UnixConn).Close,
		"no file":  func(c *net.UnixConn) error { _, err := c.Write([]byte("x")); return err },
		"unsealed": func(c *net.UnixConn) error { return sendFiles(c, unsealed) },
		"no JSON":  func(c *net.UnixConn) error { return sendFiles(c, sealed) },
		"two":      func(c *net.UnixConn) error { return sendFiles(c, sealed, sealed) },
	} {
		t.Run(name, func(t *testing.T) {
			elder, stored, err := socketpair.New("stored")
			if err != nil {
				t.Fatal(err)
			}
			defer elder.Close()
			if err := answers(elder); err != nil {
				t.Fatal(err)
			}
			p := quiet().Predecessors([]sd.Socket{{Name: predecessorName, File: stored}})
			for range 2 {
				if got := idsOf(p.With(&sessionsOf{ids: []string{"own"}}).Sessions()); got != "own" || len(p.conns) != 0 {
					t.Errorf("sessions %q, %d predecessors", got, len(p.conns))
				}
			}
		})
	}
}

// sendFiles sends an answer with files.
func sendFiles(c *net.UnixConn, files ...*os.File) error {
	var fds []int
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	_, _, err := c.WriteMsgUnix([]byte(listRequest), unix.UnixRights(fds...), nil)
	return err
}
