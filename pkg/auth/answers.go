package auth

import (
	"container/list"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/blake2b"

	"tpops/pkg/pop3"
)

// answers are the accounts of those who were let in last, one for each user: the
// row that was found, whatever spelling of its name a client used. Goroutines may
// share it.
type answers struct {
	key  [blake2b.Size256]byte // of the digests; nobody outside this process has it
	size int

	mu     sync.Mutex
	byUser map[digest]*list.Element // by row
	byName map[digest]*list.Element // by login name, as clients send it
	order  list.List                // of *answer, the oldest first
}

// digest stands for a secret, of which it says nothing without the key.
type digest [blake2b.Size256]byte

// maxSpellings bounds under how many names one user is remembered.
const maxSpellings = 8

// identity is a login name as a client sent it, and a password.
type identity struct{ name, password digest }

// answer is one that was let in.
type answer struct {
	user, password digest
	names          []spelling
	account        pop3.Account
}

// spelling is a login name under which a client was let in, and when that was
// asked for. Each has its own time: that one finds the user does not prolong
// another.
type spelling struct {
	name digest
	at   time.Time
}

func newAnswers(size int) *answers {
	a := &answers{size: size, byUser: map[digest]*list.Element{}, byName: map[digest]*list.Element{}}
	rand.Read(a.key[:]) // It never fails.
	return a
}

// identify makes digests of a login name and a password.
func (a *answers) identify(login, password string) identity {
	return identity{name: a.digest("name", login), password: a.digest("password", password)}
}

// user makes a digest of the row of an account. Two databases may have rows of
// the same name.
func (a *answers) user(account *pop3.Account) digest {
	return a.digest("user", account.Name, account.Maildrop, account.PopServer)
}

// digest makes one of texts. Each has its length in front, so that no two lists
// of texts look alike.
func (a *answers) digest(texts ...string) (sum digest) {
	mac, err := blake2b.New256(a.key[:])
	if err != nil {
		panic(err) // The key has the right length.
	}
	for _, text := range texts {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		mac.Write([]byte(text))
	}
	mac.Sum(sum[:0])
	return sum
}

// find returns the account that was let in under this name with this password,
// and how long ago that was; nil if none was.
func (a *answers) find(id identity) (*pop3.Account, time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	element, ok := a.byName[id.name]
	if !ok {
		return nil, 0
	}
	known := element.Value.(*answer)
	if subtle.ConstantTimeCompare(known.password[:], id.password[:]) != 1 {
		return nil, 0
	}
	i := slices.IndexFunc(known.names, func(s spelling) bool { return s.name == id.name })
	return &known.account, time.Since(known.names[i].at)
}

// keep remembers an account that was asked for at that time, in place of an
// older answer for the name or the user, and returns what is remembered. If there
// are too many, the oldest goes.
func (a *answers) keep(id identity, account *pop3.Account, asked time.Time) *pop3.Account {
	known := &answer{user: a.user(account), password: id.password, account: *account}
	a.mu.Lock()
	defer a.mu.Unlock()
	if element, ok := a.byUser[known.user]; ok {
		if old := element.Value.(*answer); old.password == id.password {
			known.names = old.names // They have found the same row with the same password.
		}
		a.remove(element)
	}
	if element, ok := a.byName[id.name]; ok {
		a.remove(element) // The name finds another user now.
	}
	if a.order.Len() >= a.size {
		a.remove(a.order.Front())
	}
	known.addName(spelling{id.name, asked})
	element := a.order.PushBack(known)
	a.byUser[known.user] = element
	for _, name := range known.names {
		a.byName[name.name] = element
	}
	return &known.account
}

// addName adds a spelling, in place of what is known of it, or of the oldest if
// there are too many.
func (n *answer) addName(s spelling) {
	names := slices.DeleteFunc(slices.Clone(n.names), func(old spelling) bool { return old.name == s.name })
	if len(names) == maxSpellings {
		names = names[1:]
	}
	n.names = append(names, s)
}

// drop forgets the answer for just this name and password, which is that for
// other spellings of the name too.
func (a *answers) drop(id identity) {
	a.mu.Lock()
	defer a.mu.Unlock()
	element, ok := a.byName[id.name]
	if ok && element.Value.(*answer).password == id.password {
		a.remove(element)
	}
}

// remove forgets an answer. The caller holds mu.
func (a *answers) remove(element *list.Element) {
	known := element.Value.(*answer)
	delete(a.byUser, known.user)
	for _, name := range known.names {
		delete(a.byName, name.name)
	}
	a.order.Remove(element)
}
