package maildir

import (
	"fmt"
	"path/filepath"
	"testing"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

func TestMailbox(t *testing.T) {
	layouts := map[string]string{
		"new": "new/%d.message",
		"cur": "cur/%d.message:2,",
	}
	for name, layout := range layouts {
		t.Run(name, func(t *testing.T) {
			pop3test.TestMailbox(t, func(t *testing.T, texts []string) pop3test.Maildrop {
				dir := newMaildir(t)
				for i, text := range texts {
					deliver(t, dir, fmt.Sprintf(layout, i+1), text)
				}
				return pop3test.Maildrop{
					Open: func() (pop3.Mailbox, error) { return openKnown(t.Context(), nil, dir, Options{Lock: true}) },
					Remove: func(n int) {
						remove(t, dir, fmt.Sprintf(layout, n))
						if left, err := filepath.Glob(filepath.Join(dir, "*", fmt.Sprintf("%d.message*", n))); err != nil || left != nil {
							t.Fatal(left, err)
						}
					},
				}
			})
		})
	}
}
