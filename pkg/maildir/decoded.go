package maildir

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"tpops/pkg/compressed"
	"tpops/pkg/pop3"
)

// decodedMessage is the text of a message whose file is compressed. The file was
// decoded whole before: that this fails now means that it is being changed,
// or that the disk fails.
type decodedMessage struct {
	file    *messageReader
	name    string
	damaged func() // called if the file cannot be decoded any more

	mu   sync.Mutex // of text and damaged, since a session may close the message, and its mailbox, while it is read
	text *compressed.Reader
}

// newDecodedMessage returns the text of an open file, which it closes, also after an
// error. The error is that of compressed.NewReader.
func newDecodedMessage(ctx context.Context, file *messageReader, name string, format compressed.Format, damaged func()) (*decodedMessage, error) {
	text, err := compressed.NewReader(ctx, file, format, file.left)
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	return &decodedMessage{file: file, name: name, damaged: damaged, text: text}, nil
}

// Read reads text.
func (d *decodedMessage) Read(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.text.Read(p)
	if err = undecodable(d.name, err); errors.Is(err, pop3.ErrEncoded) {
		d.damaged()
	}
	return n, err
}

// Close closes the file, which ends a read that waits for it.
func (d *decodedMessage) Close() error {
	err := d.file.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.text.Close()
	return err
}
