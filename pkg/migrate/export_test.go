package migrate

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"golang.org/x/sys/unix"

	"tpops/pkg/maildir"
	"tpops/pkg/uidlist"
)

const testGUID = "3085f01b7f11094c501100008c4a11c1"

// served makes a Maildir that TPOPS serves, with a tpops_uidl of the given lines.
func served(t testing.TB, names, lines string) string {
	t.Helper()
	dir := newMaildir(t, empty(names))
	write(t, dir, "tpops_uidl", maildir.OrderLine+"\n"+strings.ReplaceAll(lines, " ", "\t"))
	return dir
}

func exportTo(t testing.TB, target Target, dir string) *ExportReport {
	t.Helper()
	before := tree(t, dir)
	ex := &Exporter{Target: target}
	dry := ex.Mailbox(t.Context(), Job{Maildir: dir})
	if tree(t, dir) != before {
		t.Errorf("a dry run changed the Maildir")
	}
	ex.Apply = true
	r := ex.Mailbox(t.Context(), Job{Maildir: dir})
	if dry.Status == StatusReady {
		dry.Status = StatusExported
	}
	if dry.Status != r.Status || dry.Kept != r.Kept || dry.Saved != r.Saved || dry.Numbered != r.Numbered || dry.Ordered != r.Ordered {
		t.Errorf("dry run %+v, export %+v", dry, r)
	}
	for _, left := range []string{"dovecot-uidlist.lock", "dovecot-uidlist.tmp"} {
		if _, err := os.Lstat(filepath.Join(dir, left)); !os.IsNotExist(err) {
			t.Errorf("%s: %v", left, err)
		}
	}
	return r
}

