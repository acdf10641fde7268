package migrate

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

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
