//go:build nfs

package cluster

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

const (
	// filer is the address of the file server, exported what it exports, and mounted where
	// the hosts have that.
	filer    = "192.0.2.40"
	exported = "/export"
	mounted  = "/mail"

	// leaseTime is the time of the file server after which a host that is gone loses its
	// locks, as machine/init sets it.
	leaseTime = 15 * time.Second

	// forLoad is how long clients are at work on both hosts.
	forLoad = time.Minute
)

// TestNFS has two hosts that share Maildirs by NFSv4, with the mount options of
// tpops-cluster(7), and once more with the options that mount has by default. It runs in the
// machine of nfs/machine.sh.
func TestNFS(t *testing.T) {
	s := &shared{t: t}
	newNetwork(t, 4)
	fixture.Command(t, "ip", "address", "add", filer+"/24", "dev", "lan")
	for n := range 2 {
		u := newMailUser(t, exported, n)
		u.agent = s.procmail
		s.users = append(s.users, u)
	}
	for n, options := range []string{"hard,actimeo=0,lookupcache=none", "hard"} {
		t.Run(options, func(t *testing.T) { s.pair(t, 2*n, options) })
	}
}

// pair tests two new hosts with the options of mount.
func (s *shared) pair(t *testing.T, first int, options string) {
	s.t, s.hosts, s.serving = t, nil, nil
	for n := first; n < first+2; n++ {
		s.mount(newHost(t, fmt.Sprintf("mail%d", n+1), fmt.Sprintf("192.0.2.%d", 21+n)), options)
		s.start(n - first)
	}
	var loads []*load
	stop := s.mover()
	for _, d := range s.serving {
		loads = append(loads, newLoad(t, s.users, d.Addr))
	}
	time.Sleep(forLoad)
	for _, l := range loads {
		l.recovered("load", time.Now())
		l.end(nil)
	}
	stop()
	oneWinner(t, &site{users: s.users, hosts: s.hosts}, 5)
	s.killed()
	s.cutOff()
	s.powerless()
	for _, u := range s.users {
		u.finish()
	}
}

// killed ends a daemon that has locked a mailbox, with SIGKILL.
func (s *shared) killed() {
	c := s.login(0, s.users[0])
	defer c.Close()
	now := time.Now()
	s.serving[0].Kill()
	s.gets(1, s.users[0], now, leaseTime/2)
	s.start(0)
}

// powerless ends a daemon whose host is not connected any more: the file server cannot see it.
func (s *shared) powerless() {
	c := s.login(0, s.users[0])
	defer c.Close()
	now := time.Now()
	s.hosts[0].disconnect()
	s.serving[0].Kill()
	s.gets(1, s.users[0], now, 3*leaseTime)
	s.hosts[0].connect()
	s.start(0)
	s.login(0, s.users[0]).Close()
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
