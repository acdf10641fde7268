package maildir

// dearOctets is how many octets of messages take longer to read than an index takes
// to write.
const dearOctets = 1 << 20

// isWorthIt reports whether t is worth an index: it has many messages, or their
// sizes took long to find. Else each login of a process that does not keep the
// mailbox in memory would decode its compressed messages again.
func (x *indexKeeper) isWorthIt(t *table) bool {
	if len(t.files)+len(t.copies) >= x.least {
		return true
	}
	m, left := x.measurer, int64(dearOctets)
	for _, f := range t.files {
		if f.form != asText {
			return true
		}
		if _, isNamed := m.namedOctets(t.unique(f)); !isNamed && !m.useFilesize {
			left -= max(f.octets, 0)
		}
		if left < 0 {
			return true
		}
	}
	return false
}
