package sd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// MaxFiles is how many descriptors Pack puts into a parcel at most: the buffer of a socket holds
// as many.
const MaxFiles = 1 << 16

// A parcel contains a state and thousands of descriptors, which one process hands over to
// the next. It is a socket pair: all messages are in flight, and the sending end is closed,
// so that only the receiving end is stored.
//
// Each message has a header and descriptors. The first message has one descriptor, a
// sealed file in memory with the state. Each other message has perMessage descriptors, and
// the last one has the rest. The header contains the total number, so that the receiver
// can check each message.
const (
	perMessage = 250     // of the 253 that unix(7) allows
	maxState   = 1 << 30 // octets

	parcelMagic   = "tpopsfds"
	parcelVersion = 1
	headerSize    = len(parcelMagic) + 4 + 4 + 4 + 8
)

// Parcel is the content of a parcel.
type Parcel struct {
	// State is a file with the state, at its start. It cannot be changed.
	State *os.File
	// Files are the descriptors in the order of Pack. A caller that uses one sets it to
	// nil, so that Close does not close it.
	Files []*os.File
}

// Close closes the state and the files that are not nil. It may be called again. The
// error is that of the system.
func (p *Parcel) Close() error {
	var errs []error
	for i, file := range append([]*os.File{p.State}, p.Files...) {
		if file == nil {
			continue
		}
		if err := file.Close(); err != nil {
			errs = append(errs, fmt.Errorf("parcel, file %d: %w", i, err))
		}
	}
	p.State, p.Files = nil, nil
	return errors.Join(errs...)
}

// header begins each message of a parcel.
type header struct {
	index uint32 // of the message, from 0
	files uint32 // in the whole parcel, without the state
	state uint64 // size of the state in octets
}

// messages returns how many messages a parcel has.
func (h header) messages() uint32 { return 1 + (h.files+perMessage-1)/perMessage }

// descriptors returns how many come with this message.
func (h header) descriptors() int {
	if h.index == 0 {
		return 1
	}
	return int(min(perMessage, h.files-(h.index-1)*perMessage))
}

func (h header) encode() []byte {
	b := append(make([]byte, 0, headerSize), parcelMagic...)
	b = binary.BigEndian.AppendUint32(b, parcelVersion)
	b = binary.BigEndian.AppendUint32(b, h.index)
	b = binary.BigEndian.AppendUint32(b, h.files)
	return binary.BigEndian.AppendUint64(b, h.state)
}

// decodeHeader returns an error unless encode has made the header within the limits.
func decodeHeader(b []byte) (header, error) {
	if len(b) != headerSize || string(b[:len(parcelMagic)]) != parcelMagic {
		return header{}, errors.New("not a parcel")
	}
	b = b[len(parcelMagic):]
	if v := binary.BigEndian.Uint32(b); v != parcelVersion {
		return header{}, fmt.Errorf("the parcel has format %d, and this version of TPOPS reads only format %d", v, parcelVersion)
	}
	h := header{
		index: binary.BigEndian.Uint32(b[4:]),
		files: binary.BigEndian.Uint32(b[8:]),
		state: binary.BigEndian.Uint64(b[12:]),
	}
	if h.files > MaxFiles || h.state > maxState || h.index >= h.messages() {
		return header{}, fmt.Errorf("parcel is out of bounds: %+v", h)
	}
	return h, nil
}
