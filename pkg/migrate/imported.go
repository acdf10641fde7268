package migrate

import (
	"context"
	"fmt"

	"tpops/pkg/maildir"
)

// learn notes in the report of a mailbox that is not imported again how many messages the old
// server has given another UIDL, if TPOPS has not served them. After a move back the clients
// have them under the UIDLs of that server, and would download them again. While it serves only
// IMAP no client has, so that this is no fault. What cannot be read is none either: there is
// nothing to import, and the old server may be gone. Logins wait meanwhile, so no message is
// read. The error is that of ctx.
func (im *Importer) learn(ctx context.Context, j Job, s *maildir.Survey, r *Report) error {
	source, reuse := im.Source, false
	switch server := im.Source.(type) {
	case Dovecot:
		reuse, server.ReuseXUIDL = server.ReuseXUIDL, false
		source = server
	case Courier:
	default: // The others have no list, which grows while the server is in use.
		return nil
	}
	messages := s.Listed()
	o, err := source.old(ctx, j, s, messages)
	if err == nil && reuse {
		err = o.keep(s, messages)
	}
	if err != nil {
		return ctx.Err()
	}
	if c, err := s.Changes(decide(messages, o).text); err == nil && c.Others > 0 {
		r.Notes = append(r.Notes, laterNote(c))
	}
	return nil
}

// keep puts the UIDLs of tpops_uidl in the place of what the format gave. They may be from
// X-UIDL fields, which do not change. Another message has another UIDL than that of its name,
// whether or not it has such a field.
func (o *old) keep(s *maildir.Survey, messages []maildir.Surveyed) error {
	named, err := s.Preview(maildir.OrderLine + "\n")
	if err != nil {
		return err
	}
	byName := make(map[string]string, len(named))
	for _, m := range named {
		byName[m.Unique] = m.UIDL
	}
	for n, k := range o.known {
		if m := messages[k.index]; m.UIDL != byName[m.Unique] {
			o.known[n].uidl = m.UIDL
		}
	}
	return nil
}

// laterNote returns the note about messages that TPOPS has not served, and what Replace would
// do to those that it has.
func laterNote(c maildir.Changes) string {
	most, least := "", ""
	if c.Partial {
		most, least = "at most ", "at least "
	}
	note := fmt.Sprintf("not served yet, with another UIDL at the old server: %s%d; if clients have fetched mail there since the import, add --replace", most, c.Others)
	if c.Served > 0 {
		note += fmt.Sprintf("; that also changes the UIDLs of messages that TPOPS has served: %s%d", least, c.Served)
	}
	return note
}
