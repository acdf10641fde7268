package pop3test

import "testing"

// The maildrop in memory keeps the contract too: else tests of the protocol
// that use it would prove nothing.
func TestMemory(t *testing.T) {
	TestMailbox(t, func(_ *testing.T, texts []string) Maildrop {
		d := NewMemory(texts...)
		return Maildrop{Open: d.Open, Remove: d.Remove}
	})
}
