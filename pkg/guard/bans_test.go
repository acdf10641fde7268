package guard

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// addBan bans a network that may be banned.
func (w *testGuard) addBan(network string, wait time.Duration) {
	w.t.Helper()
	n, err := BanNetwork(netip.MustParsePrefix(network))
	if err == nil {
		_, err = w.AddBan(n, wait, 7)
	}
	if err != nil {
		w.t.Fatalf("%s: %v", network, err)
	}
}

func TestBanNetwork(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1/32":            "192.0.2.1/32",
		"192.0.2.77/24":           "192.0.2.0/24",
		"10.1.2.3/8":              "10.0.0.0/8",
		"10.0.0.0/7":              "",
		"0.0.0.0/0":               "",
		"::ffff:192.0.2.1/128":    "192.0.2.1/32",
		"::ffff:192.0.2.9/120":    "192.0.2.0/24",
		"::ffff:0.0.0.0/96":       "",
		"2001:db8:1:2:3::4/128":   "2001:db8:1:2::/64",
		"2001:db8:1:2:3::4/65":    "2001:db8:1:2::/64",
		"2001:db8:1:2:3::4/48":    "2001:db8:1::/48",
		"2001:db8::/15":           "",
		"::/0":                    "",
		"::ffff:192.0.2.1/16":     "::/16",
		"::1/128":                 "::/64",
		"255.255.255.255/32":      "255.255.255.255/32",
		"2001:db8:ffff:ffff::/64": "2001:db8:ffff:ffff::/64",
	} {
		got, err := BanNetwork(netip.MustParsePrefix(text))
		if want == "" {
			if !errors.Is(err, errWide) {
				t.Errorf("%s: %v, %v", text, got, err)
			}
			continue
		}
		if err != nil || got.String() != want {
			t.Errorf("%s: %v, %v instead of %s", text, got, err, want)
		}
	}
}

// A ban refuses exactly its network, for its time, and until it is lifted.
func TestBan(t *testing.T) {
	w := newTestGuard(t, 100, allLimits)
	w.addBan("192.0.2.0/24", time.Hour)
	w.addBan("2001:db8:1:2::5/128", 2*time.Hour)
	w.addBan("::/16", time.Hour) // must not contain IPv4
	w.succeed("192.0.2.9", "ann")
	for address, banned := range map[string]bool{
		"192.0.2.1": true, "192.0.2.9": true, "::ffff:192.0.2.1": true, "192.0.3.1": false, "198.51.100.1": false,
		"2001:db8:1:2:9::1": true, "2001:db8:1:3::1": false, "::1:2:3:4:5": true,
	} {
		if got := w.refused(address) == "tpopsctl ban"; got != banned {
			t.Errorf("%s: %v", address, got)
		}
	}
	w.resume("192.0.2.1").Close() // Sessions go on.
	w.Forgive()
	if w.refused("192.0.2.1") == "" {
		t.Error("a reload has lifted the ban")
	}
	w.advance(time.Hour)
	if w.refused("192.0.2.1") != "" || w.refused("2001:db8:1:2::1") == "" || len(w.Bans()) != 1 {
		t.Errorf("after an hour: %v", w.Bans())
	}
	lifted := w.LiftBans(func(b Ban) bool { return b.UID == 7 })
	if len(lifted) != 1 || w.refused("2001:db8:1:2::1") != "" || len(w.Bans()) != 0 {
		t.Errorf("lifted %v, left %v", lifted, w.Bans())
	}
}

// A ban never applies to a network that is exempt.
func TestBanExempt(t *testing.T) {
	l := allLimits
	l.Exempt = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/28"), netip.MustParsePrefix("::1/128")}
	w := newTestGuard(t, 100, l)
	for _, network := range []string{"192.0.2.3/32", "192.0.2.0/28"} {
		if b, err := w.AddBan(netip.MustParsePrefix(network), time.Hour, 0); !errors.Is(err, errExempt) {
			t.Errorf("%s: %v, %v", network, b, err)
		}
	}
	w.addBan("192.0.0.0/16", time.Hour)
	w.addBan("::1/128", time.Hour)
	if w.refused("192.0.2.3") != "" || w.refused("::1") != "" || w.refused("192.0.2.16") == "" {
		t.Error("exempt addresses are refused, or others are not")
	}
}

// The table is bounded. A network is there once. A free place is used again.
func TestBanFull(t *testing.T) {
	w := newTestGuard(t, 10, allLimits)
	for i := range maxBans {
		w.addBan(fmt.Sprintf("10.%d.%d.0/24", i/256, i%256), time.Hour)
	}
	more := netip.MustParsePrefix("192.0.2.0/24")
	if _, err := w.AddBan(more, time.Hour, 0); !errors.Is(err, ErrFull) {
		t.Fatal(err)
	}
	w.addBan("10.3.7.0/24", 2*time.Hour) // again
	if n := len(w.Bans()); n != maxBans {
		t.Errorf("%d bans", n)
	}
	w.LiftBans(func(b Ban) bool { return b.Network.Addr() == netip.MustParseAddr("10.1.1.0") })
	w.addBan(more.String(), time.Hour)
	w.advance(time.Hour)
	if all := w.Bans(); len(all) != 1 || !all[0].Until.Equal(w.now.Add(time.Hour)) {
		t.Errorf("%v", all)
	}
}

