package migrate

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// server is a mailbox of another server: messages with CRLF, and their UIDLs.
type server struct {
	texts, uidls []string
	extra        int64  // added to each size
	added        string // a field that the server adds to a header
}

func (s server) open(_ context.Context, a *pop3.Account, c *pop3.Client) (pop3.Mailbox, error) {
	if a.Name != "ann" || c.Password != "secret" {
		return nil, pop3.ErrAuth
	}
	return s, nil
}

func (s server) Listing() *pop3.Listing {
	var all []pop3.Message
	for i, text := range s.texts {
		all = append(all, pop3.Message{UIDL: s.uidls[i], Octets: int64(len(text)) + s.extra})
	}
	return pop3.NewListing(all)
}

func (s server) Open(_ context.Context, n int) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(s.added + s.texts[n-1])), nil
}

func (s server) Top(_ context.Context, n int, _ int64) (io.ReadCloser, error) {
	header, _, _ := strings.Cut(s.texts[n-1], "\r\n\r\n")
	return io.NopCloser(strings.NewReader(s.added + header + "\r\n\r\n")), nil
}

func (s server) Update(context.Context, *pop3.Marks) error { return errors.New("not here") }
func (s server) Close() error                              { return nil }

func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

// A running server is asked, and each of its messages found by header and size.
func TestCapture(t *testing.T) {
	a, b, c := "From: a\nTo: x\n\nbody\n", "From: b\n\nbody\n", "From: b\n\nlonger body\n"
	files := map[string]string{"new/1.a": a, "new/2.b": b, "cur/3.c:2,S": c, "new/4.later": "From: later\n\n"}
	tests := []struct {
		name            string
		server          server
		force           bool
		status          string
		kept, ambiguous int
		want            string
	}{
		{"as it is", server{texts: []string{crlf(c), crlf(a), crlf(b)}, uidls: []string{"x", "y", "z"}}, false, StatusImported, 3, 0, "x y z 4.later"},
		{"with a field more", server{texts: []string{crlf(c), crlf(a)}, uidls: []string{"x", "y"}, added: "X-UIDL: x\r\nStatus: RO\r\n"}, false, StatusImported, 2, 0, "x y 2.b 4.later"},
		{"with the size of the file", server{texts: []string{crlf(a)}, uidls: []string{"x"}, extra: -4}, false, StatusImported, 1, 0, "x 2.b 3.c 4.later"},
		{"another size", server{texts: []string{crlf(a), crlf(b)}, uidls: []string{"x", "y"}, extra: 1000}, false, StatusRefused, 0, 2, ""},
		{"a message that is not here", server{texts: []string{crlf(a), "From: gone\r\n\r\n"}, uidls: []string{"x", "y"}}, false, StatusRefused, 1, 1, ""},
		{"the same twice there", server{texts: []string{crlf(a), crlf(a)}, uidls: []string{"x", "y"}}, false, StatusRefused, 0, 2, ""},
		{"the same twice there, with force", server{texts: []string{crlf(a), crlf(a)}, uidls: []string{"x", "y"}}, true, StatusImported, 1, 2, "x 2.b 3.c 4.later"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t, files)
			im := &Importer{Source: Capture{Open: tt.server.open, Force: tt.force}, Apply: true, Force: tt.force}
			r := im.Mailbox(t.Context(), Job{Maildir: dir, Login: "ann", Secret: "secret"})
			if r.Status != tt.status || r.Kept != tt.kept || r.Ambiguous != tt.ambiguous {
				t.Errorf("%+v", r)
			}
			if tt.want != "" {
				wantListing(t, dir, strings.Fields(tt.want)...)
			}
		})
	}
}

// Two files that are alike cannot be distinguished.
func TestCaptureAlike(t *testing.T) {
	text := "From: a\n\nbody\n"
	s := server{texts: []string{crlf(text), crlf(text)}, uidls: []string{"x", "y"}}
	dir := newMaildir(t, map[string]string{"new/1.a": text, "new/2.b": text})
	im := &Importer{Source: Capture{Open: s.open}}
	j := Job{Maildir: dir, Login: "ann", Secret: "secret"}
	if r := im.Mailbox(t.Context(), j); r.Status != StatusRefused || r.Ambiguous != 2 {
		t.Errorf("%+v", r)
	}
	im = &Importer{Source: Capture{Open: s.open, Force: true}, Force: true, Apply: true}
	if r := im.Mailbox(t.Context(), j); r.Status != StatusImported || r.Kept != 2 {
		t.Errorf("%+v", r)
	}
	wantListing(t, dir, "x", "y")
	j.Secret = "wrong"
	im.Replace = true
	if r := im.Mailbox(t.Context(), j); r.Status != StatusFailed || strings.Contains(r.Error, "wrong") {
		t.Errorf("%+v", r)
	}
}

