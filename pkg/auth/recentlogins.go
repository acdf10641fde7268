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

// recentLogins contains the last accepted logins, one for each user: the row that was
// found, under all spellings of its name. Goroutines may share it.
type recentLogins struct {
	key  [blake2b.Size256]byte // of the digests; only this process has it
	size int

	mu     sync.Mutex
	byUser map[digest]*list.Element // by row
	byName map[digest]*list.Element // by login name, as clients send it
	order  list.List                // of *recentLogin, the oldest first
}

// digest is a keyed hash of a secret, which reveals nothing without the key.
type digest [blake2b.Size256]byte

// maxSpellings is the highest number of names of one user.
const maxSpellings = 8

// identity is a login name as a client sent it, and a password.
type identity struct{ name, password digest }

// recentLogin is an accepted login.
type recentLogin struct {
	user, password digest
	names          []spelling
	account        pop3.Account
}

// spelling is a login name of an accepted login, and when the database was asked. Each
// spelling has a separate time limit: a login with one does not extend another.
type spelling struct {
	name digest
	at   time.Time
}

func newRecentLogins(size int) *recentLogins {
	a := &recentLogins{size: size, byUser: map[digest]*list.Element{}, byName: map[digest]*list.Element{}}
	rand.Read(a.key[:]) // It never fails.
	return a
}

// identify makes digests of a login name and a password. The same name from another
// client counts as another spelling.
func (a *recentLogins) identify(login, password, client string) identity {
	return identity{name: a.digest("name", login, client), password: a.digest("password", password)}
}

// user makes a digest of the row of an account. Two databases may have rows with the
// same name.
func (a *recentLogins) user(account *pop3.Account) digest {
	return a.digest("user", account.Name, account.Maildrop, account.PopServer)
}

// digest makes a digest of texts. The length of each text is hashed before it, so that
// different lists never have the same digest.
func (a *recentLogins) digest(texts ...string) (sum digest) {
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

// find returns the account of the last login with this name and password, and its age.
// It returns nil if there is none.
func (a *recentLogins) find(id identity) (*pop3.Account, time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	element, ok := a.byName[id.name]
	if !ok {
		return nil, 0
	}
	known := element.Value.(*recentLogin)
	if subtle.ConstantTimeCompare(known.password[:], id.password[:]) != 1 {
		return nil, 0
	}
	i := slices.IndexFunc(known.names, func(s spelling) bool { return s.name == id.name })
	return &known.account, time.Since(known.names[i].at)
}

// keep remembers an accepted login, for which the database was asked at that time, and
// returns its account. It replaces an older login of the name or the user. If there are
// too many users, it removes the oldest one.
func (a *recentLogins) keep(id identity, account *pop3.Account, asked time.Time) *pop3.Account {
	known := &recentLogin{user: a.user(account), password: id.password, account: *account}
	a.mu.Lock()
	defer a.mu.Unlock()
	if element, ok := a.byUser[known.user]; ok {
		if old := element.Value.(*recentLogin); old.password == id.password {
			known.names = old.names // These names have found the same row with the same password.
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

// addName adds a spelling or updates its time. If there are too many, it removes the
// oldest one.
func (n *recentLogin) addName(s spelling) {
	names := slices.DeleteFunc(slices.Clone(n.names), func(old spelling) bool { return old.name == s.name })
	if len(names) == maxSpellings {
		names = names[1:]
	}
	n.names = append(names, s)
}

// drop removes the login with this name and password, under all its spellings.
func (a *recentLogins) drop(id identity) {
	a.mu.Lock()
	defer a.mu.Unlock()
	element, ok := a.byName[id.name]
	if ok && element.Value.(*recentLogin).password == id.password {
		a.remove(element)
	}
}

// remove removes a login. The caller holds mu.
func (a *recentLogins) remove(element *list.Element) {
	known := element.Value.(*recentLogin)
	delete(a.byUser, known.user)
	for _, name := range known.names {
		delete(a.byName, name.name)
	}
	a.order.Remove(element)
}