// Readers see whole bans while they are changed, and other processes see the same. An
// entry that a killed process has left half written is free.
func TestBanShared(t *testing.T) {
	w := newTestGuard(t, 10, allLimits)
	even, odd := netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")
	var work sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		work.Go(func() {
			for {
				for _, b := range w.Bans() {
					if b.Network != even && b.Network != odd {
						t.Errorf("%v", b)
					}
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for i := range 2000 {
		n := []netip.Prefix{even, odd}[i%2]
		w.LiftBans(func(Ban) bool { return true })
		w.addBan(n.String(), time.Hour)
	}
	close(stop)
	work.Wait()
	w.addBan(even.String(), time.Hour)
	w.bans.entries[0].version.Add(1) // killed while it was written
	fd, err := unix.Dup(int(w.File().Fd()))
	if err != nil {
		t.Fatal(err)
	}
	other, err := Attach(os.NewFile(uintptr(fd), "guard"), 10)
	if err != nil {
		t.Fatal(err)
	}
	other.now = w.Memory.now
	t.Cleanup(other.Detach)
	if got := other.Bans(); len(got) != 1 || got[0].Network != even {
		t.Errorf("%v", got)
	}
	w.addBan(odd.String(), time.Hour)
	if got := other.Bans(); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

// What a process that was taken over writes into an entry is a ban that can be listed and
// lifted, or none.
func TestHostileBan(t *testing.T) {
	now := uint64(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	m := &banList{bans: &bans{}, mapping: &mapping{now: func() time.Time { return time.Unix(int64(now), 0) }}}
	words := []uint64{
		0, 1, 24, 200, now - 60, now, now + 60, now + 2*maxBanSeconds, 0xffff_c000_0201, lastTime, lastTime + 1, 1<<63 - 1, 1 << 63, 1<<63 + 24, 1<<64 - 1,
	}
	listed := 0
	for range 2000 {
		e := &m.bans.entries[0]
		for _, word := range []*atomic.Uint64{&m.bans.used, &e.address[0], &e.address[1], &e.bits, &e.is4, &e.since, &e.until, &e.uid} {
			word.Store(words[rand.IntN(len(words))])
		}
		all := m.Bans()
		listed += len(all)
		if _, err := json.Marshal(all); err != nil {
			t.Fatal(err)
		}
		if len(all) > 0 && (!all[0].Network.IsValid() || all[0].Until.Sub(all[0].Since) > MaxBanTime) {
			t.Fatalf("%+v", all)
		}
		if n := len(m.LiftBans(func(Ban) bool { return true })); n != len(all) || len(m.Bans()) != 0 {
			t.Fatalf("%d of %d bans lifted", n, len(all))
		}
	}
	if listed == 0 {
		t.Error("no ban is valid")
	}
}

func TestStanding(t *testing.T) {
	l := allLimits
	l.Exempt = []netip.Prefix{netip.MustParsePrefix("203.0.113.1/32")}
	w := newTestGuard(t, 100, l)
	address := netip.MustParseAddr("192.0.2.1")
	if s := w.OfAddress(address); s != (Standing{}) {
		t.Errorf("%+v", s)
	}
	w.fail("192.0.2.1", "ann", 5)
	w.spray("192.0.2.1", 11)
	user := w.OfUser("ANN")
	if user.Failures != 5 || user.Delay != 10*time.Second || user.Delay != w.delay("198.51.100.1", "ann") {
		t.Errorf("%+v", user)
	}
	s := w.OfAddress(address)
	if s.Failures != 12 || s.Delay != 10*time.Second || s.Known || s.Refused || s.Connections != 0 {
		t.Errorf("%+v", s)
	}
	w.advance(user.Until.Sub(w.now))
	if got := w.OfUser("ann"); got.Delay > firstDelay {
		t.Errorf("%+v", got)
	}
	w.advance(2 * time.Second)
	if got := w.OfUser("ann"); got.Delay != 0 || got.Failures != 3 {
		t.Errorf("%+v", got)
	}
	w.addBan("192.0.2.0/24", time.Hour)
	w.succeed("192.0.2.1", "bob")
	if s := w.OfAddress(address); !s.Refused || !s.Known || s.Ban == nil || s.Ban.UID != 7 {
		t.Errorf("%+v", s)
	}
	if s := w.OfAddress(netip.MustParseAddr("203.0.113.1")); !s.Exempt || s.Failures != 0 || s.Ban != nil {
		t.Errorf("%+v", s)
	}
}

// The standing of an address has the connections and the refusal that Accept would have.
func TestStandingRefused(t *testing.T) {
	w := newTestGuard(t, 100, allLimits)
	address := netip.MustParseAddr("2001:db8::1")
	w.spray("2001:db8::2", 16)
	c := w.resume("2001:db8::3")
	defer c.Close()
	s := w.OfAddress(address)
	if refused := w.refused("2001:db8::1"); !s.Refused || refused != "guess-delay-max" || s.Connections != 1 || s.Delay != time.Minute {
		t.Errorf("%+v, refused for %q", s, refused)
	}
}
