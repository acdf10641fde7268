package process

// Policy is how many children a parent keeps.
type Policy struct {
	Least int // minimum of children that can serve
	Spare int // minimum of idle children
	Most  int // maximum of processes, which takes precedence
}

// Counts is the number of children in each state. Each child is in one of the first
// four states.
type Counts struct {
	Starting int // not yet Ready
	Idle     int // waiting for a connection
	Busy     int // serving a session
	Leaving  int // ordered to end

	Sessions int // of Busy and Leaving children
}

// All returns the number of processes.
func (c Counts) All() int { return c.Starting + c.Idle + c.Busy + c.Leaving }

// Missing returns the number of children to start.
func (p Policy) Missing(c Counts) int {
	waiting := c.Starting + c.Idle
	want := max(p.Least-waiting-c.Busy, p.Spare-waiting)
	return max(0, min(want, p.Most-c.All()))
}
