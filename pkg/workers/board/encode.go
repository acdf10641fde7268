package board

import (
	"encoding/binary"
	"net/netip"
	"time"

	"tpops/pkg/pop3"
)

// maxText bounds a text, in octets.
const maxText = pop3.MaxShown

// numbers returns the fields of info that are numbers.
func numbers(info *pop3.SessionInfo) []*int64 {
	return []*int64{&info.Received, &info.Sent, &info.Messages.Octets, &info.MessageOctets, &info.Marked.Octets}
}

func counts(info *pop3.SessionInfo) []*int {
	return []*int{&info.Messages.Messages, &info.Retrieved, &info.Marked.Messages}
}

func times(info *pop3.SessionInfo) []*time.Time {
	return []*time.Time{&info.Start, &info.LoginAt, &info.CommandAt}
}

func texts(info *pop3.SessionInfo) []*string {
	return []*string{&info.ID, &info.Remote, &info.TLS, &info.User, &info.Method, &info.Maildrop, &info.Server,
		(*string)(&info.Phase), &info.Command}
}

func addresses(info *pop3.SessionInfo) []*netip.AddrPort {
	return []*netip.AddrPort{&info.Peer, &info.Local}
}

// encode appends info to b.
func encode(b []byte, info *pop3.SessionInfo) []byte {
	for _, n := range numbers(info) {
		b = binary.NativeEndian.AppendUint64(b, uint64(*n))
	}
	for _, n := range counts(info) {
		b = binary.NativeEndian.AppendUint64(b, uint64(*n))
	}
	for _, t := range times(info) {
		nano := int64(0)
		if !t.IsZero() {
			nano = t.UnixNano()
		}
		b = binary.NativeEndian.AppendUint64(b, uint64(nano))
	}
	shown := *info
	shown.Maildrop = pop3.ShownPath(info.Maildrop)
	for _, s := range texts(&shown) {
		b = appendText(b, *s)
	}
	for _, a := range addresses(info) {
		b = appendAddress(b, *a)
	}
	if info.Working {
		return append(b, 1)
	}
	return append(b, 0)
}

// appendText appends a text, which is cut.
func appendText(b []byte, s string) []byte {
	cut := s[:min(len(s), maxText)]
	return append(append(b, byte(len(cut))), cut...)
}

func appendAddress(b []byte, a netip.AddrPort) []byte {
	at := len(b)
	b = append(b, 0)
	b, _ = a.AppendBinary(b) // It never fails.
	b[at] = byte(len(b) - at - 1)
	return b
}

// decoder reads what encode has appended, or anything else.
type decoder struct {
	in   []byte
	fail bool
}

// decode returns what encode has encoded, false for anything else.
func decode(in []byte) (info pop3.SessionInfo, ok bool) {
	d := decoder{in: in}
	for _, n := range numbers(&info) {
		*n = d.number()
	}
	for _, n := range counts(&info) {
		*n = int(d.number())
	}
	for _, t := range times(&info) {
		if nano := d.number(); nano != 0 {
			*t = time.Unix(0, nano)
		}
	}
	for _, s := range texts(&info) {
		*s = string(d.text())
	}
	for _, a := range addresses(&info) {
		d.fail = a.UnmarshalBinary(d.text()) != nil || d.fail
	}
	working := d.take(1)
	if d.fail || len(d.in) != 0 {
		return pop3.SessionInfo{}, false
	}
	info.Working = working[0] == 1
	return info, true
}

// take returns the next n octets.
func (d *decoder) take(n int) []byte {
	if d.fail || len(d.in) < n {
		d.fail = true
		return make([]byte, n)
	}
	taken := d.in[:n]
	d.in = d.in[n:]
	return taken
}

func (d *decoder) number() int64 { return int64(binary.NativeEndian.Uint64(d.take(8))) }

func (d *decoder) text() []byte { return d.take(int(d.take(1)[0])) }
