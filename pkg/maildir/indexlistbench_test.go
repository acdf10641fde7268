package maildir

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// BenchmarkList opens mailboxes whose UIDLs depend on a file, and which have not
// changed, as a new process does; and such with one more message.
func BenchmarkList(b *testing.B) {
	for _, messages := range []int{10_000, 100_000} {
		for _, file := range []string{uidlFile, dovecotList} {
			options := Options{Lock: true, Index: true, UIDLConvert: true}
			if file == dovecotList {
				options.UIDL = UIDLDovecot
			}
			dir := benchmarkList(b, file, messages)
			b.Run(fmt.Sprintf("unchanged/%s/messages=%d", file, messages), func(b *testing.B) {
				benchmarkLogin(b, dir, options, func() {})
			})
			count := 0
			b.Run(fmt.Sprintf("delivery/%s/messages=%d", file, messages), func(b *testing.B) {
				benchmarkLogin(b, dir, options, func() {
					count++
					deliver(b, dir, fmt.Sprintf("new/%d.new", 1_800_000_000+count+b.N), "One more message\n")
					time.Sleep(50 * time.Millisecond) // becomes old
				})
			})
		}
	}
}

// benchmarkLogin measures the processor time of logins.
func benchmarkLogin(b *testing.B, dir string, options Options, before func()) {
	time.Sleep(50 * time.Millisecond) // becomes old
	openOnce(b, dir, options)
	openOnce(b, dir, options)
	var used time.Duration
	for b.Loop() {
		before()
		start := cpuTime(b)
		openOnce(b, dir, options)
		used += cpuTime(b) - start
	}
	b.ReportMetric(float64(used.Nanoseconds())/float64(b.N)/1e6, "cpu-ms/op")
}

// benchmarkList returns a Maildir as after an import, with messages that were
// mostly delivered in the order of their names.
func benchmarkList(b *testing.B, file string, messages int) string {
	dir := benchmarkMaildir(b, messages, true)
	lists := map[string]*strings.Builder{uidlFile: {}, dovecotList: {}}
	lists[uidlFile].WriteString(ordered)
	fmt.Fprintf(lists[dovecotList], "3 V1600000000 N%d G3085f01b7f11094c501100008c4a11c1\n", messages+1)
	text := strings.Repeat("A line of a message, as long as most of them are.\n", 40)
	for k := range messages {
		i := k ^ k>>4&1 // some pairs in another order
		name := fmt.Sprintf("%d.M%06dP%d.mail.example.org,S=%d,W=%d", 1_700_000_000+i, i, 1000+i%9000, len(text), len(text)+40)
		fmt.Fprintf(lists[uidlFile], "%s\t%08x5f5e1000\n", name, k+1)
		fmt.Fprintf(lists[dovecotList], "%d :%s\n", k+1, name)
	}
	deliver(b, dir, file, lists[file].String())
	return dir
}
