package passwdfile

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sort"
	"strings"
	"sync"

	"tpops/pkg/files"
	"tpops/pkg/password"
)

// image is the text of a passwd-file with an index of its rows. It is looked up in
// place, so that processes can share it. Its numbers are 32 bits, little endian.
//
// The index is the head; the entries of the rows, in the order of their login names;
// and lists of rows by their place in that order, each list in the order of the file.
type image struct {
	index, text []byte

	mapped []byte       // the mapping that contains both, nil if they are in the heap
	mu     sync.RWMutex // held while an image that can be closed is read
	closes bool
}

const (
	word = 4 // octets

	// An entry has the place of the row in the text, its length, and its line.
	entrySize = 3 * word

	headMagic  = 0x74707501 // changes with the layout
	stampWords = 10
	headWords  = 3 + stampWords + 2 // magic, length of the index, number of rows; stamp; counts of tableWays
)

// The lists of rows in an image. One for each of password.SCRAMHashes follows.
const (
	usableList = 0 // rows with a usable password
	scramLists = 1
)

func lists() int { return scramLists + len(password.SCRAMHashes()) }

// entry is where a row is.
type entry struct{ start, length, line uint32 }

// encode returns the index of rows with these login names, and the order of its
// entries. The lists contain numbers of entries.
func encode(names []string, entries []entry, stamp files.Stamp, ways tableWays, rows [][]uint32) []byte {
	order := make([]int, len(names))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(names[a], names[b]) })
	place := make([]uint32, len(order))
	words := append([]uint32{headMagic, 0, uint32(len(entries))}, stampTo(stamp)...)
	words = append(words, uint32(ways.all), uint32(ways.clear))
	for _, list := range rows {
		words = append(words, uint32(len(list)))
	}
	for i, n := range order {
		place[n] = uint32(i)
		words = append(words, entries[n].start, entries[n].length, entries[n].line)
	}
	for _, list := range rows {
		for _, n := range list {
			words = append(words, place[n])
		}
	}
	words[1] = uint32(len(words) * word)
	index := make([]byte, 0, len(words)*word)
	for _, w := range words {
		index = binary.LittleEndian.AppendUint32(index, w)
	}
	return index
}

func stampTo(s files.Stamp) []uint32 {
	var words []uint32
	for _, v := range []uint64{s.Device, s.Inode, uint64(s.Size), uint64(s.Modified), uint64(s.Change)} {
		words = append(words, uint32(v), uint32(v>>32))
	}
	return words
}

// stamp returns the stamp of the file that the image was made of.
func (i *image) stamp() files.Stamp {
	long := func(n int) uint64 { return uint64(i.word(3+2*n)) | uint64(i.word(4+2*n))<<32 }
	return files.Stamp{Device: long(0), Inode: long(1), Size: int64(long(2)), Modified: int64(long(3)), Change: int64(long(4))}
}

// ways returns for how many rows each way to log in works.
func (i *image) ways() tableWays {
	w := tableWays{all: int(i.word(headWords - 2)), clear: int(i.word(headWords - 1))}
	for n := range password.SCRAMHashes() {
		w.scram = append(w.scram, i.count(scramLists+n))
	}
	return w
}

func (i *image) word(n int) uint32 { return binary.LittleEndian.Uint32(i.index[n*word:]) }

// rows returns the number of rows.
func (i *image) rows() int { return int(i.word(2)) }

// count returns the number of rows in a list.
func (i *image) count(list int) int { return int(i.word(headWords + list)) }

// listed returns the place of the row that is n-th in a list.
func (i *image) listed(list, n int) int {
	at := headWords + lists() + i.rows()*entrySize/word + n
	for before := range list {
		at += i.count(before)
	}
	return int(i.word(at))
}

// at returns the text and the line of the row at a place in the order of names.
func (i *image) at(place int) (text []byte, line int) {
	first := headWords + lists() + place*entrySize/word
	start, length := i.word(first), i.word(first+1)
	return i.text[start : start+length], int(i.word(first + 2))
}

// find returns a copy of the row of a login name, and its line, 0 if there is none.
func (i *image) find(login string) (text string, line int) {
	defer i.hold()()
	if i.index == nil {
		return "", 0
	}
	name := []byte(login)
	place, found := sort.Find(i.rows(), func(place int) int {
		row, _ := i.at(place)
		return bytes.Compare(name, loginOf(row))
	})
	if !found {
		return "", 0
	}
	row, line := i.at(place)
	return string(row), line
}

// pick returns a copy of a row in a list: pick gets the length of the list. The text is
// empty if the list is.
func (i *image) pick(list int, pick func(n int) int) string {
	defer i.hold()()
	if i.index == nil || i.count(list) == 0 {
		return ""
	}
	row, _ := i.at(i.listed(list, pick(i.count(list))))
	return string(row)
}

// loginOf returns the login name in the text of a row.
func loginOf(row []byte) []byte {
	name, _, _ := bytes.Cut(row, []byte(":"))
	return name
}
