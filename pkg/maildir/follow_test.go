package maildir

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A Maildir that was served with Dovecot's UIDLs is refused when the setting is
// taken back before the list was imported. Then tpops_uidl, or the operator's word,
// makes it one of ours for good.
func TestFollowEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		uidls  string
		accept bool
		want   string
	}{
		"not imported": {},
		"imported":     {uidls: "1.a\told\n", want: "old"},
		"accepted":     {accept: true, want: "1.a"},
	} {
		for _, lock := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				dir := newMaildir(t, "cur/1.a:2,")
				deliver(t, dir, "dovecot-uidlist", dovecotHead+"1 :1.a\n")
				follow := Options{UIDL: UIDLDovecot, Lock: lock, Index: true, minIndexed: 1}
				for range 2 {
					m := open(t, dir, follow)
					wantUIDLs(t, m, "0000000100000007")
					_ = m.Close()
				}
				if tt.uidls != "" {
					deliver(t, dir, uidlFile, tt.uidls)
				}
				named := Options{Lock: lock, UIDLConvert: true, Index: true, minIndexed: 1}
				first := named
				first.Refuse = !tt.accept
				m, err := openKnown(t.Context(), nil, dir, first)
				if tt.want == "" {
					if err == nil || !strings.Contains(err.Error(), "tpopsctl import --from dovecot") {
						t.Errorf("%v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				wantUIDLs(t, m, tt.want)
				_ = m.Close()
				named.Refuse = true
				wantUIDLs(t, open(t, dir, named), tt.want)
			})
		}
	}
}

// A Maildir that has not been served yet is no Maildir of ours because a login
// failed that was to follow Dovecot's list, or because a clean-up has removed the
// lock file of one that was served so.
func TestFollowFails(t *testing.T) {
	for _, lock := range []bool{true, false} {
		for name, spoil := range map[string]string{"damaged list": "no list\n", "cleaned up": ""} {
			t.Run(name, func(t *testing.T) {
				dir := newMaildir(t, "cur/1.a:2,")
				deliver(t, dir, "dovecot-uidlist", dovecotHead+"1 :1.a\n"+spoil)
				age(t, dir)
				follow := Options{UIDL: UIDLDovecot, Lock: lock, Cache: NewCache(1 << 20)}
				follow.clock = func() time.Time { return time.Now().Add(time.Hour) } // All is at rest.
				for range 2 {
					m, err := openKnown(t.Context(), nil, dir, follow)
					if failed := err != nil; failed != (spoil != "") {
						t.Fatal(err)
					}
					if m != nil {
						_ = m.Close()
						removeAll(t, filepath.Join(dir, lockFile))
					}
				}
				if m, err := openKnown(t.Context(), nil, dir, follow); err == nil {
					_ = m.Close()
				}
				named := Options{Lock: lock, UIDLConvert: true, Refuse: true}
				if m, err := openKnown(t.Context(), nil, dir, named); !errors.Is(err, ErrForeign) {
					t.Errorf("open() = %v, %v", m, err)
				}
			})
		}
	}
}
