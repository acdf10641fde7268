package mysql

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// newSeen returns the scramSeen of a process with this file and secret.
func newSeen(file password.SeenFile, secret string) (*scramSeen, *password.Verifier) {
	v := password.NewVerifier()
	v.TakeSalts([]byte(secret))
	return &scramSeen{file: file, tag: v.Tag, unseen: func() scramShape {
		return scramShape{iterations: scram.MinIterations, salt: 16}
	}}, v
}

// openSeen opens a file as a process does.
func openSeen(t *testing.T, path string) *os.File {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func keysOf(iterations, salt int) password.Stored {
	return scramShape{iterations: iterations, salt: salt}.stored(scram.SHA256)
}

// Keys of unknown users have the most common form. It does not depend on which user
// logged in last, and is the same in every process and after a restart.
func TestUnknownLikeMost(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	path := filepath.Join(t.TempDir(), "seen")
	seen, v := newSeen(openSeen(t, path), secret)
	other, otherV := newSeen(openSeen(t, path), secret)
	unknown := func(s *scramSeen, v *password.Verifier) *scram.Keys {
		user := auth.KeyUser{RowUser: auth.RowUser{Kind: kind, Verifier: v}, Login: "nobody", Decoy: s.decoy}
		k, _, err := user.SCRAMKeys(t.Context(), pop3.Attempt{}, scram.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	if k := unknown(seen, v); k.Iterations != scram.MinIterations || len(k.Salt) != 16 {
		t.Errorf("before a user was seen: %d, %d", k.Iterations, len(k.Salt))
	}
	for i := range 10 {
		seen.record(scram.SHA256, fmt.Sprint("user", i), keysOf(10_000, 12))
	}
	for range 100 {
		seen.record(scram.SHA256, "odd", keysOf(5000, 12))
	}
	again, againV := newSeen(openSeen(t, path), secret)
	first := unknown(seen, v)
	for name, k := range map[string]*scram.Keys{"here": first, "other process": unknown(other, otherV), "restarted": unknown(again, againV)} {
		if k.Iterations != 10_000 || len(k.Salt) != 12 || string(k.Salt) != string(first.Salt) {
			t.Errorf("%s: %d, %x", name, k.Iterations, k.Salt)
		}
	}
	if s := seen.decoy(scram.SHA1); s.Data != keysOf(scram.MinIterations, 16).Data && s.Scheme != "SCRAM-SHA-1" {
		t.Errorf("another hash function: %+v", s)
	}
	for i := range 10 { // All passwords have been changed.
		seen.record(scram.SHA256, fmt.Sprint("user", i), keysOf(20_000, 16))
	}
	if k := unknown(other, otherV); k.Iterations != 20_000 || len(k.Salt) != 16 {
		t.Errorf("after new passwords: %d, %d", k.Iterations, len(k.Salt))
	}
}

// The file has a maximum size. A damaged file does not lead to keys of an impossible
// form.
func TestSeenIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seen")
	seen, _ := newSeen(openSeen(t, path), "secret")
	var all sync.WaitGroup
	for process := range 4 {
		all.Go(func() {
			for i := range 3 * seenUsers {
				seen.record(scram.SHA256, fmt.Sprint(process, i), keysOf(20_000, 16))
			}
		})
	}
	all.Wait()
	if info, err := os.Stat(path); err != nil || info.Size() > seenSize {
		t.Errorf("%v, %v", info, err)
	}
	noise := make([]byte, seenSize)
	for i := range noise {
		noise[i] = 0xBF // used, and too many iterations
	}
	if err := os.WriteFile(path, noise, 0o600); err != nil {
		t.Fatal(err)
	}
	if s := seen.decoy(scram.SHA256); s.Data != keysOf(scram.MinIterations, 16).Data {
		t.Errorf("damaged: %+v", s)
	}
	closed := openSeen(t, path)
	closed.Close()
	seen.file = closed
	seen.record(scram.SHA256, "ann", keysOf(20_000, 16))
	if s := seen.decoy(scram.SHA256); s.Data != keysOf(scram.MinIterations, 16).Data {
		t.Errorf("unreadable: %+v", s)
	}
}

// The salt of an unknown name is the same under all spellings that the database
// considers equal, and different under others.
func TestSaltPerUser(t *testing.T) {
	now := time.Unix(1e9, 0)
	same := map[string][]string{
		"binary":  {"ann"},
		"pads":    {"ann", "ann "},
		"general": {"ann", "ANN", "Ann", "ann ", "ánn"},
	}
	asked := 0
	s := &spellings{file: password.NewSeenMemory(), now: func() time.Time { return now }}
	for table, names := range same {
		now = now.Add(24 * time.Hour)
		s.find = func(_ context.Context, login string) (*auth.Row, error) {
			asked++
			if slices.Contains(names, login) {
				return auth.NewRow("ann"), nil
			}
			return nil, nil
		}
		before := asked
		s.learn(t.Context(), "123") // without letters
		s.learn(t.Context(), "kdr") // without a letter that has accents
		if asked != before {
			t.Errorf("%s: %d questions with each login of a user from whose name nothing can be learned", table, asked-before)
		}
		s.learn(t.Context(), "ann")
		before = asked
		s.learn(t.Context(), "ann")
		if asked != before {
			t.Errorf("%s: the database is asked with each login", table)
		}
		for other, like := range map[string]string{"Bob": "Ann", "BOB": "ANN", "bob ": "ann ", "bób": "ánn"} {
			want := slices.Contains(names, like)
			if got := s.fold(other) == s.fold("bob"); got != want {
				t.Errorf("%s: %q is folded to %q", table, other, s.fold(other))
			}
		}
	}
}
