package board

// Hide shows no session.
func (b *Board) Hide() {
	b.memory.own.write(nil)
	b.memory.own.loggedIn.Store(0)
}

// LogIn counts a login, and shows that the session has a mailbox.
func (b *Board) LogIn() {
	b.memory.own.logins.Add(1)
	b.memory.own.loggedIn.Store(1)
}

// Logins returns how many logins the child has counted, and whether its session has a
// mailbox.
func (b *Board) Logins() (all int64, present bool) {
	return int64(b.memory.own.logins.Load()), b.memory.own.loggedIn.Load() == 1
}
