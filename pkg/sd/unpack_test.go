package sd

import (
	"errors"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/memfd"
)

// forged is a message as somebody else might send it.
type forged struct {
	data  []byte
	files []*os.File
}

// forge returns the receiving end of messages; end closes the sending one.
func forge(t testing.TB, typ int, end bool, messages ...forged) *os.File {
	t.Helper()
	sender, receiver := pair(t, typ)
	for _, m := range messages {
		var fds []int
		for _, f := range m.files {
			fds = append(fds, int(f.Fd()))
		}
		var rights []byte
		if len(fds) > 0 {
			rights = unix.UnixRights(fds...)
		}
		if err := unix.Sendmsg(int(sender.Fd()), m.data, rights, nil, unix.MSG_DONTWAIT); err != nil {
			t.Fatal(err)
		}
	}
	if end {
		sender.Close()
	}
	return receiver
}

func TestUnpackHostile(t *testing.T) {
	// The file whose other end tells when nothing of a parcel is open.
	in, out := pair(t, unix.SOCK_STREAM)
	in.Fd() // the same descriptor for all
	good := sealedFile(t, "state", memfd.Sealed)
	some := func(n int) []*os.File {
		var files []*os.File
		for range n {
			files = append(files, in)
		}
		return files
	}
	message := func(h header, files ...*os.File) forged { return forged{h.encode(), files} }
	first := func(files uint32) forged { return message(header{files: files, state: 5}, good) }
	part := func(index, files uint32, n int) forged {
		return message(header{index: index, files: files, state: 5}, some(n)...)
	}
	other := first(3)
	other.data = append([]byte{}, other.data...)
	other.data[len(parcelMagic)+3] = 2
	beginsWithFiles := message(header{files: 3, state: 5}, some(1)...)

	tests := []struct {
		name     string
		messages []forged
		want     string // empty: a good parcel
	}{
		{"good", []forged{first(3), part(1, 3, 3)}, ""},
		{"nothing", nil, "EOF"},
		{"no header", []forged{{[]byte("hello"), some(1)}}, "not a parcel"},
		{"half a header", []forged{{header{}.encode()[:20], some(1)}}, "not a parcel"},
		{"more than a header", []forged{{append(header{}.encode(), 0), some(1)}}, "too long"},
		{"a later version", []forged{other}, "format 2"},
		{"no descriptor", []forged{message(header{state: 5})}, "0 descriptors instead of 1"},
		{"more than the state", []forged{message(header{state: 5}, append([]*os.File{good}, some(252)...)...)},
			"253 descriptors instead of 1"},
		{"begins in the middle", []forged{part(1, 3, 3)}, errBegun.Error()},
		{"a message is missing", []forged{first(251), part(2, 251, 1)}, "another message, 2"},
		{"a message twice", []forged{first(251), part(1, 251, 250), part(1, 251, 250)}, "another message, 1"},
		{"too few in a message", []forged{first(3), part(1, 3, 2)}, "2 descriptors instead of 3"},
		{"too many in a message", []forged{first(3), part(1, 3, 4)}, "4 descriptors instead of 3"},
		{"of another parcel", []forged{first(3), part(1, 4, 4)}, "of another parcel"},
		{"ends early", []forged{first(251), part(1, 251, 250)}, "message 2 of 3: EOF"},
		{"does not end", []forged{first(3), part(1, 3, 3), part(1, 3, 3)}, "no end"},
		{"an empty message with descriptors", []forged{first(3), {nil, some(3)}}, "not a parcel"},
		{"numbers without end", []forged{message(header{files: 1<<32 - 1, state: 5}, good)}, "out of bounds"},
		{"state without end", []forged{message(header{state: 1<<64 - 1}, good)}, "out of bounds"},
		{"state of another size", []forged{message(header{state: 6}, good)}, "of 5 bytes, not 6"},
		{"state that is no file", []forged{beginsWithFiles}, "seals"},
		{"state not sealed", []forged{message(header{state: 5}, sealedFile(t, "state", 0))}, "not sealed"},
		{"state that may grow", []forged{message(header{state: 5}, sealedFile(t, "state", memfd.Sealed&^unix.F_SEAL_GROW))}, "not sealed"},
		{"state that may be unsealed", []forged{message(header{state: 5}, sealedFile(t, "state", memfd.Sealed&^unix.F_SEAL_SEAL))}, "not sealed"},
	}
	var receivers []*os.File
	for _, tt := range tests {
		receivers = append(receivers, forge(t, unix.SOCK_SEQPACKET, true, tt.messages...))
	}
	in.Close() // What is left of it is in flight.
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Unpack(receivers[i])
			wantError(t, err, tt.want)
			if p != nil {
				if err := p.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	if n, err := out.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("something is left open: %d, %v", n, err)
	}
}

