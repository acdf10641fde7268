//go:build integration

package mysql

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/pop3"
	"tpops/test/fixture"
	"tpops/test/mariadb"
)

// TestMySQLTrips checks that a login waits once for the server, whether its user exists or
// not, and that a new connection waits three times more: for the login to the server, for
// its settings, and for the statement.
func TestMySQLTrips(t *testing.T) {
	s := mariadb.NewWithUsers(t, false)
	r := newRelay(t, s.Socket, 0)
	// With this kind of password the names of users are never compared for SCRAM, which asks
	// several times, once a day.
	m := open(t, s, func(o *mysql.Options) { o.Servers, o.MaxConns, o.Crypt = r.socket, 1, "crypt" })
	find := func(login string, want int64) {
		t.Helper()
		before := r.trips.Load()
		if _, err := m.Find(t.Context(), login); err != nil {
			t.Fatal(err)
		}
		if n := r.trips.Load() - before; n != want {
			t.Errorf("%s: %d waits, want %d", login, n, want)
		}
	}
	find("ann", 4)
	for range 3 {
		for _, login := range []string{"ann", "ANN", "nobody", "x' or '1'='1"} {
			find(login, 1)
		}
	}
}

// TestMySQLTimedOut checks that a login succeeds after the server has closed all
// connections that were idle (wait_timeout).
func TestMySQLTimedOut(t *testing.T) {
	s := mariadb.NewWithUsers(t, false)
	s.Exec("set global wait_timeout = 1")
	m := open(t, s, nil)
	for range 2 {
		if _, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"}); err != nil {
			t.Fatal(err)
		}
		awaitClosed(t, s)
	}
}

// awaitClosed waits until the server has no connection of ours.
func awaitClosed(t *testing.T, s *mariadb.Server) {
	t.Helper()
	fixture.Eventually(t, "the server closes the connection", func() bool {
		return s.Query("select count(*) from information_schema.processlist where user = 'tpops'") == "0"
	})
}

// BenchmarkMySQLPool measures logins that arrive together, for several sizes of the pool and
// for servers that are near, far and very far away.
func BenchmarkMySQLPool(b *testing.B) {
	const clients = 64
	s := mariadb.NewWithUsers(b, false)
	for _, delay := range []time.Duration{0, time.Millisecond, 10 * time.Millisecond} {
		r := newRelay(b, s.Socket, delay)
		for _, conns := range []int{1, 2, 4, 8, 16, 32} {
			b.Run(fmt.Sprintf("delay=%v/conns=%d", delay, conns), func(b *testing.B) {
				benchmarkPool(b, r.socket, conns, clients)
			})
		}
	}
}

// benchmarkPool has each client log in again and again.
func benchmarkPool(b *testing.B, socket string, conns, clients int) {
	m, err := mysql.New(mysql.Options{
		Servers: socket, User: "tpops", Password: mariadb.DatabasePassword, Database: "tpops", Crypt: "crypt",
		Timeout: 30 * time.Second, MaxConns: conns,
	})
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	took := make([][]time.Duration, clients)
	var group sync.WaitGroup
	b.ResetTimer()
	for i := range clients {
		group.Go(func() {
			for range b.N/clients + 1 {
				start := time.Now()
				if _, err := m.Find(b.Context(), "ann"); err != nil {
					b.Error(err)
					return
				}
				took[i] = append(took[i], time.Since(start))
			}
		})
	}
	group.Wait()
	all := slices.Concat(took...)
	slices.Sort(all)
	b.ReportMetric(float64(len(all))/b.Elapsed().Seconds(), "logins/s")
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "ms-p99")
}
