package maildir

import (
	"slices"
	"testing"
)

// A Maildir has an entry for each owner and each settings. To forget one leaves the others, in
// whatever order that happens.
func TestCacheEntries(t *testing.T) {
	keys := []cacheKey{{}, {owned: true}, {owned: true, uid: 1}, {owned: true, groups: "[1]"}, {settings: 1}, {uidl: "x"}, {inode: fileID{1, 0}}, {inode: fileID{0, 1}}}
	for start := range keys {
		for _, step := range []int{1, 3, 5, 7} { // without a factor in common with their number
			cache, entries := NewCache(1), map[cacheKey]*cacheEntry{}
			for _, key := range keys {
				if cache.find(key) != nil {
					t.Fatalf("%+v is there", key)
				}
				entries[key] = &cacheEntry{key: key}
				cache.add(entries[key])
			}
			forgotten := []cacheKey{}
			for i := range keys {
				key := keys[(start+i*step)%len(keys)]
				cache.tidy(entries[key])
				cache.tidy(entries[key]) // A second time changes nothing.
				forgotten = append(forgotten, key)
				for _, other := range keys {
					if want := !slices.Contains(forgotten, other); (cache.find(other) == entries[other]) != want {
						t.Fatalf("after %+v: %+v is there: %v", forgotten, other, !want)
					}
				}
			}
			if len(cache.entries) > 0 {
				t.Errorf("%d Maildirs are left", len(cache.entries))
			}
		}
	}
	used := &cacheEntry{snap: &snapshot{}}
	cache := NewCache(1)
	cache.add(used)
	if cache.tidy(used); cache.find(used.key) != used {
		t.Error("an entry with a snapshot is forgotten")
	}
}
