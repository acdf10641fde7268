package operator

import (
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// manySessions yields n sessions, and counts how often they are looked at.
func manySessions(n int, looks *atomic.Int64, start time.Time) func() iter.Seq[pop3.SessionInfo] {
	return func() iter.Seq[pop3.SessionInfo] {
		return func(yield func(pop3.SessionInfo) bool) {
			look := looks.Add(1)
			for i := range n {
				s := pop3.SessionInfo{
					ID: fmt.Sprintf("s%05d", i), User: fmt.Sprintf("User%d", i), Start: start.Add(time.Duration(i) * time.Millisecond),
					Peer: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 1000),
					Sent: look * int64(i) * 100, Retrieved: n - i, Phase: "transaction", LoginAt: start,
				}
				if !yield(s) {
					return
				}
			}
		}
	}
}

// Two looks at the sessions are a second apart, however many clients ask. The rate is
// that since the look before. Nothing is kept when no client asks any more.
func TestSampler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int64
		sampler := &sampler{sessions: manySessions(10_000, &looks, time.Now().Add(-time.Hour))}
		for range 100 {
			if all := sampler.sample(); len(all) != 10_000 || int(all[36].rate) != 1 {
				t.Fatalf("%d sessions, rate %v", len(all), all[36].rate)
			}
		}
		time.Sleep(2 * time.Second)
		if all := sampler.sample(); looks.Load() != 2 || all[36].rate != 1800 {
			t.Errorf("%d looks, rate %v", looks.Load(), all[36].rate)
		}
		time.Sleep(sampleLife - time.Second) // The end of the first sample must not end the second.
		synctest.Wait()
		kept := func() bool {
			sampler.mu.Lock()
			defer sampler.mu.Unlock()
			return sampler.last != nil || sampler.octets != nil
		}
		if !kept() {
			t.Error("the sample was forgotten too early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if kept() {
			t.Error("the sample is kept")
		}
	})
}

// An answer has as many rows as the question allows, in its order.
func TestTop(t *testing.T) {
	var looks atomic.Int64
	c := client(t, Environment{Sessions: manySessions(10_000, &looks, time.Now().Add(-time.Hour)), Log: slog.New(slog.DiscardHandler)})
	for _, test := range []struct {
		question TopQuestion
		first    string
		rows     int
		matched  int
	}{
		{TopQuestion{Limit: 20}, "s09999", 20, 10_000},
		{TopQuestion{Sort: "rate", Reverse: true, Limit: 1}, "s00000", 1, 10_000},
		{TopQuestion{Sort: "octets", Limit: 1000}, "s09999", 1000, 10_000},
		{TopQuestion{Sort: "messages", Limit: 5}, "s00000", 5, 10_000},
		{TopQuestion{Sort: "since", Limit: 5}, "s00000", 5, 10_000},
		{TopQuestion{Sort: "state", Reverse: true, Limit: 5}, "s09999", 5, 10_000},
		{TopQuestion{Sort: "user", Text: "uSER99", Limit: 5}, "s00099", 5, 111},
		{TopQuestion{Sort: "address", Text: "10.0.39.1", Limit: 100}, "s09985", 7, 7},
		{TopQuestion{Sort: "address", Filter: Filter{Address: "10.0.39.0/24"}, Limit: 3}, "s09984", 3, 16},
		{TopQuestion{Text: "none", Limit: 3}, "", 0, 0},
	} {
		var rows []TopSession
		last, err := c.Do("top", test.question, func(row json.RawMessage) error {
			rows = append(rows, TopSession{})
			return json.Unmarshal(row, &rows[len(rows)-1])
		})
		var end TopEnd
		if err == nil {
			err = json.Unmarshal(last, &end)
		}
		if err != nil || len(rows) != test.rows || end != (TopEnd{10_000, test.matched}) || len(rows) > 0 && rows[0].ID != test.first {
			t.Errorf("%+v: %v, %d rows, %+v, %+v", test.question, err, len(rows), end, rows[:min(1, len(rows))])
		}
	}
	for _, wrong := range []string{`{"sort":"name"}`, `{"limit":0}`, `{"limit":1001}`, `{"limit":-1}`, `{"address":"x"}`, `{"sort":"user","x":1}`} {
		if _, err := c.Do("top", json.RawMessage(wrong), nil); err == nil {
			t.Errorf("%s: accepted", wrong)
		}
	}
}

// Every name of TopOrders is an order.
func TestTopOrders(t *testing.T) {
	if i := slices.IndexFunc(TopOrders(), func(name string) bool { return order(name) == nil }); i >= 0 {
		t.Error(TopOrders()[i])
	}
	if order(strings.ToUpper("rate")) != nil {
		t.Error("accepted")
	}
}
