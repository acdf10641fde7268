//go:build nfs

package cluster

import (
	"strings"
	"testing"
	"time"

	"tpops/test/daemon"
)

const (
	// leaseTime is the time of the file server after which a host that is gone loses its
	// locks, as nfs/init sets it.
	leaseTime = 15 * time.Second
)

// TestNFSLocks has two hosts that share Maildirs by NFSv4, with the mount options of
// tpops-cluster(7), and takes a mailbox from one to the other in each way that there is. It runs
// in the machine of nfs/machine.sh.
func TestNFSLocks(t *testing.T) {
	s := newShared(t, "hard,actimeo=0,lookupcache=none")
	s.visible()
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

// killed ends a daemon that has locked a mailbox, with SIGKILL.
func (s *shared) killed() {
	c := s.login(0, s.users[0])
	defer c.Close()
	now := time.Now()
	s.serving[0].Kill()
	s.gets(1, s.users[0], now, 3*leaseTime).Close()
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
	second := s.gets(1, u, now, 3*leaseTime)
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
func (s *shared) gets(n int, u *mailUser, since time.Time, within time.Duration) *daemon.Client {
	s.t.Helper()
	for {
		c, err := u.dial(s.serving[n].Addr)
		took := time.Since(since)
		if err == nil {
			s.t.Logf("%s has the mailbox after %v", s.hosts[n].name, took)
			return c
		}
		if took > within {
			s.t.Fatalf("%s has not got the mailbox after %v: %v", s.hosts[n].name, took, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
