package board

import (
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// example is a session with a value in each field.
func example() pop3.SessionInfo {
	return pop3.SessionInfo{
		ID: "abc", Remote: "192.0.2.1", Peer: netip.MustParseAddrPort("192.0.2.1:5"), Local: netip.MustParseAddrPort("[2001:db8::1]:110"),
		TLS: "TLSv1.3 X", User: "ann", Method: "APOP", Maildrop: "/m", Server: "s:110", Phase: "transaction",
		Start: time.Unix(1, 2), LoginAt: time.Unix(3, 4), Command: "RETR", CommandAt: time.Unix(5, 6), Working: true,
		Received: 7, Sent: 8, Messages: pop3.Drop{Messages: 9, Octets: 10}, Retrieved: 11, MessageOctets: 12, Marked: pop3.Drop{Messages: 13, Octets: 14},
	}
}

// pair returns the two sides of a board.
func pair(t *testing.T) (parent, child *Board) {
	t.Helper()
	parent, file, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if child, err = Attach(file); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { parent.Close(); child.Close() })
	return parent, child
}

// Each field of a session arrives, and a new field must be added to the encoding.
func TestBoard(t *testing.T) {
	parent, child := pair(t)
	if _, ok := parent.Read(); ok {
		t.Error("a session before the first")
	}
	want := example()
	for i := range reflect.TypeFor[pop3.SessionInfo]().NumField() {
		if reflect.ValueOf(want).Field(i).IsZero() {
			t.Errorf("%s has no example", reflect.TypeFor[pop3.SessionInfo]().Field(i).Name)
		}
	}
	child.Show(&want)
	child.Sent(100)
	want.Sent += 100
	if got, ok := parent.Read(); !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %+v\nwant %+v", ok, got, want)
	}
	if all, present := parent.Logins(); all != 0 || present {
		t.Error("a login before the first", all, present)
	}
	child.LogIn()
	if all, present := parent.Logins(); all != 1 || !present {
		t.Error("after a login:", all, present)
	}
	parent.Kick("abc")
	if !child.Kicked("abc") || child.Kicked("abd") {
		t.Error("another session is kicked")
	}
	if parent.TakeOver("abd"); !child.IsWanted("abd") || child.IsWanted("abc") || !child.Kicked("abc") || child.Kicked("abd") {
		t.Error("the marks are not independent")
	}
	child.Hide()
	if got, ok := parent.Read(); ok {
		t.Errorf("%+v", got)
	}
}

// Long paths stay different, and the session is found by its whole path.
func TestBoardLongPaths(t *testing.T) {
	parent, child := pair(t)
	for _, length := range []int{254, 255, 256, 1000, 4095} {
		path := "/" + strings.Repeat("x", length-1)
		info := example()
		info.Maildrop = path
		child.Show(&info)
		got, ok := parent.Read()
		if !ok || !got.Has(path) || got.Has(path+"y") || got.Has(path[:length-1]+"y") || len(got.Maildrop) > maxText {
			t.Errorf("%d octets: %v, %+v", length, ok, got)
		}
		parent.ShowHolder(&got)
		if holder, _ := child.Holder(); !holder.Has(path) {
			t.Errorf("%d octets: holder %+v", length, holder)
		}
	}
}

// Texts of clients fit, however long they are.
func TestBoardLongTexts(t *testing.T) {
	parent, child := pair(t)
	info := example()
	for _, s := range texts(&info) {
		*s = strings.Repeat("x", 10_000)
	}
	child.Show(&info)
	got, ok := parent.Read()
	if !ok || len(got.User) != maxText || got.Marked != info.Marked {
		t.Errorf("%v: %+v", ok, got)
	}
}

// A reader gets one session or the other, never parts of both.
func TestBoardTorn(t *testing.T) {
	parent, child := pair(t)
	var writer sync.WaitGroup
	stop := make(chan struct{})
	writer.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			info := example()
			info.User, info.Maildrop = strings.Repeat(string(rune('a'+i%26)), 1+i%200), strings.Repeat(string(rune('a'+i%26)), 1+i%200)
			child.Show(&info)
		}
	})
	for range 20_000 {
		if got, ok := parent.Read(); ok && got.User != got.Maildrop {
			t.Fatalf("%+v", got)
		}
	}
	close(stop)
	writer.Wait()
}

// A child that was taken over may write anything.
func FuzzDecode(f *testing.F) {
	info := example()
	f.Add(encode(nil, &info))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, in []byte) {
		if info, ok := decode(in); ok && len(info.User) > maxText {
			t.Errorf("%+v", info)
		}
	})
}
