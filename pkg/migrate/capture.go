package migrate

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"tpops/pkg/maildir"
	"tpops/pkg/pop3"
)

// Capture is any POP3 server: it is asked for UIDLs, sizes and headers, which are
// compared with the files.
type Capture struct {
	Open   pop3.Opener // logs in to the server
	Server string      // name for errors
	Force  bool        // take the first of several files that fit
}

// Limits for a server that never ends a reply.
const (
	replyTime  = 10 * time.Minute // for login and lists, and for each header
	headerRoom = 16 << 20         // how many octets a header may have more than the message
)

// errEndless means that a reply has not ended within replyTime.
var errEndless = fmt.Errorf("the reply did not end within %v", replyTime)

// listed is a message of the server.
type listed struct {
	uidl   string
	octets int64
	header digest
}

func (c Capture) old(ctx context.Context, j Job, s *maildir.Survey, messages []maildir.Surveyed) (*old, error) {
	all, err := c.list(ctx, j)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.Login, err)
	}
	files, err := readFiles(ctx, s, messages)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", j.Maildir, err)
	}
	return match(all, files, c.Force), nil
}

// list reads the list of the server.
func (c Capture) list(ctx context.Context, j Job) ([]listed, error) {
	mailbox, err := c.login(ctx, j)
	if err != nil {
		return nil, err
	}
	defer mailbox.Close()
	listing := mailbox.Listing()
	if !listing.HasUIDLs() {
		return nil, fmt.Errorf("%s: the server has no UIDLs", c.Server)
	}
	all := make([]listed, listing.Len())
	for i := range all {
		m := listing.Message(i + 1)
		header, err := headerOf(ctx, mailbox, i+1, m.Octets)
		if err != nil {
			return nil, fmt.Errorf("%s: header of message %d: %w", c.Server, i+1, err)
		}
		all[i] = listed{m.UIDL, m.Octets, header}
	}
	return all, nil
}

// login logs in. Errors of the proxy name the server.
func (c Capture) login(ctx context.Context, j Job) (pop3.Mailbox, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, replyTime, errEndless)
	defer cancel()
	account := &pop3.Account{Name: j.Login, UID: -1, GID: -1}
	return c.Open(ctx, account, &pop3.Client{Session: "import", Password: j.Secret})
}

// headerOf returns the digest of the header of message number n, which has so many
// octets.
func headerOf(ctx context.Context, mailbox pop3.Mailbox, n int, octets int64) (digest, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, replyTime, errEndless)
	defer cancel()
	open := mailbox.Open
	if topper, ok := mailbox.(pop3.Topper); ok {
		open = func(ctx context.Context, n int) (io.ReadCloser, error) { return topper.Top(ctx, n, 0) }
	}
	text, err := open(ctx, n)
	if err != nil {
		return digest{}, err
	}
	defer text.Close()
	var h headerHash
	most := min(octets, math.MaxInt64-headerRoom-1) + headerRoom // Servers add fields, and some list the size of the file.
	read, err := io.Copy(&h, io.LimitReader(text, most+1))
	if err == nil && read > most {
		err = fmt.Errorf("it has more than %d octets", most)
	}
	if err != nil {
		return digest{}, err
	}
	return h.sum(), nil
}

// match finds the file of each message of the server: that with its header and its
// size. If several fit, or one fits several, they are ambiguous; with force the
// first is taken.
func match(all []listed, files []stored, force bool) *old {
	o := &old{}
	byKey, alike := candidates(files), map[listedKey]int{}
	for _, m := range all {
		alike[m.key()]++
	}
	taken, gone := map[int]bool{}, 0
	for _, m := range all {
		fit := byKey[m.key()]
		single := len(fit) == 1 && files[fit[0]].rivals(alike) == 1
		i, free := firstFree(fit, taken)
		switch {
		case len(fit) == 0:
			gone++
		case !single:
			o.ambiguous++
		}
		if free && (single || force) {
			taken[i] = true
			o.known = append(o.known, known{i, m.uidl})
		}
	}
	if gone > 0 {
		o.note("%d messages of the server have no file here", gone)
		o.ambiguous += gone
	}
	return o
}

// listedKey is what a message of the server and its file have in common.
type listedKey struct {
	header digest
	octets int64
}

func (m listed) key() listedKey { return listedKey{m.header, m.octets} }

// firstFree returns the first of the files that is not taken.
func firstFree(files []int, taken map[int]bool) (int, bool) {
	for _, i := range files {
		if !taken[i] {
			return i, true
		}
	}
	return 0, false
}
