package gdbm

// layout is how the machine that made the file lays out its structures. GDBM
// writes them as they are in memory.
type layout struct {
	offset     int64 // size of a file offset, in octets
	bucketHead int64 // octets of a bucket before its elements: a list of six free blocks, and two counters
	element    int64 // octets of an element
	pointer    int64 // where the offset is in an element
}

// layouts are those of 64-bit machines; of 32-bit machines with large files,
// where most align an offset to 8 octets but the x86 to 4; and of 32-bit
// machines without.
var layouts = []layout{
	{offset: 8, bucketHead: 112, element: 24, pointer: 8},
	{offset: 8, bucketHead: 84, element: 24, pointer: 8},
	{offset: 4, bucketHead: 60, element: 20, pointer: 8},
}

// header is what the start of a file says.
type header struct {
	directory     int64 // offset of the hash directory
	directorySize int64 // in octets
	directoryBits int64 // that many bits of a hash value choose the entry
	bucketSize    int64 // in octets
	elements      int64 // of a bucket
}

// headerSize is more than any layout needs for the fields above, in octets.
const headerSize = 32

// maxDirectoryBits is one less than a hash value has.
const maxDirectoryBits = 30

// readHeader reads the header, and finds the layout with which it makes sense:
// the number of elements follows from the size of a bucket.
func (d *database) readHeader() error {
	start, err := d.read(0, headerSize)
	if err != nil {
		return err
	}
	if d.order = byteOrder(start); d.order == nil {
		return d.damaged("it does not start as one")
	}
	for _, l := range layouts {
		d.layout = l
		if d.header = d.parseHeader(start); d.makesSense() {
			return nil
		}
	}
	return d.damaged("its header is wrong")
}

func (d *database) parseHeader(start []byte) header {
	next := int64(8) // behind the magic and the size of a block
	h := header{directory: d.offset(start[next:])}
	next += d.layout.offset
	for _, field := range []*int64{&h.directorySize, &h.directoryBits, &h.bucketSize, &h.elements} {
		*field = int64(d.order.Uint32(start[next:]))
		next += 4
	}
	return h
}

func (d *database) makesSense() bool {
	h, l := d.header, d.layout
	return h.bucketSize > l.bucketHead && h.bucketSize <= maxBlock &&
		h.elements >= 1 && h.elements == (h.bucketSize-l.bucketHead)/l.element &&
		h.directoryBits <= maxDirectoryBits && h.directorySize == l.offset<<h.directoryBits &&
		h.directory >= headerSize && h.directory <= d.size-h.directorySize
}

// offset reads a file offset. One that does not fit is negative, and in no file.
func (d *database) offset(octets []byte) int64 {
	if d.layout.offset == 4 {
		return int64(d.order.Uint32(octets))
	}
	return int64(d.order.Uint64(octets))
}
