package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// rested sets the time of the last change of new and cur to a minute ago, as if nothing
// had changed since.
func rested(t *testing.T, dir string, subs ...string) {
	t.Helper()
	for _, sub := range subs {
		at := time.Now().Add(-time.Minute)
		if err := os.Chtimes(filepath.Join(dir, sub), at, at); err != nil {
			t.Fatal(err)
		}
	}
}

// earlier returns a reading of a Maildir at rest, with a message in cur that is not there:
// it shows whether cur was read again.
func earlier(t *testing.T, dir string) *table {
	t.Helper()
	rested(t, dir, "new", "cur")
	old := scan(t, dir)
	for sub := range old.dirs {
		old.dirs[sub].aged = true
	}
	var s scanner
	s.limit = maxNames
	for name, sub := range map[string]uint8{"1.a": inNew, "2.b:2,": inCur, "9.ghost:2,": inCur} {
		if err := s.keep(newFile(name, s.names.Len(), sub)); err != nil {
			t.Fatal(err)
		}
		s.names.WriteString(name)
	}
	return &table{names: s.names.String(), files: s.files, dirs: old.dirs, plain: true}
}

// scan reads a Maildir.
func scan(t *testing.T, dir string) *table {
	t.Helper()
	got, err := scannerOf(t, dir).table()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A directory that has not changed is not read again. Of one that has, nothing is taken
// from the earlier reading.
func TestReuse(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, dir string, old *table)
		want   []string
	}{
		"delivery": {func(t *testing.T, dir string, _ *table) {
			deliver(t, dir, "new/3.c", "")
		}, []string{"new/1.a", "cur/2.b:2,", "new/3.c", "cur/9.ghost:2,"}},
		"delivery a while ago": {func(t *testing.T, dir string, _ *table) {
			deliver(t, dir, "new/3.c", "")
			rested(t, dir, "new")
		}, []string{"new/1.a", "cur/2.b:2,", "new/3.c", "cur/9.ghost:2,"}},
		"change of cur": {func(t *testing.T, dir string, _ *table) {
			rename(t, dir, "cur/2.b:2,", "cur/2.b:2,S")
		}, []string{"new/1.a", "cur/2.b:2,S"}},
		"message looked at": {func(t *testing.T, dir string, _ *table) {
			rename(t, dir, "new/1.a", "cur/1.a:2,")
		}, []string{"cur/1.a:2,", "cur/2.b:2,"}},
		"change of cur while it was read": {func(t *testing.T, dir string, old *table) {
			deliver(t, dir, "new/3.c", "")
			old.dirs[inCur].unsettled = true
		}, []string{"new/1.a", "cur/2.b:2,", "new/3.c"}},
		"change of cur so lately that its times could be set back": {func(t *testing.T, dir string, old *table) {
			deliver(t, dir, "new/3.c", "")
			old.dirs[inCur].aged = false
		}, []string{"new/1.a", "cur/2.b:2,", "new/3.c"}},
		"twins": {func(t *testing.T, dir string, old *table) {
			deliver(t, dir, "new/3.c", "")
			old.plain = false
		}, []string{"new/1.a", "cur/2.b:2,", "new/3.c"}},
		"copies": {func(t *testing.T, dir string, old *table) {
			deliver(t, dir, "new/3.c", "")
			old.copies = old.files[:1]
		}, []string{"new/1.a", "cur/2.b:2,", "new/3.c"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := newMaildir(t, "new/1.a", "cur/2.b:2,")
			old := earlier(t, dir)
			c.change(t, dir, old)
			s := scannerOf(t, dir)
			s.old = old
			got, err := s.table()
			if err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(got.files, got.compare)
			wantNames(t, got, c.want...)
		})
	}
}

// A directory on another machine's disk is always read.
func TestReuseLocalOnly(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "cur/2.b:2,")
	s := scannerOf(t, dir)
	s.old, s.local = earlier(t, dir), false
	if got := s.reusable(s.old.dirs); got != (reuse{}) {
		t.Errorf("%v", got)
	}
}

// A change of a directory before its watch began is not missed.
func TestReuseChangedMeanwhile(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "cur/2.b:2,")
	s := scannerOf(t, dir)
	s.old = earlier(t, dir)
	before := s.old.dirs
	reused := s.reusable(before)
	if reused != (reuse{true, true}) {
		t.Fatalf("%v", reused)
	}
	rename(t, dir, "cur/2.b:2,", "cur/2.b:2,S")
	after := scan(t, dir).dirs
	if err := s.checkReused(reused, before, after); !errors.Is(err, errUnsettled) || s.old != nil {
		t.Errorf("%v, %v", err, s.old)
	}
}
