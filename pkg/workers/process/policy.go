package process

// Policy says how many children there shall be.
type Policy struct {
	Least int // children at work, even if there is nothing to do
	Spare int // of them waiting, as long as there may be more
	Most  int // children of all states, those that are ending too
}

// Counts is how many children there are of each state. A child has one of the
// first four.
type Counts struct {
	Starting int // not Ready yet
	Idle     int // waiting for a connection
	Busy     int // with a session
	Leaving  int // told to end; nothing new is for them

	Sessions int // those of Busy and Leaving that have a session
	LoggedIn int // and of these, whose client has logged in
}

// All returns how many processes there are.
func (c Counts) All() int { return c.Starting + c.Idle + c.Busy + c.Leaving }

// Missing returns how many children are to be started.
func (p Policy) Missing(c Counts) int {
	waiting := c.Starting + c.Idle
	want := max(p.Least-waiting-c.Busy, p.Spare-waiting)
	return max(0, min(want, p.Most-c.All()))
}
