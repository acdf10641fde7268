package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/proxy"
)

// messages makes messages of words such as uidl=octets; the octets are 100 if missing.
func messages(words string) []pop3.Message {
	var all []pop3.Message
	for word := range strings.FieldsSeq(words) {
		uidl, octets, found := strings.Cut(word, "=")
		m := pop3.Message{UIDL: uidl, Octets: 100}
		if found {
			_, _ = fmt.Sscan(octets, &m.Octets)
		}
		all = append(all, m)
	}
	return all
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name, was, now string
		want           Report
		differences    []string
	}{
		{"none", "", "", Report{}, nil},
		{"equal", "a b c", "a b c", Report{}, nil},
		{"new only", "a c", "a b c", Report{Again: 1}, []string{"message 2 of the new server is not on the old one: UIDL b"}},
		{"old only", "a b c", "a c", Report{Missing: 1}, []string{"message 2 of the old server is not on the new one: UIDL b"}},
		{"all others", "a b", "x y", Report{Again: 2, Missing: 2}, []string{
			"message 1 of the new server is not on the old one: UIDL x", "message 2 of the new server is not on the old one: UIDL y",
			"message 1 of the old server is not on the new one: UIDL a",
		}},
		{"one moved", "a b c d", "b c d a", Report{Moved: 1}, []string{"the order differs from UIDL b on: the old server has UIDL a there"}},
		{"moved beside others", "a b c x", "y c a b", Report{Moved: 1, Again: 1, Missing: 1}, nil},
		{"UIDL twice on both", "a a b", "a a b", Report{}, nil},
		{"UIDL twice on one", "a a b", "a b", Report{Missing: 1}, nil},
		{"size", "a=100 b=2000", "a=100 b=500", Report{Sizes: 1}, []string{"size of UIDL b: 2000 octets on the old server, 500 on the new one"}},
		{"other size", "a=100", "a=1000", Report{Sizes: 1}, nil},
		{"size of the file", "a=95", "a=100", Report{Inexact: 1}, []string{"inexact size of UIDL a: 95 octets on the old server, 100 on the new one"}},
		{"size of the file on the new server", "a=100", "a=60", Report{Inexact: 1}, nil},
		{"no line end", "a=1", "a=3", Report{Inexact: 1}, nil},
	} {
		r := &Report{}
		r.compare(messages(c.was), messages(c.now), 3)
		if c.differences != nil && !slices.Equal(r.Differences, c.differences) {
			t.Errorf("%s: %q", c.name, r.Differences)
		}
		equal := c.want.Again+c.want.Missing+c.want.Moved+c.want.Sizes == 0
		if (r.Status == StatusEqual) != equal || r.Again != c.want.Again || r.Missing != c.want.Missing || r.Moved != c.want.Moved ||
			r.Sizes != c.want.Sizes || r.Inexact != c.want.Inexact {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

// fake is a server whose mailbox has other messages at each login.
type fake struct {
	lists [][]pop3.Message
	fails error
	wait  time.Duration // before the login succeeds
	quits int
}

func (f *fake) open(ctx context.Context, _ *pop3.Account, _ *pop3.Client) (pop3.Mailbox, error) {
	select {
	case <-time.After(f.wait):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if f.fails != nil {
		return nil, f.fails
	}
	list := f.lists[0]
	if len(f.lists) > 1 {
		f.lists = f.lists[1:]
	}
	return &fakeMailbox{server: f, listing: pop3.NewListing(list)}, nil
}

// fakeMailbox is a mailbox of which only the listing may be used, and QUIT.
type fakeMailbox struct {
	pop3.Mailbox
	server  *fake
	listing *pop3.Listing
}

func (m *fakeMailbox) Listing() *pop3.Listing { return m.listing }
func (m *fakeMailbox) Close() error           { return nil }

func (m *fakeMailbox) Update(_ context.Context, marks *pop3.Marks) error {
	for range marks.Deleted() {
		return errors.New("something is deleted")
	}
	m.server.quits++
	return nil
}

func check(t *testing.T, was, now *fake) *Report {
	t.Helper()
	c := &Checker{Old: was.open, New: now.open, Timeout: time.Minute, Lines: 3}
	return c.User(t.Context(), Account{"ann", "secret"})
}

// Mail that comes between the two logins is no difference. Each session ends with QUIT.
func TestMailBetween(t *testing.T) {
	was := &fake{lists: [][]pop3.Message{messages("a"), messages("a b")}}
	now := &fake{lists: [][]pop3.Message{messages("a b")}}
	if r := check(t, was, now); r.Status != StatusEqual || r.Messages != 2 || was.quits != 2 || now.quits != 2 {
		t.Errorf("%+v, %d and %d QUITs", r, was.quits, now.quits)
	}
}

func TestFailures(t *testing.T) {
	good := &fake{lists: [][]pop3.Message{messages("a")}}
	for _, c := range []struct {
		err    error
		status string
	}{
		{pop3.ErrAuth, StatusRefused},
		{&pop3.Error{Code: pop3.CodeSysPerm, Text: "x"}, StatusRefused},
		{fmt.Errorf("proxy: %w", pop3.ErrLocked), StatusBusy},
		{&pop3.Error{Code: pop3.CodeSysTemp, Text: "x"}, StatusBusy},
		{fmt.Errorf("proxy: %w", proxy.ErrNonsense), StatusInvalid},
		{errors.New("connection refused"), StatusUnreachable},
	} {
		bad := &fake{fails: c.err}
		if r := check(t, bad, good); r.Status != c.status || !strings.HasPrefix(r.Error, "old server: ") {
			t.Errorf("%v: %+v", c.err, r)
		}
		if r := check(t, good, bad); r.Status != c.status || !strings.HasPrefix(r.Error, "new server: ") {
			t.Errorf("%v: %+v", c.err, r)
		}
	}
	if r := check(t, good, &fake{lists: [][]pop3.Message{{{Octets: 1}}}}); r.Status != StatusInvalid {
		t.Errorf("without UIDLs: %+v", r)
	}
}

// A server that takes too long does not hold the others up for ever.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &fake{wait: time.Hour}
		start := time.Now()
		if r := check(t, slow, slow); r.Status != StatusUnreachable || time.Since(start) != time.Minute {
			t.Errorf("%+v after %v", r, time.Since(start))
		}
	})
}

