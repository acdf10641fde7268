package pop3

import "time"

// parked is what a session keeps of its State while it is parked.
type parked struct {
	state         string        // packed
	at            time.Duration // from the start of the server until it was packed
	marks, unread Marks
	loggedIn      bool
}

// unpack returns the State, without its Marks. began is the start of the server. The date may
// have changed after it, so only the distance from now is right.
func (p *parked) unpack(began time.Time) *State {
	now := time.Now()
	return unpack(p.state, now.Add(p.at-now.Sub(began)))
}

// loggedIn reports whether the session is in the TRANSACTION state.
func (s *session) loggedIn() bool {
	if s.State == nil {
		return s.parked.loggedIn
	}
	return s.State.loggedIn()
}

// release gives back what a session does not need while it is parked.
func (s *session) release() {
	s.tls.release()
	if m, ok := s.tx.mailbox.(Rester); ok {
		m.Rest()
	}
	s.in.long = nil
	if s.in.release(); len(s.in.buf) == 0 {
		s.in = nil
	}
	if s.out.debug = nil; s.out.err == nil {
		s.out = nil
	}
	now, t := time.Now(), &s.Transaction
	s.parked = parked{s.State.pack(now), s.server.since(now), t.Marks, t.Unread, s.State.loggedIn()}
	s.State, s.auth.Authorization, s.tx.Transaction = nil, nil, nil
	s.conn.detach(s.server.registry)
}

// goOn makes what a session needs only while it is at work.
func (s *session) goOn() {
	s.conn.attach(s.server)
	if s.State == nil {
		p := &s.parked
		s.State = p.unpack(s.server.began)
		s.Transaction.Marks, s.Transaction.Unread = p.marks, p.unread
		s.auth.Authorization, s.tx.Transaction = &s.Authorization, &s.Transaction
		*p = parked{}
	}
	if s.in == nil {
		s.in = &input{from: s.tls.reader(&s.conn)}
	}
	if s.out == nil {
		s.out = &writer{to: s.tls.writer(&s.conn)}
	}
	s.in.long = s.auth.takesLong
	if s.backend.Debug {
		s.out.debug = s.debug
	}
}

// since returns the time from the start of the server to t. Sessions keep such times, which have
// 8 octets; a time.Time has 24.
func (s *Server) since(t time.Time) time.Duration { return t.Sub(s.began) }
