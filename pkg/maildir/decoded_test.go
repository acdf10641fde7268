package maildir

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/compressed"
	"tpops/pkg/pop3"
)

// What a damaged message has to be told to is told before Close returns, after which
// the mailbox may be closed too.
func TestDamagedBeforeClose(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "cur/1.a:2,", encodedFiles(t)["gz"])
	damage(t, fileIn(dir, "cur/1.a:2,"))
	fd, stat, err := openRegular(unix.AT_FDCWD, fileIn(dir, "cur/1.a:2,"), unix.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	format, err := formatOf(fd)
	if err != nil || format == compressed.Plain {
		t.Fatal(format, err)
	}
	told := 0
	var text *decodedMessage
	text, err = newDecodedMessage(t.Context(), newReader(fd, stat), "1.a", format, func() {
		if told++; text.mu.TryLock() {
			text.mu.Unlock()
			t.Error("Close would not wait")
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(text); !errors.Is(err, pop3.ErrEncoded) || told != 1 {
		t.Errorf("%v, told %d times", err, told)
	}
	if err := text.Close(); err != nil {
		t.Error(err)
	}
}

// That there is no memory for a decoder is about the process: the message is not listed
// with the size of its file.
func TestBusyIsPassing(t *testing.T) {
	if !isPassing(fmt.Errorf("x: %w", compressed.ErrBusy)) || isPassing(compressed.ErrCorrupt) {
		t.Error("an error of the process is taken for one of the file, or the other way round")
	}
}
