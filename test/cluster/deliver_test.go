//go:build integration || cluster || nfs

package cluster

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tpops/test/corpus"
)

// deliver adds a message.
func (u *mailUser) deliver() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.queued {
		return
	}
	n := len(u.order)
	content := fmt.Appendf(nil, "Subject: %d for %s\n\n%s\n.\n", n, u.login, strings.Repeat("text ", rand.IntN(2000)))
	uidl, err := u.agent(u, n, content)
	if err != nil {
		u.t.Error(err)
		return
	}
	at, _ := slices.BinarySearchFunc(u.order, uidl, inOrder)
	u.order = slices.Insert(u.order, at, uidl)
	u.contents[uidl] = corpus.Wire(content)
}

// drop delivers a message as a delivery agent does.
func drop(u *mailUser, n int, content []byte) (uidl string, err error) {
	name := fmt.Sprintf("%d.M1P%d.mx", 1_700_000_000+n, n)
	if err := os.WriteFile(filepath.Join(u.dir, "tmp", name), content, 0o600); err != nil {
		return "", err
	}
	return name, os.Rename(filepath.Join(u.dir, "tmp", name), filepath.Join(u.dir, "new", name))
}

// inOrder compares names of files as lists do: by the leading number, then by the name.
func inOrder(a, b string) int {
	first, _, _ := strings.Cut(a, ".")
	second, _, _ := strings.Cut(b, ".")
	return cmp.Or(cmp.Compare(len(first), len(second)), strings.Compare(first, second), strings.Compare(a, b))
}
