package auth

import (
	"context"
	"encoding/binary"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// spellings finds out which spellings of a name a database takes for the same, by
// asking it for a user that it has. A user has one salt under all of them; so must
// a name that no user has. It asks again once a day: a table may get another
// collation. Goroutines and processes may share what it remembers.
type spellings struct {
	file seenFile
	find func(ctx context.Context, login string) (*userRow, error)
	now  func() time.Time
	busy sync.Mutex // held while asking
}

// What a database may ignore in names.
const (
	ignoresCase uint64 = 1 << iota
	ignoresSpace
	ignoresAccent
)

// spellingAt is where the word is in the file: wordUsed, the day, and what the
// database ignores.
const spellingAt = SeenSize - wordSize

// daysShift is where the day of Unix time is in the word.
const daysShift = 8

func (s *spellings) today() uint64 { return uint64(s.now().Unix() / (24 * 60 * 60)) }

// word returns what is remembered, 0 if nothing is.
func (s *spellings) word() uint64 {
	var b [wordSize]byte
	if _, err := s.file.ReadAt(b[:], spellingAt); err != nil && err != io.EOF {
		return 0
	}
	return binary.BigEndian.Uint64(b[:])
}

// learn asks the database for other spellings of a user's name, unless it has done
// so today. An error of the database leaves all as it was.
func (s *spellings) learn(ctx context.Context, name string) {
	want := wordUsed | s.today()<<daysShift
	if s.word()>>daysShift == want>>daysShift || !s.busy.TryLock() {
		return
	}
	defer s.busy.Unlock()
	for _, other := range []struct {
		flag uint64
		name string
	}{{ignoresCase, swapCase(name)}, {ignoresSpace, name + " "}, {ignoresAccent, addAccent(name)}} {
		if other.name == name {
			return // The name has no letter to try it with; another one will.
		}
		row, err := s.find(ctx, other.name)
		if err != nil {
			return
		}
		if row != nil && row.account.Name == name {
			want |= other.flag
		}
	}
	var b [wordSize]byte
	binary.BigEndian.PutUint64(b[:], want)
	_, _ = s.file.WriteAt(b[:], spellingAt) // The next login asks again.
}

// fold returns the spelling under which salts are made for a name that has none
// stored.
func (s *spellings) fold(login string) string {
	word := s.word()
	if word&ignoresCase != 0 {
		login = strings.ToLower(login)
	}
	if word&ignoresSpace != 0 {
		login = strings.TrimRight(login, " ")
	}
	if word&ignoresAccent != 0 {
		login = strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) {
				return -1
			}
			return r
		}, norm.NFD.String(login))
	}
	return login
}

// swapCase returns a name with the other case of its first ASCII letter.
func swapCase(name string) string {
	i := strings.IndexFunc(name, func(r rune) bool { return r < 0x80 && unicode.IsLetter(r) })
	if i < 0 {
		return name
	}
	return name[:i] + string(name[i]^0x20) + name[i+1:]
}

// addAccent returns a name with an accent on its first vowel.
func addAccent(name string) string {
	i := strings.IndexAny(name, "aeiouAEIOU")
	if i < 0 {
		return name
	}
	return name[:i] + norm.NFC.String(name[i:i+1]+"\u0301") + name[i+1:]
}
