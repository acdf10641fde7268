package gdbm

// eachBucket goes through the directory. Of the entries one after the other
// that name one bucket, the first stands for all.
func (d *database) eachBucket(f func(key, value []byte)) error {
	octets, err := d.read(d.header.directory, d.header.directorySize)
	if err != nil {
		return err
	}
	seen := map[int64]bool{}
	entries := int64(1) << d.header.directoryBits
	for first := int64(0); first < entries; {
		offset := d.entry(octets, first)
		if seen[offset] {
			return d.damaged("its directory names the bucket at %d in two places", offset)
		}
		seen[offset] = true
		end := first + 1
		for end < entries && d.entry(octets, end) == offset {
			end++
		}
		if err := d.eachElement(offset, first, end, f); err != nil {
			return err
		}
		first = end
	}
	return nil
}

func (d *database) entry(directory []byte, i int64) int64 {
	return d.offset(directory[i*d.layout.offset:])
}

// eachElement reads the bucket of the directory's entries first to end-1. Its
// counters tell how many bits its hash values share, and how many elements are
// in use.
func (d *database) eachElement(offset, first, end int64, f func(key, value []byte)) error {
	if err := d.take(d.header.bucketSize); err != nil {
		return err
	}
	bucket, err := d.read(offset, d.header.bucketSize)
	if err != nil {
		return err
	}
	head := d.layout.bucketHead
	// Where an offset is aligned to 8 octets, nothing stands between either.
	counters := bucket[head-8 : head]
	bits, count := int64(d.order.Uint32(counters)), int64(d.order.Uint32(counters[4:]))
	if bits > d.header.directoryBits || end-first != 1<<(d.header.directoryBits-bits) {
		return d.damaged("the bucket at %d is not where it belongs", offset)
	}
	used := int64(0)
	for i := range d.header.elements {
		element := bucket[head+i*d.layout.element:]
		hash := d.order.Uint32(element)
		if hash == noHash {
			continue
		}
		used++
		entry := int64(hash >> (hashBits - d.header.directoryBits))
		if entry < first || entry >= end {
			return d.damaged("the bucket at %d has a record of another", offset)
		}
		if err := d.record(element, hash, f); err != nil {
			return err
		}
	}
	if used != count {
		return d.damaged("the bucket at %d has %d records, not %d", offset, used, count)
	}
	return nil
}

// record reads key and value, which follow each other.
func (d *database) record(element []byte, hash uint32, f func(key, value []byte)) error {
	sizes := element[d.layout.pointer+d.layout.offset:]
	key, value := int64(d.order.Uint32(sizes)), int64(d.order.Uint32(sizes[4:]))
	offset := d.offset(element[d.layout.pointer:])
	if key > maxRecord || value > maxRecord || key+value > maxRecord {
		return d.damaged("a record has %d octets", key+value)
	}
	if err := d.take(key + value); err != nil {
		return err
	}
	octets, err := d.read(offset, key+value)
	if err != nil {
		return err
	}
	name := octets[:key:key]
	if hash != hashOf(name, signed) && hash != hashOf(name, unsigned) {
		return d.damaged("the record at %d is not that of its hash value", offset)
	}
	f(name, octets[key:])
	return nil
}
