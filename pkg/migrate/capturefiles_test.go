package migrate

import "testing"

// A file fits messages of the server by either of its sizes: two messages that fit it
// are ambiguous, also if their sizes differ.
func TestMatchEitherSize(t *testing.T) {
	a, b := digest{1}, digest{2}
	files := []stored{{a, []int64{29, 25}}, {b, []int64{30}}}
	for _, tt := range []struct {
		name             string
		all              []listed
		ambiguous, found int
	}{
		{"exact size", []listed{{"x", 29, a}}, 0, 1},
		{"size of the file", []listed{{"x", 25, a}}, 0, 1},
		{"both", []listed{{"x", 29, a}, {"y", 25, a}}, 2, 0},
		{"both, the other way round", []listed{{"y", 25, a}, {"x", 29, a}, {"z", 30, b}}, 2, 1},
		{"one size twice", []listed{{"x", 30, b}, {"y", 30, b}}, 2, 0},
	} {
		if o := match(tt.all, files, false); o.ambiguous != tt.ambiguous || len(o.known) != tt.found {
			t.Errorf("%s: %+v", tt.name, o)
		}
	}
	if o := match([]listed{{"x", 29, a}, {"y", 25, a}}, files, true); o.ambiguous != 2 || len(o.known) != 1 || o.known[0].uidl != "x" {
		t.Errorf("with force: %+v", o)
	}
}

// An empty message of the server is not in a file that cannot be decoded.
func TestCaptureEncrypted(t *testing.T) {
	s := server{texts: []string{""}, uidls: []string{"x"}}
	dir := newMaildir(t, map[string]string{"new/1.a": "CRYPTED\x03\x07xxxxxxxxxx"})
	im := &Importer{Source: Capture{Open: s.open, Force: true}, Force: true, Apply: true}
	r := im.Mailbox(t.Context(), Job{Maildir: dir, Login: "ann", Secret: "secret"})
	if r.Status != StatusImported || r.Kept != 0 || r.Ambiguous != 1 || r.Encrypted != 1 {
		t.Errorf("%+v", r)
	}
	wantListing(t, dir, "1.a")
}
