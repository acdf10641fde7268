package maildir

import (
	"strings"
	"testing"
)

// A mailbox of few messages has no index, unless it takes long to find their sizes:
// then no later login does that again.
func TestIndexWorth(t *testing.T) {
	files := encodedFiles(t)
	files["unreadable"] = "CRYPTED\x03\x07\x02\x00 and what follows"
	files["large"] = strings.Repeat("text\n", dearOctets/5+1)
	for name, file := range files {
		for _, options := range []Options{{}, {UseFilesize: true}, {UseFilesize: true, Extended: true}} {
			t.Run(name, func(t *testing.T) {
				dir := newMaildir(t, "cur/1.a:2,")
				deliver(t, dir, "cur/2.b:2,", file)
				options.Index = true
				for k := range 2 {
					m := open(t, dir, options)
					want := 0
					if k == 0 || name == "large" && options.UseFilesize {
						want = 2
					}
					if m.view.measured != want {
						t.Errorf("login %d: %d measured, want %d", k+1, m.view.measured, want)
					}
					_ = m.Close()
				}
			})
		}
	}
}

// Sizes that are in the names cost nothing to find.
func TestIndexNotWorth(t *testing.T) {
	for _, name := range []string{"cur/1.a,W=9:2,", "cur/1.a,S=9:2,"} {
		dir := newMaildir(t)
		deliver(t, dir, name, strings.Repeat("text\n", dearOctets/5+1))
		_ = open(t, dir, Options{Index: true, Extended: true}).Close()
		wantNoFile(t, dir, indexName)
	}
}