// TestUnpackUnfinished holds that nobody can make Unpack wait.
func TestUnpackUnfinished(t *testing.T) {
	good := sealedFile(t, "state", memfd.Sealed)
	tests := []struct {
		name     string
		messages []forged
	}{
		{"nothing yet", nil},
		{"a part", []forged{{header{files: 3, state: 5}.encode(), []*os.File{good}}}},
		{"all, but not closed", []forged{{header{state: 5}.encode(), []*os.File{good}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			receiver := forge(t, unix.SOCK_SEQPACKET, false, tt.messages...)
			if p, err := Unpack(receiver); !errors.Is(err, unix.EAGAIN) {
				t.Errorf("%v, %v", p, err)
			}
		})
	}
}

func TestUnpackNoSocket(t *testing.T) {
	if _, err := Unpack(sealedFile(t, "state", memfd.Sealed)); !errors.Is(err, unix.ENOTSOCK) {
		t.Error(err)
	}
	stream := forge(t, unix.SOCK_STREAM, true, forged{[]byte("hello"), nil})
	_, err := Unpack(stream)
	wantError(t, err, "not a parcel")
}

// TestUnpackCredentials has a socket that adds what nobody asked for.
func TestUnpackCredentials(t *testing.T) {
	receiver, err := Pack(writing("state"), numbered(t, 250))
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.SetsockoptInt(int(receiver.Fd()), unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		t.Fatal(err)
	}
	p, err := Unpack(receiver)
	if err != nil {
		t.Fatal(err)
	}
	checkParcel(t, p, "state", 250)
	p.Close()
}

// FuzzUnpack plays a script: of each two octets the first changes the header
// that should come next, the second is the number of descriptors. Whatever
// comes, all is closed afterwards, and only what Pack would send is taken.
func FuzzUnpack(f *testing.F) {
	f.Add(uint16(3), []byte{0, 1, 0, 3})
	f.Add(uint16(251), []byte{0, 1, 0, 250, 0, 1})
	f.Add(uint16(251), []byte{0, 1, 0, 250})
	f.Add(uint16(251), []byte{0, 1, 20, 250, 0, 1})
	f.Add(uint16(0), []byte{0, 1, 0, 0})
	f.Add(uint16(3), []byte{12, 1})
	f.Fuzz(func(t *testing.T, files uint16, script []byte) {
		in, out := pair(t, unix.SOCK_STREAM)
		state := sealedFile(t, "state", memfd.Sealed)
		var messages []forged
		good := true
		want := header{files: uint32(files), state: 5}
		for ; len(script) >= 2 && len(messages) < 8; script = script[2:] {
			m := forged{data: want.encode()}
			m.data[int(script[0])%headerSize] ^= script[0]
			for range min(int(script[1]), maxDescriptors) {
				m.files = append(m.files, in)
			}
			if want.index == 0 && len(m.files) > 0 {
				m.files[0] = state
			}
			good = good && script[0] == 0 && want.index < want.messages() && len(m.files) == want.descriptors()
			messages = append(messages, m)
			want.index++
		}
		good = good && want.index == want.messages()
		receiver := forge(t, unix.SOCK_SEQPACKET, true, messages...)
		in.Close()
		p, err := Unpack(receiver)
		if (err == nil) != good {
			t.Errorf("good is %v: %v", good, err)
		}
		if p != nil {
			p.Close()
		}
		if n, err := out.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("something is left open: %d, %v", n, err)
		}
	})
}
