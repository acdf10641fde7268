package uidlist

import (
	"cmp"
	"slices"
)

// Message is a message as the other server shows it.
type Message struct {
	Unique string // file name up to the first colon
	UIDL   string // may be no legal UIDL: the other server does not check that
	Octets int64  // in POP3; -1 if not known
	Size   int64  // of the file; -1 if not known
}

// Messages returns the messages of the list in the order in which Dovecot shows
// them, with the UIDLs that the format gives. Messages that are gone may be among
// them.
func (d *Dovecot) Messages(f Format) []Message {
	sorted := slices.Clone(d.Entries)
	slices.SortStableFunc(sorted, DovecotEntry.Compare)
	messages := make([]Message, len(sorted))
	for i, e := range sorted {
		messages[i] = Message{Unique: e.Unique, UIDL: f.UIDL(d.UIDValidity, e), Octets: -1, Size: -1}
		if n, ok := e.Octets(); ok {
			messages[i].Octets = n
		}
		if n, ok := e.Size(); ok {
			messages[i].Size = n
		}
	}
	return messages
}

// Compare compares entries as Dovecot's POP3 server orders messages: by their
// order, then by their UIDs.
func (e DovecotEntry) Compare(other DovecotEntry) int {
	return cmp.Or(cmp.Compare(e.Order(), other.Order()), cmp.Compare(e.UID, other.UID))
}

// Messages returns the messages of the list in the order in which Courier shows
// them. Messages that are gone may be among them. Octets are not known: those of
// the list are wrong for a file with CRs.
func (c *Courier) Messages() []Message {
	sorted := slices.Clone(c.Entries)
	slices.SortStableFunc(sorted, func(a, b CourierEntry) int { return CompareCourier(a.Name, b.Name) })
	messages := make([]Message, len(sorted))
	for i, e := range sorted {
		messages[i] = Message{Unique: e.Unique(), UIDL: e.UIDL(), Octets: -1, Size: -1}
	}
	return messages
}
