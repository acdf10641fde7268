package pop3test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

func open(t *testing.T, drop Maildrop) pop3.Mailbox {
	t.Helper()
	m, err := drop.Open()
	for wait := time.Millisecond; drop.Remote && errors.Is(err, pop3.ErrLocked) && wait < 10*time.Second; wait *= 2 {
		time.Sleep(wait)
		m, err = drop.Open()
	}
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = m.Close() })
	load(t, m)
	return m
}

// load gets the messages of a mailbox that may not have them at first.
func load(t *testing.T, m pop3.Mailbox) {
	t.Helper()
	loader, ok := m.(pop3.Loader)
	if !ok {
		return
	}
	before := m.Listing()
	if err := loader.Load(t.Context()); err != nil {
		t.Fatalf("load: %v", err)
	}
	after := m.Listing()
	if before.Len() != after.Len() || before.Octets() != after.Octets() || before.HasUIDLs() != after.HasUIDLs() {
		t.Errorf("%d messages of %d octets, before they were loaded %d of %d", after.Len(), after.Octets(), before.Len(), before.Octets())
	}
}

func read(t *testing.T, m pop3.Mailbox, n int) string {
	t.Helper()
	r, err := m.Open(t.Context(), n)
	if err != nil {
		t.Fatalf("open message %d: %v", n, err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read message %d: %v", n, err)
	}
	return string(text)
}

// update updates and closes the mailbox like QUIT.
func update(t *testing.T, m pop3.Mailbox, marks *pop3.Marks) {
	t.Helper()
	if marks == nil {
		marks = &pop3.Marks{}
	}
	if err := m.Update(context.WithoutCancel(t.Context()), marks); err != nil {
		t.Fatalf("update: %v", err)
	}
	closeMailbox(t, m)
}

func closeMailbox(t *testing.T, m pop3.Mailbox) {
	t.Helper()
	if err := m.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func uidls(m pop3.Mailbox) []string {
	var all []string
	for n := 1; n <= m.Listing().Len(); n++ {
		all = append(all, m.Listing().Message(n).UIDL)
	}
	return all
}

// wire returns a message as it is sent, before dots are stuffed.
func wire(text string) string {
	var b bytes.Buffer
	for _, line := range strings.SplitAfter(text, "\n") {
		if line == "" {
			continue
		}
		b.WriteString(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))
		if !strings.HasSuffix(line, "\n") && strings.HasSuffix(line, "\r") {
			b.WriteByte('\r')
		}
		b.WriteString("\r\n")
	}
	return b.String()
}
