//go:build integration || cluster || nfs

package cluster

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tpops/test/fixture"
	"tpops/test/mariadb"
)

// TestTwoHosts serves two hosts behind HAProxy, as the example files have it, and kills one of
// them while clients are at work. A second database server is down from the start.
func TestTwoHosts(t *testing.T) {
	s := newSite(t, 6)
	db := newHost(t, "db2", "192.0.2.32")
	s.fill(mariadb.NewNode(t, db.enter, "/dev/null", []string{"--bind-address=" + db.address}))
	for n := range s.hosts {
		s.startNode(n)
	}
	s.startBalancer(0, true)
	const address = serviceAddress + ":110"
	fixture.Eventually(t, "the health check passes", func() bool { return s.users[0].session(address) == nil })
	l := newLoad(t, s.users, address)
	l.recovered("start", time.Now())
	for n := range s.hosts {
		s.serves(n, "health-"+s.hosts[n].name)
	}
	checkAddresses(t, s)
	now := time.Now()
	s.killNode(0)
	l.recovered("host killed", now)
	s.startNode(0)
	s.serves(0, "user")
	l.end(s.users)
	oneWinner(t, s.users[0], s.hosts, 3, false)
}

// serves waits until host n has logged the login of a user whose name begins with prefix.
func (s *site) serves(n int, prefix string) {
	s.t.Helper()
	fixture.Eventually(s.t, s.hosts[n].name+" serves "+prefix, func() bool {
		return strings.Contains(s.serving[n].Log(), " user="+prefix)
	})
}

// checkAddresses holds that the daemons know the clients' own addresses.
func checkAddresses(t *testing.T, s *site) {
	t.Helper()
	for _, u := range s.users {
		fixture.Eventually(t, "the login of "+u.login+" from "+u.address+" is logged", func() bool {
			logs := s.serving[0].Log() + s.serving[1].Log()
			return strings.Contains(logs, fmt.Sprintf(" remote=%s user=%s ", u.address, u.login))
		})
	}
}
