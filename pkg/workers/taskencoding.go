package workers

import (
	"encoding/binary"
	"net/netip"

	"tpops/pkg/pop3"
)

// octets returns the fields of t that are texts. An empty one is nil after decode.
func (t *task) octets() []*[]byte {
	return []*[]byte{&t.Salts, &t.Certificates, &t.Question, &t.Config}
}

// encode returns the task for decode: its fields, each with its length. A child reads it at
// its start, for which JSON would take too long.
func (t *task) encode() []byte {
	b := appendOctets(nil, []byte(t.Role))
	var flags, addresses []byte
	for _, p := range t.Ports {
		flags = appendFlag(flags, p.TLS)
	}
	for _, a := range t.Listening {
		octets, _ := a.MarshalBinary() // It never fails.
		addresses = appendOctets(addresses, octets)
	}
	b = appendOctets(appendOctets(b, flags), addresses)
	for _, has := range t.passed() {
		b = appendFlag(b, *has)
	}
	for _, text := range t.octets() {
		b = appendOctets(b, *text)
	}
	return b
}

func appendFlag(b []byte, set bool) []byte {
	if set {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendOctets(b, octets []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(octets))), octets...)
}

// taskReader reads what encode has appended. After anything else failed is set.
type taskReader struct {
	rest   []byte
	failed bool
}

// decode reads a task, which refers to data. It returns false if encode has not made it.
func (t *task) decode(data []byte) bool {
	r := taskReader{rest: data}
	t.Role = role(r.octets())
	for flags := (taskReader{rest: r.octets()}); len(flags.rest) > 0; {
		t.Ports = append(t.Ports, pop3.Port{TLS: flags.flag()})
	}
	for addresses := (taskReader{rest: r.octets()}); len(addresses.rest) > 0; {
		var a netip.AddrPort
		r.failed = a.UnmarshalBinary(addresses.octets()) != nil || r.failed
		t.Listening = append(t.Listening, a)
	}
	for _, has := range t.passed() {
		*has = r.flag()
	}
	for _, text := range t.octets() {
		if octets := r.octets(); len(octets) > 0 {
			*text = octets
		}
	}
	return !r.failed && len(r.rest) == 0
}

// octets returns the next text.
func (r *taskReader) octets() []byte {
	length, size := binary.Uvarint(r.rest)
	if size <= 0 || length > uint64(len(r.rest)-size) {
		r.rest, r.failed = nil, true
		return nil
	}
	text := r.rest[size:][:length]
	r.rest = r.rest[size:][length:]
	return text
}

func (r *taskReader) flag() bool {
	if len(r.rest) == 0 {
		r.failed = true
		return false
	}
	set := r.rest[0] == 1
	r.rest = r.rest[1:]
	return set
}
