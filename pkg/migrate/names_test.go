package migrate

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const vectorName, vectorMD5 = "1035478339.27041_118.foo.org,S=1000,W=1030", "3edfbad5377fd581aaaa84dfd56e4846"

// UIDLs and order of servers that keep no list. Modification times are the
// seconds after the @.
func TestNames(t *testing.T) {
	long := "1." + strings.Repeat("x", 80)
	tests := []struct {
		name, source string
		files        string // name@time
		want         string
		again        int
	}{
		{"qmail in the order of times", "qmail", "cur/3.c:2,S@30 new/1.a@40 cur/2.b:2,@20", "2.b 3.c 1.a", 0},
		{"qmail in the order of names", "qmail", "cur/3.c:2,S@30 new/1.a@10 cur/2.b:2,@20", "1.a 2.b 3.c", 0},
		{"qmail with equal times", "qmail", "cur/3.c:2,S@20 new/2.b@20 cur/1.a:2,@30", "2.b 3.c 1.a", 0},
		{"qmail with a name that is too long", "qmail", "new/" + long + "@20 new/2.b@10", "2.b " + digestUIDL(long), 1},
		{"tpop3d", "md5", "new/" + vectorName + "@20 cur/1:2,S@30", vectorMD5 + " c4ca4238a0b923820dcc509a6f75849b", 0},
		{"teapop by name", "teapop", "new/20.a@1 cur/10.b:2,S@2 new/x@15", md5Hex("10.b") + " " + md5Hex("x") + " " + md5Hex("20.a"), 0},
		{"teapop by content", "content", "new/1.a@2 new/2.b@1", md5Hex("new/1.a text?") + " " + md5Hex("new/2.b text?"), 0},
		{"TPOPS 0.8", "tpops08", "new/2.b@1 cur/1.a:2,S@2 new/10.c@3", "1.a 2.b 10.c", 0},
	}
	sources := map[string]Source{"qmail": Qmail(), "md5": NameMD5(), "teapop": Teapop(true), "content": Teapop(false), "tpops08": TPOPS08()}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := newMaildir(t, nil)
			for file := range strings.FieldsSeq(tt.files) {
				name, seconds, _ := strings.Cut(file, "@")
				write(t, dir, name, name+" text\x00")
				at, err := strconv.ParseInt(seconds, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				touch(t, dir, name, at)
			}
			r := apply(t, sources[tt.source], dir)
			if r.Status != StatusImported || r.Again != tt.again || r.Kept+r.Again != len(strings.Fields(tt.files)) {
				t.Errorf("%+v", r)
			}
			wantListing(t, dir, strings.Fields(tt.want)...)
			write(t, dir, "new/0.later", "")
			wantListing(t, dir, later(tt.name, strings.Fields(tt.want))...)
		})
	}
}

// later returns a listing with a message that came later: after those that were
// imported, unless the order is that of names anyway.
func later(name string, want []string) []string {
	if name == "qmail in the order of names" || name == "TPOPS 0.8" {
		return append([]string{"0.later"}, want...)
	}
	return append(want, "0.later")
}

// digestUIDL returns what TPOPS makes of a name that is no legal UIDL.
func digestUIDL(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}

// Equal times are reported, since the old order is not known.
func TestUnordered(t *testing.T) {
	dir := newMaildir(t, empty("new/1.a new/2.b new/3.c"))
	touch(t, dir, "new/1.a", 10)
	touch(t, dir, "new/2.b", 20)
	touch(t, dir, "new/3.c", 20)
	if r := apply(t, Qmail(), dir); r.Unordered != 2 {
		t.Errorf("%+v", r)
	}
}

// 0.8 did not show files whose names do not begin with a number.
func TestTPOPS08(t *testing.T) {
	dir := newMaildir(t, empty("new/1.a new/x new/12"))
	if r := apply(t, TPOPS08(), dir); r.Kept != 1 || r.New != 2 {
		t.Errorf("%+v", r)
	}
	dir = newMaildir(t, map[string]string{"new/1.a": "", "new/2.b": "", "tpops_uidl": "1.a\told\n"})
	if r := apply(t, TPOPS08(), dir); r.Status != StatusDone || r.Failed() {
		t.Errorf("%+v", r)
	}
	wantListing(t, dir, "old", "2.b")
	if text, err := os.ReadFile(filepath.Join(dir, "tpops_uidl")); err != nil || string(text) != "1.a\told\n" {
		t.Errorf("%q, %v", text, err)
	}
}
