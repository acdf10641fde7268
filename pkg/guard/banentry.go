package guard

import (
	"encoding/binary"
	"net/netip"
	"sync/atomic"
	"time"
)

// MaxBanTime is the longest ban.
const MaxBanTime = 366 * 24 * time.Hour

const (
	// maxBans is how many networks can be banned at once.
	maxBans = 1024
	// maxBanSeconds is MaxBanTime.
	maxBanSeconds = uint64(MaxBanTime / time.Second)
	// lastTime is the end of the year 9999, the last that RFC 3339 can express, in Unix
	// time.
	lastTime = 253402300799
)

// bans is the table of bans in the shared memory. Only the process with the control
// socket changes it.
type bans struct {
	used    atomic.Uint64 // number of the highest entry ever used, plus 1
	entries [maxBans]banEntry
}

// banEntry is an entry of the table. It is read without a lock: version is odd while it
// is changed, and stays so if the process is killed meanwhile.
type banEntry struct {
	version atomic.Uint64
	address [2]atomic.Uint64 // IPv6 or IPv4-mapped
	bits    atomic.Uint64
	is4     atomic.Uint64
	since   atomic.Uint64 // Unix time in seconds
	until   atomic.Uint64 // the same; 0 for a free entry
	uid     atomic.Uint64
}

// load returns the ban of an entry, false for a free one or one that is being changed. A
// process that was taken over may have written anything: no ban is longer than MaxBanTime.
func (e *banEntry) load(now uint64) (b Ban, ok bool) {
	version, since, until := e.version.Load(), e.since.Load(), e.until.Load()
	if version%2 != 0 || until <= now || until > lastTime || since > until || until-since > maxBanSeconds {
		return b, false
	}
	var octets [16]byte
	binary.BigEndian.PutUint64(octets[:8], e.address[0].Load())
	binary.BigEndian.PutUint64(octets[8:], e.address[1].Load())
	address := netip.AddrFrom16(octets)
	if e.is4.Load() != 0 {
		address = address.Unmap()
	}
	b = Ban{
		netip.PrefixFrom(address, int(e.bits.Load())),
		time.Unix(int64(since), 0), time.Unix(int64(until), 0), int(e.uid.Load()),
	}
	return b, e.version.Load() == version && b.Network.IsValid()
}

// store replaces the ban of an entry.
func (e *banEntry) store(b Ban) {
	e.version.Store(e.version.Load() | 1)
	e.until.Store(0)
	octets, is4 := b.Network.Addr().As16(), uint64(0)
	if b.Network.Addr().Is4() {
		is4 = 1
	}
	e.address[0].Store(binary.BigEndian.Uint64(octets[:8]))
	e.address[1].Store(binary.BigEndian.Uint64(octets[8:]))
	e.bits.Store(uint64(b.Network.Bits()))
	e.is4.Store(is4)
	e.since.Store(uint64(b.Since.Unix()))
	e.uid.Store(uint64(b.UID))
	e.until.Store(uint64(b.Until.Unix()))
	e.version.Add(1)
}

// present returns the entries that may have a ban.
func (b *bans) present() []banEntry { return b.entries[:min(b.used.Load(), maxBans)] }
