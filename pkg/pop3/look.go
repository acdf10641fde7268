package pop3

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// found is a session that an operator looks at.
type found struct {
	session *session
	info    SessionInfo
}

// Sessions returns the sessions that the server has at present, in no order. One that
// begins or ends meanwhile may be missing. Self tests are.
func (s *Server) Sessions() iter.Seq[SessionInfo] {
	return func(yield func(SessionInfo) bool) {
		for f := range s.registry.find("") {
			if !yield(f.info) {
				return
			}
		}
	}
}

// find yields the present sessions without holding a lock. Of those that are parked it
// yields only those in whose data text is, which is faster than to unpack all.
func (r *registry) find(text string) iter.Seq[found] {
	return func(yield func(found) bool) {
		seen := make(map[*session]struct{}) // One may be parked, or go on, meanwhile.
		parked := func() iter.Seq[found] { return r.lot.look(text) }
		for _, look := range []func() iter.Seq[found]{r.lookAtWork, parked, r.lookAtWork} {
			for f := range look() {
				if _, again := seen[f.session]; again || f.session.backend.Quiet {
					continue
				}
				seen[f.session] = struct{}{}
				if !yield(f) {
					return
				}
			}
		}
	}
}

// lookAtWork yields the sessions that are at work.
func (r *registry) lookAtWork() iter.Seq[found] {
	r.mu.Lock()
	all := slices.Collect(maps.Values(r.conns))
	r.mu.Unlock()
	return func(yield func(found) bool) {
		for _, ses := range all {
			if ses == nil {
				continue
			}
			if info, isAtWork := r.lot.lookAt(ses); isAtWork && !yield(found{ses, info}) {
				return
			}
		}
	}
}

// lookAt returns what is known of a session that is at work.
func (l *lot) lookAt(ses *session) (info SessionInfo, isAtWork bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !ses.isIn(l.registry) || ses.activity == nil {
		return SessionInfo{}, false
	}
	return ses.activity.read(), true
}

// lookAtOnce is how many spaces are looked at while the lock of the lot is held.
const lookAtOnce = 256

// look yields the sessions that are parked and have text in their data.
func (l *lot) look(text string) iter.Seq[found] {
	return func(yield func(found) bool) {
		for from, more := 0, true; more; from += lookAtOnce {
			var some []found
			some, more = l.lookFrom(from, text)
			for _, f := range some {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// lookFrom returns those in the spaces from that one on, and whether there are more spaces.
func (l *lot) lookFrom(from int, text string) (some []found, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	end := min(from+lookAtOnce, len(l.spaces))
	for i := from; i < end; i++ {
		if s := l.spaces[i].session; s != nil && strings.Contains(s.parked.state, text) {
			some = append(some, found{s, s.info()})
		}
	}
	return some, end < len(l.spaces)
}
