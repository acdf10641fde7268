package maildir

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"

	"tpops/pkg/compressed"
	"tpops/pkg/pop3"
)

// content looks into an open message, and at the sizes in its name. The error wraps
// pop3.ErrEncoded if its text cannot be had, which is noted then.
func (x *examination) content(file, name string, fd int, stat unix.Stat_t) error {
	format, err := formatOf(fd)
	if err != nil {
		return err
	}
	var text io.Reader = newReader(fd, stat)
	if format != compressed.Plain {
		decoded, err := compressed.NewReader(x.ctx, contextReader{x.ctx, text}, format, stat.Size)
		if err != nil {
			return err
		}
		defer decoded.Close()
		text = decoded
	}
	if !x.deep {
		return x.guess(file, name, format, text, stat)
	}
	counted := &countedReader{r: contextReader{x.ctx, text}}
	wire, err := pop3.WireOctets(counted)
	if err != nil {
		return x.undecodable(file, name, err)
	}
	x.sizes(file, name, sizeRange{counted.octets, counted.octets}, sizeRange{wire, wire})
	return nil
}

// guess looks at a message without reading it: of a compressed one the first octet
// shows whether it can be decoded at all.
func (x *examination) guess(file, name string, format compressed.Format, text io.Reader, stat unix.Stat_t) error {
	if format != compressed.Plain {
		_, err := io.ReadFull(text, make([]byte, 1))
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return x.undecodable(file, name, err)
	}
	x.sizes(file, name, sizeRange{stat.Size, stat.Size}, sizeRange{stat.Size, 2*stat.Size + 2})
	return nil
}

// undecodable notes a message that cannot be decoded, and returns err as one that wraps
// pop3.ErrEncoded if so.
func (x *examination) undecodable(file, name string, err error) error {
	err = undecodable(name, err)
	switch {
	case errors.Is(err, compressed.ErrEncrypted):
		x.add(faultEncrypted, file, "", nil)
	case errors.Is(err, pop3.ErrEncoded):
		x.add(faultCorrupt, file, err.Error(), nil)
	}
	return err
}

// sizeRange is what a size can be.
type sizeRange struct{ least, most int64 }

func (r sizeRange) String() string {
	if r.least == r.most {
		return fmt.Sprint(r.least)
	}
	return fmt.Sprintf("%d to %d", r.least, r.most)
}

// sizes compares the sizes in a name with those of the text, as it is stored and as it is
// sent.
func (x *examination) sizes(file, name string, stored, wire sizeRange) {
	unique := name[:uniqueLen(name)]
	for _, known := range []struct {
		key byte
		is  sizeRange
	}{{'S', stored}, {'W', wire}} {
		octets, named := field(unique, known.key)
		if named && (octets < known.is.least || octets > known.is.most) {
			x.add(faultSize, file, fmt.Sprintf("%c=%d is %v", known.key, octets, known.is), nil)
		}
	}
}