func readList(t testing.TB, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The list of Dovecot stays as far as it is true.
func TestExportDovecot(t *testing.T) {
	const header = "3 V7 N9 G" + testGUID
	for _, c := range []struct {
		name, names, uidls, list, want string
		report                         ExportReport
	}{
		{"as it is", "new/1.a new/2.b", "1.a 0000000200000007\n2.b 0000000300000007\n", header + "\n2 W5 :1.a\n3 :2.b\n", "",
			ExportReport{Status: StatusGood, Kept: 2}},
		{"new mail", "new/1.a new/9.z new/8.y", "1.a 0000000200000007\n", header + "\n2 W5 G1 :1.a\n3 :2.gone\n",
			"3 V7 N11 G" + testGUID + "\n2 W5 G1 :1.a\n3 :2.gone\n9 P8.y :8.y\n10 P9.z :9.z\n", ExportReport{Status: StatusExported, Kept: 1, Saved: 2}},
		{"saved UIDL is kept", "new/1.a", "1.a old\n", header + "\n2 Pold O5 :1.a:2,S\n", "", ExportReport{Status: StatusGood, Kept: 1}},
		{"saved UIDL is another", "new/1.a", "1.a new\n", header + "\n2 Pold O5 :1.a\n", header + "\n2 O5 Pnew :1.a\n", ExportReport{Status: StatusExported, Saved: 1}},
		{"order", "new/1.a new/2.b", "2.b 0000000300000007\n1.a 0000000200000007\n", header + "\n2 O1 :1.a\n3 :2.b\n",
			header + "\n2 O2 :1.a\n3 O1 :2.b\n", ExportReport{Status: StatusExported, Kept: 2, Ordered: true}},
		{"no list", "new/1.a new/2.b new/3.c", "2.b 0000000300000007\n1.a 0000000500000007\n", "",
			"3 V7 N7 GUID\n3 :2.b\n5 :1.a\n6 P3.c :3.c\n", ExportReport{Status: StatusExported, Numbered: 2, Saved: 1}},
		{"listed under another UIDVALIDITY", "new/1.a", "1.a 0000000200000006\n", header + "\n2 :1.a\n", header + "\n2 P0000000200000006 :1.a\n",
			ExportReport{Status: StatusExported, Saved: 1}},
		{"UIDL of a UID to come", "new/1.a", "1.a 0000002000000007\n", header + "\n2 :1.a\n",
			"3 V7 N33 G" + testGUID + "\n2 P0000002000000007 :1.a\n", ExportReport{Status: StatusExported, Saved: 1}},
		{"UID of a message that is gone", "new/1.a", "1.a 0000000400000007\n", header + "\n2 :2.b\n",
			"3 V7 N10 G" + testGUID + "\n2 :2.b\n9 P0000000400000007 :1.a\n", ExportReport{Status: StatusExported, Saved: 1}},
		{"UID that leaves none", "new/1.a new/2.b", "1.a fffffffd00000007\n", header + "\n", "3 V7 N11 G" + testGUID + "\n9 Pfffffffd00000007 :1.a\n10 P2.b :2.b\n",
			ExportReport{Status: StatusExported, Saved: 2}},
		{"version 1", "new/1.a", "1.a 0000000200000007\n", "1 7 9\n2 1.a:2,S\n", "3 V7 N9 GUID\n2 :1.a\n", ExportReport{Status: StatusExported, Kept: 1}},
		{"unknown keys", "new/1.a", "1.a x\n", header + " Xy\n2 Zz :1.a\n", header + " Xy\n2 Zz Px :1.a\n", ExportReport{Status: StatusExported, Saved: 1}},
	} {
		dir := served(t, c.names, c.uidls)
		if c.list != "" {
			write(t, dir, uidlist.DovecotName, c.list)
		}
		write(t, dir, dovecotCache, "cache")
		shown := listing(t, dir)
		got := exportTo(t, Dovecot{}, dir)
		if got.Status != c.report.Status || got.Kept != c.report.Kept || got.Saved != c.report.Saved || got.Numbered != c.report.Numbered ||
			got.Ordered != c.report.Ordered || got.Messages != len(shown) {
			t.Errorf("%s: %+v", c.name, got)
		}
		text := readList(t, dir, uidlist.DovecotName)
		if strings.Contains(c.want, "GUID") {
			line, _, _ := strings.Cut(text, "\n")
			text = strings.Replace(text, line[strings.Index(line, " G"):], " GUID", 1)
		}
		if want := c.want; text != want && (want != "" || text != c.list) {
			t.Errorf("%s: %q, want %q", c.name, text, want)
		}
		if _, err := os.Lstat(filepath.Join(dir, dovecotCache)); os.IsNotExist(err) != (got.Status == StatusExported) {
			t.Errorf("%s: cache: %v", c.name, err)
		}
		wantShown(t, dir, shown)
		if again := exportTo(t, Dovecot{}, dir); again.Status != StatusGood {
			t.Errorf("%s, again: %+v", c.name, again)
		}
	}
}

// wantShown checks that Dovecot would show the UIDLs in order.
func wantShown(t testing.TB, dir string, want []string) {
	t.Helper()
	list, err := uidlist.ReadDovecot(uidlist.Source{Reader: strings.NewReader(readList(t, dir, uidlist.DovecotName)), Path: "list"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range list.Messages(uidlist.Format{}) {
		if found, _ := filepath.Glob(filepath.Join(dir, "[nc][eu][wr]", m.Unique+"*")); found != nil {
			got = append(got, m.UIDL)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("Dovecot would show %q, want %q", got, want)
	}
}

// With pop3_reuse_xuidl all UIDLs are saved; with another format those that it does
// not give.
func TestExportSettings(t *testing.T) {
	dir := served(t, "new/1.a", "1.a 0000000200000007\n")
	write(t, dir, uidlist.DovecotName, "3 V7 N9 G"+testGUID+"\n2 :1.a\n")
	if r := exportTo(t, Dovecot{ReuseXUIDL: true}, dir); r.Saved != 1 || !strings.Contains(readList(t, dir, uidlist.DovecotName), "2 P0000000200000007 :1.a") {
		t.Errorf("%+v", r)
	}
	format, err := uidlist.ParseFormat("%v.%u")
	if err != nil {
		t.Fatal(err)
	}
	dir = served(t, "new/1.a new/2.b", "1.a 7.2\n2.b 0000000300000007\n")
	write(t, dir, uidlist.DovecotName, "3 V7 N9 G"+testGUID+"\n2 :1.a\n3 :2.b\n")
	if r := exportTo(t, Dovecot{Format: format}, dir); r.Saved != 1 || r.Kept != 1 {
		t.Errorf("%+v", r)
	}
	control := t.TempDir()
	if r := exportTo(t, Dovecot{ControlDir: control}, dir); r.Status != StatusExported {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(readList(t, control, uidlist.DovecotName), "P7.2") {
		t.Error(readList(t, control, uidlist.DovecotName))
	}
}

// Courier's list: numbers of UIDLs are kept, and the next one is above all of them.
func TestExportCourier(t *testing.T) {
	dir := served(t, "new/1.a cur/2.b:2,S new/3.c", "1.a UID5-70\n2.b UID3-71\n")
	write(t, dir, "new/4.d", "Subject: \xe4\n\nx\n")
	write(t, dir, uidlist.CourierName, "/3 4 71\n2.b:2, 99 3:71:1\n0.gone 1 1:71:0\n")
	r := exportTo(t, Courier{}, dir)
	want := "/3 6 71\n1.a:2, 0 5:70:0\n2.b:2,S 99 3:71:1\n3.c:2, 0 0:0:0\n4.d:2, 17 0:0:1\n"
	if text := readList(t, dir, uidlist.CourierName); r.Status != StatusExported || r.Kept != 1 || r.Numbered != 1 || r.Saved != 2 || text != want {
		t.Errorf("%+v, %q", r, text)
	}
	if again := exportTo(t, Courier{}, dir); again.Status != StatusGood || again.Kept != 4 {
		t.Errorf("%+v", again)
	}
}

// What Courier cannot show is refused, unless it is forced.
func TestExportCourierRefused(t *testing.T) {
	for name, lines := range map[string]string{"UIDL": "1.a foreign\n2.b UID3-71\n", "order": "2.b UID3-71\n1.a UID4-71\n"} {
		dir := served(t, "new/1.a new/2.b", lines)
		before := tree(t, dir)
		r := exportTo(t, Courier{}, dir)
		if r.Status != StatusRefused || !r.Failed() || !strings.Contains(r.Error, "--force") || tree(t, dir) != before {
			t.Errorf("%s: %+v", name, r)
		}
		ex := &Exporter{Target: Courier{}, Apply: true, Force: true}
		r = ex.Mailbox(t.Context(), Job{Maildir: dir})
		if text := readList(t, dir, uidlist.CourierName); r.Status != StatusExported || !strings.Contains(text, "2.b:2, 0 3:71:0\n") {
			t.Errorf("%s: %+v, %q", name, r, text)
		}
	}
}

// Names that no list can have, a damaged list, and a mailbox whose UIDLs are not ours.
func TestExportRefused(t *testing.T) {
	for name, c := range map[string]struct {
		names, file, text string
		status, part      string
	}{
		"twins":         {"new/1.a cur/1.a:2,S", "tpops_uidl", "#order\tlines\n", StatusRefused, "2 messages would be downloaded again"},
		"damaged":       {"new/1.a", uidlist.DovecotName, "3 V7 N9\n2 :1", StatusFailed, "dovecot-uidlist: the last line"},
		"not served":    {"new/1.a", uidlist.DovecotName, "3 V7 N9\n2 :1.a\n", StatusUnserved, ""},
		"follows":       {"new/1.a", "tpops_lock", "maildir-uidl = dovecot\n", StatusRefused, "nothing to export"},
		"no more UIDs":  {"new/1.a", uidlist.DovecotName, "3 V7 N4294967294\n", StatusFailed, "no UIDs"},
		"list is a dir": {"new/1.a", "", "", StatusFailed, "dovecot-uidlist"},
	} {
		dir := newMaildir(t, empty(c.names))
		switch name {
		case "damaged", "no more UIDs", "list is a dir":
			write(t, dir, "tpops_uidl", "#order\tlines\n")
		case "twins":
			write(t, dir, "cur/1.a:2,S", "other")
		}
		if c.file == "" {
			if err := os.Mkdir(filepath.Join(dir, uidlist.DovecotName), 0o700); err != nil {
				t.Fatal(err)
			}
		} else {
			write(t, dir, c.file, c.text)
		}
		before := tree(t, dir)
		ex := &Exporter{Target: Dovecot{}, Apply: true}
		r := ex.Mailbox(t.Context(), Job{Maildir: dir})
		if r.Status != c.status || !strings.Contains(r.Error, c.part) || tree(t, dir) != before {
			t.Errorf("%s: %+v\n%s", name, r, tree(t, dir))
		}
	}
}

// A list that Dovecot has locked is left alone.
func TestExportLocked(t *testing.T) {
	dir := served(t, "new/1.a", "")
	write(t, dir, "dovecot-uidlist.lock", "1:host")
	before := tree(t, dir)
	synctest.Test(t, func(t *testing.T) {
		ex := &Exporter{Target: Dovecot{}, Apply: true}
		r := ex.Mailbox(t.Context(), Job{Maildir: dir})
		if r.Status != StatusFailed || !strings.Contains(r.Error, "dovecot-uidlist.lock: another program has locked it") {
			t.Errorf("%+v", r)
		}
	})
	if tree(t, dir) != before {
		t.Error(tree(t, dir))
	}
}

// A list that is a link is not followed, and what lies where the new one is written does
// no harm.
func TestExportPlanted(t *testing.T) {
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("safe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{uidlist.DovecotName, uidlist.DovecotName + ".tmp", uidlist.DovecotName + ".lock", dovecotCache, uidlist.CourierName} {
		dir := served(t, "new/1.a", "1.a UID1-7\n")
		if err := os.Symlink(victim, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		for _, target := range []Target{Dovecot{}, Courier{}} {
			ex := &Exporter{Target: target, Apply: true}
			_ = ex.Mailbox(t.Context(), Job{Maildir: dir})
		}
		if text, err := os.ReadFile(victim); err != nil || string(text) != "safe" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

// The list belongs to the owner of the Maildir; one that is there keeps owner and mode.
func TestExportOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can act as another user")
	}
	const user = 2001
	for _, list := range []string{"", "3 V7 N9\n"} {
		dir := served(t, "new/1.a", "1.a x\n")
		if list != "" {
			write(t, dir, uidlist.DovecotName, list)
			write(t, dir, uidlist.CourierName, "/3 4 71\n")
		}
		for _, above := range []string{filepath.Dir(dir), filepath.Dir(filepath.Dir(dir))} {
			if err := os.Chmod(above, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error { return os.Lchown(path, user, user) })
		if err != nil {
			t.Fatal(err)
		}
		owner, err := maildir.OwnerOf(dir)
		if err != nil {
			t.Fatal(err)
		}
		for name, target := range map[string]Target{uidlist.DovecotName: Dovecot{}, uidlist.CourierName: Courier{}} {
			ex := &Exporter{Target: target, Apply: true, Force: true}
			if r := ex.Mailbox(t.Context(), Job{Maildir: dir, Owner: owner}); r.Status != StatusExported {
				t.Fatalf("%+v", r)
			}
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if stat := info.Sys().(*syscall.Stat_t); stat.Uid != user || stat.Gid != user || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %d:%d, %v", name, stat.Uid, stat.Gid, info.Mode())
			}
		}
	}
}

// A full disk leaves the list as it was.
func TestExportFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount")
	}
	disk := t.TempDir()
	if err := unix.Mount("none", disk, "tmpfs", 0, "size=64k,nr_inodes=64"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(disk, unix.MNT_DETACH) })
	source := served(t, "new/1.a", "1.a x\n")
	write(t, source, uidlist.DovecotName, "3 V7 N9 G"+testGUID+"\n2 :1.a\n")
	write(t, source, uidlist.CourierName, "/3 4 71\n")
	dir := filepath.Join(disk, "Maildir")
	if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	_ = os.WriteFile(disk+"/blocks", make([]byte, 128<<10), 0o600) // fills it
	before := tree(t, dir)
	for _, target := range []Target{Dovecot{}, Courier{}} {
		ex := &Exporter{Target: target, Apply: true, Force: true}
		r := ex.Mailbox(t.Context(), Job{Maildir: dir})
		if r.Status != StatusFailed || !strings.Contains(r.Error, dir) || !strings.Contains(r.Error, "no space") || tree(t, dir) != before {
			t.Errorf("%+v\n%s", r, tree(t, dir))
		}
	}
	if err := os.Remove(disk + "/blocks"); err != nil {
		t.Fatal(err)
	}
	if r := exportTo(t, Dovecot{}, dir); r.Status != StatusExported {
		t.Errorf("%+v", r)
	}
}

// Exports of one mailbox at once agree.
func TestExportAtOnce(t *testing.T) {
	dir := served(t, "new/1.a new/2.b", "2.b x\n")
	ex := &Exporter{Target: Dovecot{}, Apply: true}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			r := ex.Mailbox(t.Context(), Job{Maildir: dir})
			if r.Status == StatusFailed && !strings.Contains(r.Error, "in use") {
				t.Errorf("%+v", r)
			}
		})
	}
	all.Wait()
	wantShown(t, dir, []string{"x", "1.a"})
}

