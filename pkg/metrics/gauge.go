package metrics

// Gauge is a figure that is asked for when it is shown.
type Gauge struct {
	Name  string
	Help  string
	Label string // its name, "" without one
	Word  string
	Value float64
}

// Level is a kind of Gauge.
type Level int

// The levels, in the order of the manual.
const (
	LevelSessions Level = iota // by state
	levels                     // number of levels
)

// levelTable has the row of each level. A label has the words of the callers.
var levelTable = [levels]family{
	LevelSessions: {"sessions", "state", nil, text{"Sessions at present, by state", "現在のセッションの数。状態別"}},
}

// NewGauge returns a gauge of a level.
func NewGauge(level Level, word string, value float64) Gauge {
	f := &levelTable[level]
	return Gauge{Name: prefix + f.name, Help: f.help.english, Label: f.label, Word: word, Value: value}
}
