package maildir

import (
	"fmt"
	"os"
	"testing"
)

// A message that is renamed while it is measured, and gets a twin with another
// content at that moment, is in the list.
func TestMeasureTwinAppears(t *testing.T) {
	for at := range 24 {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			dir := newMaildir(t, "cur/1.a:2,")
			deliver(t, dir, "tmp/twin", "another text")
			age(t, dir)
			calls, done := 0, false
			m, err := openKnown(pacer{t.Context(), func() {
				if calls++; calls > at && !done {
					done = true
					rename(t, dir, "cur/1.a:2,", "cur/1.a:2,S")
					rename(t, dir, "tmp/twin", "new/1.a")
				}
			}}, nil, dir, Options{UseFilesize: true})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			if count := m.Listing().Len(); count < 1 {
				t.Errorf("%d messages after %d steps", count, calls)
			}
			if _, err := os.Stat(dir + "/new/1.a"); done != (err == nil) {
				t.Errorf("done %v, %v", done, err)
			}
		})
	}
}
