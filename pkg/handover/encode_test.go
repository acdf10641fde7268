package handover

import (
	"errors"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// filled returns a session in which no field has its zero value.
func filled(t *testing.T) *sentSession {
	t.Helper()
	s := &sentSession{Mailbox: []byte{}, Files: -1}
	s.State = pop3.State{
		ID: "id", Remote: "192.0.2.1", Peer: netip.MustParseAddrPort("192.0.2.1:4"), Local: netip.MustParseAddrPort("[fe80::1%eth0]:110"),
		Near: true, Hops: 1 << 40, Offloaded: "TLS", Forwarded: "x", Start: time.Unix(1, 2).UTC(), Expires: time.Unix(3, 0).UTC(),
		Language: "ja", Login: "caf\xe9\x00", Errors: -3, Input: []byte("STAT\r\n"),
	}
	s.State.Authorization = pop3.Authorization{
		Greeted: true, Challenge: "<1@x>", User: "ann", LoginBy: time.Unix(5, 0).UTC(), Trusted: true, Direct: &pop3.Ends{Near: true, Hops: 2},
	}
	s.State.Transaction = pop3.Transaction{
		Account: &pop3.Account{
			Name: "ann", Maildrop: "/m/\xff", UID: 1, GID: -1, Groups: []int{}, PopServer: "x", Unproven: true, NoPOP3: true, TLSOnly: true,
			Networks:    []netip.Prefix{netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("192.0.2.0/24")},
			MaxSessions: 3, LoginDelay: -time.Second, Expire: "NEVER",
		},
		LoginAt: time.Unix(7, 0).UTC(), Before: pop3.Drop{Messages: 2, Octets: 1 << 50}, Left: pop3.Drop{Messages: 1, Octets: 5},
	}
	s.State.Transaction.Marks.Delete(70)
	s.State.Transaction.Unread.See(1)
	return s
}

// TestEncode checks that a session is decoded as it was, with all octets of its texts, and
// that the zero value is.
func TestEncode(t *testing.T) {
	for _, s := range []*sentSession{filled(t), {}} {
		data, err := encode(s)
		if err != nil {
			t.Fatal(err)
		}
		var got sentSession
		if err := decode(data, &got); err != nil || !reflect.DeepEqual(&got, s) {
			t.Errorf("%v\n%+v, want\n%+v", err, got, s)
		}
	}
}

// TestDecodeDamaged checks that a state which was cut off anywhere, or is longer, is an error.
func TestDecodeDamaged(t *testing.T) {
	data, err := encode(filled(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		if decode(data[:i], new(sentSession)) == nil {
			t.Errorf("the first %d of %d octets are accepted", i, len(data))
		}
	}
	if err := decode(append(data, 0), new(sentSession)); !errors.Is(err, errState) {
		t.Errorf("one octet more: %v", err)
	}
}

// TestEncodeUnsupported checks that a field of a type that is not sent is an error, and is
// not left out.
func TestEncodeUnsupported(t *testing.T) {
	for _, v := range []any{&struct{ F float64 }{}, &struct{ M map[string]int }{}, &struct{ A []any }{A: []any{1}}} {
		if _, err := encode(v); !errors.Is(err, errUnsupported) {
			t.Errorf("%T: %v", v, err)
		}
		if err := decode([]byte{1, 1, 1}, v); !errors.Is(err, errUnsupported) {
			t.Errorf("%T: decode: %v", v, err)
		}
	}
}

// FuzzDecode checks that any data is an error or a session, which can be encoded again.
func FuzzDecode(f *testing.F) {
	data, err := encode(&sentSession{Files: 3})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		var s sentSession
		if decode(data, &s) != nil {
			return
		}
		again, err := encode(&s)
		if err != nil {
			t.Fatal(err)
		}
		if err := decode(again, new(sentSession)); err != nil {
			t.Error(err)
		}
	})
}