// The digest of a header does not depend on how the text is cut into pieces, on line
// ends, or on the body.
func TestHeaderHash(t *testing.T) {
	sum := func(pieces ...string) digest {
		var h headerHash
		for _, p := range pieces {
			_, _ = h.Write([]byte(p))
		}
		return h.sum()
	}
	want := sum("From: a\nTo: b\n c\n\nbody")
	for _, pieces := range [][]string{
		{"From: a\r\nTo: b\r\n c\r\n\r\n"}, {"From: a\r", "\nTo: b\n", " c", "\n\nother"}, {"Status: O\n x\nFrom: a\nTo: b\n c\n"},
		slices.Collect(strings.SplitSeq("From: a\nTo: b\n c\n\nx", "")),
	} {
		if sum(pieces...) != want {
			t.Errorf("%q", pieces)
		}
	}
	for _, other := range []string{"From: a\nTo: b\n\n c\n", "From: a\nTo: bc\n\n", ""} {
		if sum(other) == want {
			t.Errorf("%q has the same digest", other)
		}
	}
	long := strings.Repeat("x", 2*maxHeaderLine)
	if sum("A: "+long+"\n\n") != sum("A: "+long+"y\n\n") {
		t.Error("a line has no limit")
	}
}

// drip is a server whose headers come slowly: one octet in each pause.
type drip struct {
	server
	pause time.Duration
}

func (d drip) open(ctx context.Context, a *pop3.Account, c *pop3.Client) (pop3.Mailbox, error) {
	_, err := d.server.open(ctx, a, c)
	return d, err
}

func (d drip) Top(ctx context.Context, _ int, _ int64) (io.ReadCloser, error) {
	return io.NopCloser(dripReader{ctx, d.pause}), nil
}

type dripReader struct {
	ctx   context.Context
	pause time.Duration
}

func (r dripReader) Read(p []byte) (int, error) {
	if r.pause > 0 {
		select {
		case <-time.After(r.pause):
			return copy(p, "x"), nil
		case <-r.ctx.Done():
			return 0, context.Cause(r.ctx)
		}
	}
	clear(p)
	return len(p), nil
}

// A server that never ends its replies is given up, slow or fast. The error names it, and
// the mailbox is as it was.
func TestCaptureEndless(t *testing.T) {
	dir := newMaildir(t, map[string]string{"new/1.a": "From: a\n\nbody\n"})
	before := tree(t, dir)
	for name, c := range map[string]struct {
		pause time.Duration
		extra int64
		took  time.Duration
		want  string
	}{
		"slow":                  {50 * time.Second, 0, 10 * time.Minute, "old.example:110: header of message 1: the reply did not end within 10m0s"},
		"fast":                  {0, 0, 0, "old.example:110: header of message 1: it has more than 16777219 octets"},
		"with the largest size": {50 * time.Second, 1<<63 - 4, 10 * time.Minute, "old.example:110: header of message 1: the reply"},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := drip{server{texts: []string{"\r\n\r"}, uidls: []string{"x"}, extra: c.extra}, c.pause}
			im := &Importer{Source: Capture{Open: d.open, Server: "old.example:110"}, Apply: true}
			start := time.Now()
			r := im.Mailbox(t.Context(), Job{Maildir: dir, Login: "ann", Secret: "secret"})
			if r.Status != StatusFailed || !strings.Contains(r.Error, c.want) || time.Since(start) != c.took || tree(t, dir) != before {
				t.Errorf("%s: %+v after %v", name, r, time.Since(start))
			}
		})
	}
}

// A server that never ends the login is given up.
func TestCaptureEndlessLogin(t *testing.T) {
	dir := newMaildir(t, map[string]string{"new/1.a": ""})
	synctest.Test(t, func(t *testing.T) {
		open := func(ctx context.Context, _ *pop3.Account, _ *pop3.Client) (pop3.Mailbox, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
		start := time.Now()
		r := (&Importer{Source: Capture{Open: open}}).Mailbox(t.Context(), Job{Maildir: dir, Login: "ann"})
		if r.Status != StatusFailed || !strings.Contains(r.Error, errEndless.Error()) || time.Since(start) != replyTime {
			t.Errorf("%+v after %v", r, time.Since(start))
		}
	})
}
