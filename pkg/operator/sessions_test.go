package operator

import (
	"bytes"
	"encoding/json"
	"iter"
	"log/slog"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tpops/pkg/control"
	"tpops/pkg/pop3"
)

// beforeAndAfter are a session whose user has typed the password in the wrong place, and one
// that has logged in.
func beforeAndAfter() []pop3.SessionInfo {
	return []pop3.SessionInfo{
		{ID: "a", User: "Secret1", Peer: netip.MustParseAddrPort("192.0.2.1:4000"), Phase: "authorization", Start: time.Unix(1, 0)},
		{ID: "b", User: "ann", Peer: netip.MustParseAddrPort("192.0.2.1:4001"), Phase: "transaction", Start: time.Unix(1, 0), LoginAt: time.Unix(2, 0)},
	}
}

// A name is shown after the login, or if the operator has given it. No question finds out
// a part of another.
func TestNameBeforeLogin(t *testing.T) {
	var log bytes.Buffer
	c := client(t, Environment{
		Sessions: func() iter.Seq[pop3.SessionInfo] { return slices.Values(beforeAndAfter()) },
		Kick: func(selects func(*pop3.SessionInfo) bool) []pop3.SessionInfo {
			return slices.DeleteFunc(beforeAndAfter(), func(s pop3.SessionInfo) bool { return !selects(&s) })
		},
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	for _, test := range []struct {
		command   string
		arguments any
		want      []string // session and name
	}{
		{"sessions", Filter{}, []string{"a ", "b ann"}},
		{"sessions", Filter{User: "secret1"}, []string{"a secret1"}},
		{"top", TopQuestion{Sort: "user", Limit: 9}, []string{"a ", "b ann"}},
		{"top", TopQuestion{Text: "secre", Limit: 9}, nil},
		{"top", TopQuestion{Text: "an", Limit: 9}, []string{"b ann"}},
		{"kick", Filter{Address: "192.0.2.1"}, []string{"a ", "b ann"}},
		{"kick", Filter{Session: "a"}, []string{"a "}},
	} {
		if got := names(t, c, test.command, test.arguments); !slices.Equal(got, test.want) {
			t.Errorf("%s %+v: %q", test.command, test.arguments, got)
		}
	}
	if text := log.String(); strings.Contains(strings.ToLower(text), "secret") || strings.Count(text, "user=ann") != 1 {
		t.Error(text)
	}
}

// names returns the session and the name of each row.
func names(t *testing.T, c *control.Client, command string, arguments any) (all []string) {
	t.Helper()
	_, err := c.Do(command, arguments, func(row json.RawMessage) error {
		var s Session
		err := json.Unmarshal(row, &s)
		all = append(all, s.ID+" "+s.User)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return all
}

// A child process that was taken over may show any session: the others are still listed.
func TestHostileSession(t *testing.T) {
	hostile := pop3.SessionInfo{
		ID: "a\xff\n", Remote: "\x1b[2J", User: strings.Repeat("\xff", 300), Phase: "\x00", Start: time.Unix(0, math.MinInt64),
		LoginAt: time.Unix(0, math.MaxInt64), Peer: netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone("\xff\x1b"), 1),
		Sent: math.MaxInt64, Received: math.MinInt64, Retrieved: math.MinInt, Messages: pop3.Drop{Messages: -1, Octets: -1},
	}
	other := beforeAndAfter()[1]
	c := client(t, Environment{
		Sessions: func() iter.Seq[pop3.SessionInfo] { return slices.Values([]pop3.SessionInfo{hostile, other}) },
		Log:      slog.New(slog.DiscardHandler),
	})
	for command, arguments := range map[string]any{"sessions": Filter{}, "top": TopQuestion{Sort: "rate", Reverse: true, Limit: 9}} {
		if got := names(t, c, command, arguments); len(got) != 2 || !slices.Contains(got, "b ann") {
			t.Errorf("%s: %q", command, got)
		}
	}
}

// A client whose address has a zone, or is IPv4 in IPv6 form, is found by its network. A
// filter with a zone selects no host of another interface.
func TestFilterOfAddress(t *testing.T) {
	for _, test := range []struct {
		filter, peer string
		want         bool
	}{
		{"fe80::1", "[fe80::1%eth0]:4000", true}, {"fe80::/10", "[fe80::1%eth0]:4000", true}, {"fe80::1%eth0", "[fe80::1%eth0]:4000", true},
		{"fe80::1%eth1", "[fe80::1%eth0]:4000", false}, {"fe80::1%eth0", "[fe80::1]:4000", false}, {"fe80::1%eth0", "[fe80::2%eth0]:4000", false},
		{"192.0.2.1", "[::ffff:192.0.2.1]:4000", true}, {"::ffff:192.0.2.0/120", "192.0.2.1:4000", true},
		{"192.0.2.0/24", "[2001:db8::1]:4000", false}, {"fe80::/10", "[2001:db8::1]:4000", false},
	} {
		peer := netip.MustParseAddrPort(test.peer)
		selects, err := (&Filter{Address: test.filter}).compile()
		if err != nil || selects(&pop3.SessionInfo{Peer: peer}) != test.want || selects(&pop3.SessionInfo{}) {
			t.Errorf("sessions: %s, %s: not %t, or without an address, %v", test.filter, test.peer, test.want, err)
		}
		traced, err := (&TraceArguments{Address: test.filter, Seconds: 1}).filter()
		if err != nil || traced.Client(peer.Addr()) != test.want || traced.Client(netip.Addr{}) {
			t.Errorf("trace: %s, %s: not %t, or without an address, %v", test.filter, test.peer, test.want, err)
		}
	}
}
