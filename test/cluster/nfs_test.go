//go:build nfs

package cluster

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tpops/test/daemon"
)

// TestNFSLocks has two hosts that share Maildirs by NFSv4, with the mount options of
// tpops-cluster(7), and takes a mailbox from one to the other in each way that there is. It runs
// in the machine of nfs/machine.sh.
func TestNFSLocks(t *testing.T) {
	s := newShared(t, "hard,actimeo=0,lookupcache=none")
	s.visible()
	s.refused()
	s.underLoad()
	oneWinner(t, s.users[1], s.hosts, 3, true) // A session takes seconds in this machine.
	s.cutOff()
	s.killed()
	for _, u := range s.users {
		u.finish()
	}
}

// visible delivers messages on each host, renames them on the other one, and holds that the
// next login on either lists and returns them.
func (s *shared) visible() {
	u := s.users[1]
	for n := range 4 {
		u.deliver()
		must := u.must()
		flag(s.hosts[(n+1)%2], u)
		start := time.Now()
		c := s.login(n%2, u)
		uidls, err := list(c)
		if err != nil {
			s.t.Fatal(err)
		}
		u.check(uidls, must)
		flag(s.hosts[(n+1)%2], u)
		for i, uidl := range uidls {
			if err := u.fetch(c, i+1, uidl); err != nil {
				s.t.Errorf("message %d: %v", i+1, err)
			}
		}
		if err := u.remove(c, uidls[0]); err != nil {
			s.t.Error(err)
		}
		c.Close()
		s.t.Logf("%d messages, %v", len(uidls), time.Since(start))
	}
}

// killed ends a daemon that has locked a mailbox, with SIGKILL. The other host has the same list.
func (s *shared) killed() {
	u := s.users[0]
	c := s.login(0, u)
	defer c.Close()
	before, err := list(c)
	if err != nil {
		s.t.Fatal(err)
	}
	now := time.Now()
	s.serving[0].Kill()
	other := s.gets(1, u, now)
	defer other.Close()
	if after, err := list(other); err != nil || !slices.Equal(after, before) {
		s.t.Errorf("UIDLs %q, %v; before %q", after, err, before)
	}
}

// underLoad kills a daemon while clients use both hosts, mail arrives, and another program sets
// flags on the other host.
func (s *shared) underLoad() {
	l := newLoad(s.t, s.users, s.serving[0].Addr, s.serving[1].Addr)
	var flags sync.WaitGroup
	ended := make(chan struct{})
	unflag := sync.OnceFunc(func() {
		close(ended)
		flags.Wait()
	})
	defer unflag() // also after a failure
	flags.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-ended:
				return
			case <-time.After(2 * time.Second): // An opening that takes seconds needs some rest.
				flag(s.hosts[1], s.users[n%2])
			}
		}
	})
	l.recovered("start", time.Now())
	now := time.Now()
	s.serving[0].Kill()
	l.recovered("daemon killed", now)
	s.start(0)
	l.recovered("daemon started again", time.Now())
	unflag() // It renames files, which end reads.
	l.end(s.users)
}

// cutOff takes the file server from a host with a session. When the lease has ended another
// host has the mailbox. The first one comes back while that session lasts.
func (s *shared) cutOff() {
	u := s.users[0]
	u.deliver()
	u.deliver()
	first := s.login(0, u)
	defer first.Close()
	uidls, err := list(first)
	if answer, err2 := first.Command("DELE 1"); err != nil || err2 != nil {
		s.t.Fatalf("%v, %s, %v", err, answer, err2)
	}
	now := time.Now()
	s.hosts[0].do(func() { s.hosts[0].run("ip", "route", "add", "blackhole", filer) })
	second := s.gets(1, u, now)
	defer second.Close()
	s.hosts[0].do(func() { s.hosts[0].run("ip", "route", "delete", "blackhole", filer) })
	answer, err := first.Command("QUIT")
	s.t.Logf("QUIT of the session that lost its lock: %q, %v", answer, err)
	if strings.HasPrefix(answer, "+OK") || err != nil {
		s.t.Errorf("the session without lock ends with %q, %v", answer, err)
	}
	if err := u.fetch(second, 1, uidls[0]); err != nil {
		s.t.Errorf("message 1 of the other session: %v", err)
	}
	if answer, err := second.Command("QUIT"); err != nil || !strings.HasPrefix(answer, "+OK") {
		s.t.Errorf("QUIT of the other session: %s, %v", answer, err)
	}
}

// login logs in at host n, which has to succeed.
func (s *shared) login(n int, u *mailUser) *daemon.Client {
	s.t.Helper()
	c, err := u.dial(s.serving[n].Addr)
	if err != nil {
		s.t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(5 * time.Minute))
	return c
}

// gets logs in at host n until that succeeds.
func (s *shared) gets(n int, u *mailUser, since time.Time) *daemon.Client {
	s.t.Helper()
	for {
		c, err := u.dial(s.serving[n].Addr)
		took := time.Since(since)
		if err == nil {
			s.t.Logf("%s has the mailbox after %v", s.hosts[n].name, took)
			return c
		}
		if took > u.patient {
			s.t.Fatalf("%s has not got the mailbox after %v: %v", s.hosts[n].name, took, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
