package usage

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestSize checks that the file for 100,000 users with two clients each would have at most
// 50 MB, with a tenth of them, and how often it is read.
func TestSize(t *testing.T) {
	const users = 10_000
	f, name := newFile(t)
	for n := 0; n < users; n += 1000 {
		var some []session
		for i := range 1000 {
			s := numbered(n+i, start)
			some = append(some, s)
			s.Class = Class{Method: "USER"}
			some = append(some, s)
		}
		record(t, f, start, some...)
	}
	info, err := f.f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 50e6/10 {
		t.Errorf("%d octets", info.Size())
	}
	pages := int(info.Size()+pageSize-1) / pageSize
	counter := &countingReader{in: f.f}
	r := &Reader{in: counter, now: start}
	found := 0
	for range r.Clients() {
		found++
	}
	if found != 2*users || r.Damaged() != 0 || counter.reads > pages+1 {
		t.Errorf("%d records, %d damaged, %d reads of %d pages", found, r.Damaged(), counter.reads, pages)
	}
	before := info.Size()
	record(t, openFile(t, name), start.Add(time.Hour), numbered(0, start), numbered(users-1, start))
	if info, _ := f.f.Stat(); info.Size() != before {
		t.Errorf("the file has grown from %d to %d octets", before, info.Size())
	}
}

// countingReader counts calls.
type countingReader struct {
	in    io.ReaderAt
	reads int
}

func (r *countingReader) ReadAt(b []byte, at int64) (int, error) {
	r.reads++
	return r.in.ReadAt(b, at)
}

// TestSpace checks that the place of expired records is used again.
func TestSpace(t *testing.T) {
	f, name := newFile(t)
	size := int64(0)
	for year := range 5 {
		now := start.Add(time.Duration(year) * (keepTime + 2*rescanTime))
		for n := range 500 {
			record(t, f, now, numbered(1000*year+n, now))
		}
		if all, damaged := contents(t, name, now); len(all) != 500 || damaged != 0 {
			t.Fatalf("%d records, %d damaged", len(all), damaged)
		}
		info, err := f.f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		if size == 0 {
			size = info.Size()
		}
		if info.Size() != size {
			t.Errorf("year %d: %d octets, %d at first", year, info.Size(), size)
		}
	}
}

// TestReadMeanwhile reads the file while it is written: no record is damaged or missing.
func TestReadMeanwhile(t *testing.T) {
	f, name := newFile(t)
	written := make(chan struct{})
	go func() {
		defer close(written)
		for n := range 150 {
			var some []session
			for i := range 40 {
				some = append(some, numbered(n*5+i, start))
			}
			if _, err := f.update(collected(some...), start); err != nil {
				t.Error(err)
			}
		}
	}()
	known := 0
	for done := false; !done; {
		select {
		case <-written:
			done = true
		default:
		}
		all, damaged := contents(t, name, start)
		if damaged != 0 || len(all) < known {
			t.Fatalf("%d records, %d before, %d damaged", len(all), known, damaged)
		}
		known = len(all)
	}
	if known != 149*5+40 {
		t.Errorf("%d records", known)
	}
}

// TestFull checks that a full file still takes logins of known users.
func TestFull(t *testing.T) {
	f, name := newFile(t)
	record(t, f, start, numbered(1, start))
	f.pages, f.holes = maxPages, [pageBlocks + 1][]uint32{}
	if _, err := f.update(collected(numbered(1, start.Add(time.Second)), numbered(2, start)), start); !errors.Is(err, errFull) {
		t.Error(err)
	}
	if all, _ := contents(t, name, start); len(all) != 1 || all[key{numbered(1, start).User, numbered(1, start).Class}].Total.Logins != 2 {
		t.Error(all)
	}
}

// TestForeign checks that no other file is changed, and that no directory or link is read
// as a file of usage.
func TestForeign(t *testing.T) {
	for _, text := range []string{"#!/bin/sh\n", strings.Repeat("mail", 100), "tpopsus9" + strings.Repeat("x", 100)} {
		f, name := newFile(t)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := f.update(collected(numbered(1, start)), start); !errors.Is(err, errForeign) {
			t.Error(err)
		}
		if _, err := OpenReader(name, start); !errors.Is(err, errForeign) {
			t.Error(err)
		}
		if left, err := os.ReadFile(name); err != nil || string(left) != text {
			t.Errorf("%q, %v", left, err)
		}
	}
	if _, err := OpenReader(t.TempDir(), start); !errors.Is(err, errForeign) {
		t.Error(err)
	}
}

// TestRemoved checks that a removed file is reported, and that an emptied one begins anew.
func TestRemoved(t *testing.T) {
	f, name := newFile(t)
	record(t, f, start, numbered(1, start), numbered(2, start))
	if err := os.Truncate(name, 0); err != nil {
		t.Fatal(err)
	}
	record(t, f, start, numbered(2, start))
	if all, damaged := contents(t, name, start); len(all) != 1 || damaged != 0 {
		t.Errorf("%d records, %d damaged", len(all), damaged)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if _, err := f.update(collected(numbered(2, start)), start); !errors.Is(err, errRemoved) {
		t.Error(err)
	}
}

// TestLocked checks that a process that keeps the file locked is not waited for without
// end.
func TestLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, name := newFile(t)
		other := openFile(t, name)
		if err := other.lock(); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if _, err := f.update(collected(numbered(1, start)), start); !errors.Is(err, errLocked) || time.Since(begun) != lockTries*lockWait {
			t.Error(err)
		}
	})
}
