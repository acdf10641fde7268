package oldconf

import "tpops/pkg/config/draft"

// verify reads the new file as the server does, with the parameters that are comments
// too, and rejects the lines of the old one that have become an error.
func (c *converter) verify(hostname string) error {
	problems, err := draft.Problems(c.lines(func(l outLine) string { return l.checked }), hostname)
	if err != nil {
		return err
	}
	for _, p := range problems {
		from := 0
		if p.Line > 0 && p.Line <= len(c.out) {
			from = c.out[p.Line-1].from
		}
		c.rejectOnce(from, p.Text)
	}
	return nil
}

// rejectOnce replaces the note about a line by its rejection.
func (c *converter) rejectOnce(at int, text string) {
	for i, n := range c.notes {
		if n.At.Line == at && at != 0 && !isRejection(n) {
			c.notes[i].Kind, c.notes[i].Text = draft.Needed, "rejected: "+text
			return
		}
	}
	c.reject(at, "%s", text)
}
