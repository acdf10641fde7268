package trace

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"

	"tpops/pkg/pop3"
)

const (
	// headSize is the size of what is before each line: the place of the line before,
	// and the length.
	headSize = 8 + 2
	// maxDialogue bounds the dialogue of a session, in octets.
	maxDialogue = 64 << 10
	// maxDialogues bounds the dialogues that are taken in an interval.
	maxDialogues = 30
	interval     = time.Minute
)

// Recorder keeps the last lines of all sessions of a process in one memory, in which the
// newest line replaces the oldest. It is a pop3.Recorder. Several goroutines may use it.
type Recorder struct {
	mu      sync.Mutex
	memory  []byte
	written uint64 // octets in all
	since   time.Time
	taken   int // dialogues since then
	skipped int // dialogues that were too many
}

// NewRecorder returns a recorder with so many octets of memory, more than 0.
func NewRecorder(octets int) *Recorder { return &Recorder{memory: make([]byte, octets)} }

// ForOneSession returns the memory for each of so many processes that serve one session
// at a time, of octets for all of them.
func ForOneSession(octets, processes int) int { return min(octets/max(processes, 1), maxDialogue) }

// Record implements pop3.Recorder. A place is one more than the octets before the line.
func (r *Recorder) Record(before uint64, l *pop3.DialogueLine) uint64 {
	var room [512]byte
	line := binary.NativeEndian.AppendUint64(room[:0], before)
	line = append(line, 0, 0)
	line = l.Time.UTC().AppendFormat(line, "15:04:05.000")
	line = append(append(line, ' ', byte(l.Direction), ' '), l.Text...)
	binary.NativeEndian.PutUint16(line[8:], uint16(len(line)-headSize))
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(line) > len(r.memory) {
		return before
	}
	at := r.written
	n := copy(r.memory[at%uint64(len(r.memory)):], line)
	copy(r.memory, line[n:])
	r.written += uint64(len(line))
	return at + 1
}

// Recorded implements pop3.Recorder.
func (r *Recorder) Recorded(place uint64) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.mayTake() {
		r.skipped++
		return nil
	}
	var lines []string
	for octets := 0; r.has(place) && octets < maxDialogue; {
		head := r.octets(place-1, headSize)
		before, length := binary.NativeEndian.Uint64(head), int(binary.NativeEndian.Uint16(head[8:]))
		lines = append(lines, string(r.octets(place-1+headSize, length)))
		octets += length
		place = before
	}
	if r.skipped > 0 {
		lines = append(lines, fmt.Sprintf("(%d dialogues of earlier sessions were not logged)", r.skipped))
		r.skipped = 0
	}
	slices.Reverse(lines)
	return lines
}

// mayTake reports whether another dialogue may be taken now.
func (r *Recorder) mayTake() bool {
	if now := time.Now(); now.Sub(r.since) >= interval {
		r.since, r.taken = now, 0
	}
	r.taken++
	return r.taken <= maxDialogues
}

// has reports whether no newer line has replaced the one at place.
func (r *Recorder) has(place uint64) bool {
	return place > 0 && r.written-(place-1) <= uint64(len(r.memory))
}

// octets returns a copy of n octets.
func (r *Recorder) octets(at uint64, n int) []byte {
	out := make([]byte, n)
	copied := copy(out, r.memory[at%uint64(len(r.memory)):])
	copy(out[copied:], r.memory)
	return out
}