// If the second comparison fails, the first one stands.
func TestSecondFails(t *testing.T) {
	was := &fake{lists: [][]pop3.Message{messages("a")}}
	logins := 0
	open := func(ctx context.Context, a *pop3.Account, c *pop3.Client) (pop3.Mailbox, error) {
		if logins++; logins > 1 {
			return nil, pop3.ErrLocked
		}
		return was.open(ctx, a, c)
	}
	now := &fake{lists: [][]pop3.Message{messages("b")}}
	c := &Checker{Old: open, New: now.open, Timeout: time.Minute, Lines: 3}
	if r := c.User(t.Context(), Account{"ann", ""}); r.Status != StatusDifferent || r.Again != 1 || r.Missing != 1 {
		t.Errorf("%+v", r)
	}
}

// A signal is no failure of a server: users at work then have no report, others keep theirs.
func TestBrokenOff(t *testing.T) {
	for _, server := range []string{"old", "new"} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		good := &fake{lists: [][]pop3.Message{messages("a")}}
		broken := func(ctx context.Context, a *pop3.Account, client *pop3.Client) (pop3.Mailbox, error) {
			if a.Name == "bob" {
				cancel()
				return nil, context.Cause(ctx)
			}
			return good.open(ctx, a, client)
		}
		c := &Checker{Old: broken, New: good.open, Timeout: time.Minute}
		if server == "new" {
			c.Old, c.New = good.open, broken
		}
		var got []string
		c.Run(ctx, []Account{{Login: "ann"}, {Login: "bob"}, {Login: "eve"}}, 1, func(r *Report) { got = append(got, r.Login+" "+r.Status) })
		if !slices.Equal(got, []string{"ann " + StatusEqual}) {
			t.Errorf("%s server: %q", server, got)
		}
	}
}

// If a signal breaks the second comparison off, the difference may only be new mail: the user
// has no report.
func TestSecondBrokenOff(t *testing.T) {
	for _, last := range []int{3, 4} { // the second login to the old server, and that to the new one
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		logins := 0
		until := func(f *fake) pop3.Opener {
			return func(ctx context.Context, a *pop3.Account, client *pop3.Client) (pop3.Mailbox, error) {
				if logins++; logins == last {
					cancel()
					return nil, context.Cause(ctx)
				}
				return f.open(ctx, a, client)
			}
		}
		was, now := &fake{lists: [][]pop3.Message{messages("a")}}, &fake{lists: [][]pop3.Message{messages("a b")}}
		c := &Checker{Old: until(was), New: until(now), Timeout: time.Minute}
		c.Run(ctx, []Account{{Login: "ann"}}, 1, func(r *Report) { t.Errorf("login %d: %+v", last, r) })
		if logins != last {
			t.Errorf("%d logins instead of %d", logins, last)
		}
	}
}

// Whatever two lists are, they are equal if and only if the report says so.
func FuzzCompare(f *testing.F) {
	f.Add("a b c", "c b a")
	f.Add("a a", "a")
	f.Fuzz(func(t *testing.T, first, second string) {
		was, now := messages(first), messages(second)
		r := &Report{}
		r.compare(was, now, 5)
		same := slices.EqualFunc(was, now, func(a, b pop3.Message) bool { return a.UIDL == b.UIDL })
		if listed := r.Again+r.Missing+r.Moved == 0; listed != same || len(r.Differences) > 5 {
			t.Errorf("%+v", r)
		}
		if len(was)-r.Missing != len(now)-r.Again {
			t.Errorf("%+v", r)
		}
	})
}