// Whatever lists there are: what Dovecot would show is what TPOPS shows.
func FuzzExport(f *testing.F) {
	f.Add("1.a\n2.b", "1.a\t0000000200000007\n", "3 V7 N4 G"+testGUID+"\n2 :2.b\n3 P1.a :1.a\n")
	f.Add("1.a\n2.b", "2.b\tx\n1.a\ty\n", "")
	f.Fuzz(func(t *testing.T, names, lines, list string) {
		if len(names) > 500 {
			return
		}
		dir := newMaildir(t, nil)
		for name := range strings.SplitSeq(names, "\n") {
			if len(name) > 0 && len(name) < 200 && !strings.ContainsAny(name, "/\x00*?[\\") && name[0] != '.' {
				write(t, dir, "new/"+name, "")
			}
		}
		write(t, dir, "tpops_uidl", maildir.OrderLine+"\n"+lines)
		if list != "" {
			write(t, dir, uidlist.DovecotName, list)
		}
		ex := &Exporter{Target: Dovecot{}, Apply: true}
		r := ex.Mailbox(t.Context(), Job{Maildir: dir})
		if r.Status != StatusExported && r.Status != StatusGood {
			return
		}
		shown := listing(t, dir)
		parsed, err := uidlist.ReadDovecot(uidlist.Source{Reader: strings.NewReader(readList(t, dir, uidlist.DovecotName)), Path: "list"})
		if err != nil {
			t.Fatal(err)
		}
		there := map[string]bool{}
		for name := range strings.SplitSeq(names, "\n") {
			unique, _, _ := strings.Cut(name, ":")
			if found, _ := filepath.Glob(filepath.Join(dir, "new", name)); len(found) == 1 {
				there[unique] = true
			}
		}
		var got []string
		for _, m := range parsed.Messages(uidlist.Format{}) {
			if there[m.Unique] {
				got = append(got, m.UIDL)
			}
		}
		if !slices.Equal(got, shown) {
			t.Errorf("%q, want %q", got, shown)
		}
	})
}
