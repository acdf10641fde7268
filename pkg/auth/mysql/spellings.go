package mysql

import (
	"context"
	"encoding/binary"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"tpops/pkg/auth"
	"tpops/pkg/password"
)

// spellings determines which spellings of a name a database considers equal, by asking
// for other spellings of an existing user. A user has the same salt under all of them,
// so an unknown name must too. It asks once a day, because the collation of a table may
// change. Goroutines and processes may share it.
type spellings struct {
	file password.SeenFile
	find func(ctx context.Context, login string) (*auth.Row, error)
	now  func() time.Time
	busy sync.Mutex // held while asking
}

// What a database may ignore in names.
const (
	ignoresCase uint64 = 1 << iota
	ignoresSpace
	ignoresAccent
)

// spellingAt is the offset of the word in the file. The word has wordUsed, the day, and
// what the database ignores.
const spellingAt = seenSize - wordSize

// daysShift is the position of the day of Unix time in the word.
const daysShift = 8

func (s *spellings) today() uint64 { return uint64(s.now().Unix() / (24 * 60 * 60)) }

// word returns the word, 0 if there is none.
func (s *spellings) word() uint64 {
	var b [wordSize]byte
	if _, err := s.file.ReadAt(b[:], spellingAt); err != nil && err != io.EOF {
		return 0
	}
	return binary.BigEndian.Uint64(b[:])
}

// learn asks the database for other spellings of a user's name, unless it has done so
// today. After an error of the database the word stays the same.
func (s *spellings) learn(ctx context.Context, name string) {
	want := wordUsed | s.today()<<daysShift
	if s.word()>>daysShift == want>>daysShift || !s.busy.TryLock() {
		return
	}
	defer s.busy.Unlock()
	swapped, accented := swapCase(name), addAccent(name)
	if swapped == name || accented == name {
		return // The name has no such letter. Another user's name will.
	}
	for _, other := range []struct {
		flag uint64
		name string
	}{{ignoresCase, swapped}, {ignoresSpace, name + " "}, {ignoresAccent, accented}} {
		row, err := s.find(ctx, other.name)
		if err != nil {
			return
		}
		if row != nil && row.Account.Name == name {
			want |= other.flag
		}
	}
	var b [wordSize]byte
	binary.BigEndian.PutUint64(b[:], want)
	_, _ = s.file.WriteAt(b[:], spellingAt) // After an error the next login asks again.
}

// fold returns the spelling from which the salt is derived for a name without a stored
// one.
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
