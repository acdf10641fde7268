package migrate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/maildir"
)

// plan is what is decided for a mailbox.
type plan struct {
	text    string   // of tpops_uidl
	kept    []string // UIDLs in order
	again   int      // messages whose old UIDL cannot be kept
	fresh   int      // messages that the other server has not shown
	changed int      // messages that have another UIDL without the text
	notes   []string
}

// decide decides which UIDLs are kept.
func decide(messages []maildir.Surveyed, o *old) *plan {
	d := decision{messages: messages, taken: map[string]bool{}, seen: make([]bool, len(messages))}
	for _, k := range o.known {
		d.take(k)
	}
	p := &plan{kept: d.kept, again: len(d.again), notes: d.notes()}
	for i := range messages {
		if !d.seen[i] && !slices.Contains(o.hidden, i) {
			p.fresh++
		}
	}
	d.own()
	for i, uidl := range d.uidls {
		if uidl != messages[i].UIDL {
			p.changed++
		}
	}
	p.text = d.text(o.known)
	return p
}

// decision is a plan that is being made.
type decision struct {
	messages                     []maildir.Surveyed
	uidls                        map[int]string // of the lines, by index
	taken                        map[string]bool
	seen                         []bool
	kept                         []string
	again                        []int
	illegal, doubles, twins, odd int
}

// take decides about a message of the old list.
func (d *decision) take(k known) {
	m := d.messages[k.index]
	if d.seen[k.index] {
		return // The list has the message twice; the first counts.
	}
	d.seen[k.index] = true
	reason := &d.illegal
	switch {
	case m.Twin:
		reason = &d.twins
	case strings.ContainsAny(m.Unique, "\t\r\n") || m.Unique == "":
		reason = &d.odd
	case !legal(k.uidl):
	case d.taken[k.uidl]:
		reason = &d.doubles
	default:
		if d.uidls == nil {
			d.uidls = map[int]string{}
		}
		d.uidls[k.index], d.taken[k.uidl] = k.uidl, true
		d.kept = append(d.kept, k.uidl)
		return
	}
	*reason++
	d.again = append(d.again, k.index)
}

// own gives the messages whose old UIDL cannot be kept a line with their own, so
// that they keep their place. A line cannot name a twin, or a message whose own
// UIDL another one has: they come last.
func (d *decision) own() {
	for _, i := range d.again {
		m := d.messages[i]
		if m.Twin || strings.ContainsAny(m.Unique, "\t\r\n") || m.Unique == "" || d.taken[m.UIDL] {
			continue
		}
		if d.uidls == nil {
			d.uidls = map[int]string{}
		}
		d.uidls[i], d.taken[m.UIDL] = m.UIDL, true
	}
}

// text returns the lines in the order of the old list.
func (d *decision) text(order []known) string {
	var text strings.Builder
	text.WriteString(maildir.OrderLine + "\n")
	for _, k := range order {
		if uidl, ok := d.uidls[k.index]; ok {
			text.WriteString(d.messages[k.index].Unique + "\t" + uidl + "\n")
			delete(d.uidls, k.index)
		}
	}
	return text.String()
}

func (d *decision) notes() []string {
	var all []string
	for _, r := range []struct {
		count int
		why   string
	}{
		{d.illegal, "have a UIDL that POP3 does not allow"},
		{d.doubles, "have the UIDL of another message"},
		{d.twins, "share their name with another message"},
		{d.odd, "have a tab or a line end in the name"},
	} {
		if r.count > 0 {
			all = append(all, fmt.Sprintf("%d %s", r.count, r.why))
		}
	}
	return all
}

// legal reports whether s is a legal unique-id (RFC 1939 §7).
func legal(s string) bool {
	return s != "" && len(s) <= 70 && !strings.ContainsFunc(s, func(r rune) bool { return r < 0x21 || r > 0x7e })
}

// errPreview means that a login would list other UIDLs than were decided.
var errPreview = errors.New("internal error: a login would not show the UIDLs that were decided")

// check returns an error unless a login that finds the text lists the kept UIDLs in
// their order. A text that says no more than the names do becomes one without
// lines, which costs a login nothing.
func (p *plan) check(s *maildir.Survey) error {
	short := maildir.OrderLine + "\n"
	if plain, err := s.Preview(short); err == nil && p.again == 0 && len(plain) == len(p.kept) && p.isIn(plain) {
		p.text = short
		return nil
	}
	shown, err := s.Preview(p.text)
	if err != nil {
		return err
	}
	if !p.isIn(shown) {
		return errPreview
	}
	return nil
}

// isIn reports whether the kept UIDLs are in a listing in their order.
func (p *plan) isIn(listing []maildir.Preview) bool {
	kept := p.kept
	for _, m := range listing {
		if len(kept) > 0 && m.UIDL == kept[0] {
			kept = kept[1:]
		}
	}
	return len(kept) == 0
}
