package auth

import (
	"container/list"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"sync"
	"time"

	"golang.org/x/crypto/blake2b"

	"tpops/pkg/pop3"
)

// answers are the accounts of those who were let in last, one for each login
// name. Goroutines may share it.
type answers struct {
	key  [blake2b.Size256]byte // of the digests; nobody outside this process has it
	size int

	mu    sync.Mutex
	byWho map[digest]*list.Element
	order list.List // of *answer, the oldest first
}

// digest stands for a secret, of which it says nothing without the key.
type digest [blake2b.Size256]byte

// identity is a login name, and a name together with a password.
type identity struct{ who, both digest }

// answer is one that was let in.
type answer struct {
	identity
	account pop3.Account
	at      time.Time
}

func newAnswers(size int) *answers {
	a := &answers{size: size, byWho: map[digest]*list.Element{}}
	rand.Read(a.key[:]) // It never fails.
	return a
}

// identify makes digests of a login name and a password.
func (a *answers) identify(login, password string) identity {
	return identity{who: a.digest(login), both: a.digest(login, password)}
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
	element, ok := a.byWho[id.who]
	if !ok {
		return nil, 0
	}
	known := element.Value.(*answer)
	if subtle.ConstantTimeCompare(known.both[:], id.both[:]) != 1 {
		return nil, 0
	}
	return &known.account, time.Since(known.at)
}

// keep remembers an account that was asked for at that time, in place of an
// older answer for the name, and returns what is remembered. If there are too
// many, the oldest goes.
func (a *answers) keep(id identity, account *pop3.Account, asked time.Time) *pop3.Account {
	known := &answer{identity: id, account: *account, at: asked}
	a.mu.Lock()
	defer a.mu.Unlock()
	if element, ok := a.byWho[id.who]; ok {
		a.remove(element)
	} else if a.order.Len() >= a.size {
		a.remove(a.order.Front())
	}
	a.byWho[id.who] = a.order.PushBack(known)
	return &known.account
}

// drop forgets the answer for just this name and password.
func (a *answers) drop(id identity) {
	a.mu.Lock()
	defer a.mu.Unlock()
	element, ok := a.byWho[id.who]
	if ok && element.Value.(*answer).both == id.both {
		a.remove(element)
	}
}

// remove forgets an answer. The caller holds mu.
func (a *answers) remove(element *list.Element) {
	delete(a.byWho, element.Value.(*answer).who)
	a.order.Remove(element)
}
