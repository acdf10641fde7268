package maildir

// uidlFilter is a Bloom filter of the names and UIDLs in uidlFile, which may have
// many lines of messages that are gone. So most new messages are known to have no
// line without reading it. A wrong yes costs that reading.
type uidlFilter []byte

const (
	filterOctets = 4 // for each text
	filterHashes = 8
	// maxFilter is how large a filter may be: enough for all lines of a uidlFile.
	maxFilter = 2 * maxUIDLLines * filterOctets
)

// newFilter returns the filter of what g has.
func newFilter(g *givenUIDLs) uidlFilter {
	f := make(uidlFilter, max(8, min(maxFilter, filterOctets*(len(g.byName)+len(g.byUIDL)))))
	for name := range g.byName {
		f.add(name)
	}
	for uidl := range g.byUIDL {
		f.add(uidl)
	}
	return f
}

func (f uidlFilter) add(text string) {
	sum, step := filterHash(text)
	for range filterHashes {
		bit := sum % (8 * uint64(len(f)))
		f[bit/8] |= 1 << (bit % 8)
		sum += step
	}
}

// may reports whether a text may be in the filter.
func (f uidlFilter) may(text string) bool {
	if len(f) == 0 {
		return true
	}
	sum, step := filterHash(text)
	for range filterHashes {
		bit := sum % (8 * uint64(len(f)))
		if f[bit/8]&(1<<(bit%8)) == 0 {
			return false
		}
		sum += step
	}
	return true
}

// filterHash returns two hashes of a text, which stay the same in all versions of
// the index. The hash is FNV-1a, mixed so that all its bits depend on all octets.
func filterHash(text string) (sum, step uint64) {
	sum = 0xcbf29ce484222325
	for i := range len(text) {
		sum = (sum ^ uint64(text[i])) * 0x100000001b3
	}
	sum = (sum ^ sum>>33) * 0xff51afd7ed558ccd
	sum = (sum ^ sum>>33) * 0xc4ceb9fe1a85ec53
	sum ^= sum >> 33
	return sum >> 32, sum&0xffffffff | 1
}
