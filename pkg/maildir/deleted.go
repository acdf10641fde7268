package maildir

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// With keep-deleted QUIT moves the files of deleted messages into a batch: a directory
// of its own in DeletedDir, whose name is the time in seconds since 1970, a dot and the
// session. A batch has a record, which is written first, and two directories with the
// files, under their names. So a kill or a crash at any moment leaves each file in the
// mailbox or in the batch, and all that it takes to move it back is in names. The record
// only describes the messages.

// DeletedDir is the directory in a Maildir with the messages that keep-deleted has kept.
const DeletedDir = "tpops_deleted"

// batchSubs are the directories of a batch, by where the files were.
var batchSubs = [...]string{inNew: "from-new", inCur: "from-cur"}

// unknownSession is the session of a batch if it is not known. In its name a random word
// follows, since several of such batches may be made in one second.
const unknownSession = "unknown"

// origin is the session that deletes messages, for the operator.
type origin struct{ session, remote string }

// batchName returns the name of the batch of a session.
func (o *origin) batchName(now time.Time) string {
	session := unknownSession + "-" + rand.Text()[:10]
	if o != nil && isSession(o.session) {
		session = o.session
	}
	return strconv.FormatInt(now.Unix(), 10) + "." + session
}

// isSession reports whether a text can be part of the name of a batch.
func isSession(text string) bool {
	return text != "" && len(text) <= 64 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// maxBatchTime is the end of the year 9999. Nothing can show or calculate all later times.
const maxBatchTime = 253402300799

// parseBatch returns the time and the session in the name of a batch.
func parseBatch(name string) (at time.Time, session string, ok bool) {
	seconds, session, found := strings.Cut(name, ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if !found || err != nil || n < 0 || n > maxBatchTime || strconv.FormatInt(n, 10) != seconds || !isSession(session) {
		return at, "", false
	}
	if strings.HasPrefix(session, unknownSession+"-") {
		session = unknownSession
	}
	return time.Unix(n, 0), session, true
}

// batch is where the messages go that one QUIT deletes.
type batch struct {
	dir  int // -1 if it could not be made
	subs subdirs
	kept pop3.Marks // as deleted, by index + 1: messages with a file in the batch
	err  error      // why the first of the others is not
	lost int        // files that were removed instead
	name string     // below the hidden directory
	must bool       // A file that it cannot take stays where it is.
}

// newBatch makes a batch in the hidden directory home of the Maildir. If it cannot, the
// batch takes nothing.
func (m *Mailbox) newBatch(home string, marks *pop3.Marks) *batch {
	b := &batch{dir: -1, subs: noSubdirs(), must: home == asideDir}
	b.err = b.make(m, home, marks)
	return b
}

func (b *batch) make(m *Mailbox, home string, marks *pop3.Marks) error {
	all, err := makeHidden(m.dir, home)
	if err != nil {
		return err
	}
	defer unix.Close(all)
	name := m.origin.batchName(m.now())
	if err := retry(func() error { return unix.Mkdirat(all, name, 0o700) }); err != nil {
		return fmt.Errorf("make %q: %w", name, err)
	}
	dir, err := openHidden(all, name)
	if err == nil {
		_ = flock(dir, unix.LOCK_SH|unix.LOCK_NB) // Not all file systems have locks. See removeBatch.
		err = writeRecord(dir, m.record(marks), b.must || m.reader.options.follows())
	}
	if err != nil {
		if dir >= 0 {
			_ = unix.Close(dir)
		}
		_ = unix.Unlinkat(all, name, unix.AT_REMOVEDIR)
		return err
	}
	b.dir, b.name = dir, name
	return nil
}

// hide moves a file of message i into the batch.
func (b *batch) hide(i int, at place) (err error) {
	if b.dir < 0 {
		return b.err
	}
	if b.subs[at.sub] < 0 {
		if b.subs[at.sub], err = makeHidden(b.dir, batchSubs[at.sub]); err != nil {
			return err
		}
	}
	if err := at.hide(b.subs[at.sub]); err != nil {
		return err
	}
	b.kept.Delete(i + 1)
	return nil
}

// lose notes why a file was removed instead.
func (b *batch) lose(err error) {
	b.lost++
	if b.err == nil {
		b.err = err
	}
}

func (b *batch) close() {
	b.subs.close()
	if b.dir >= 0 {
		_ = unix.Close(b.dir)
	}
}

// discard removes the file at a place, into the batch if there is one. A batch that
// cannot take it is no reason to keep a message that the client has deleted.
func (r *removal) discard(i int, at place, file heldFile) (hidden bool, err error) {
	another := r.isRemoved(i, identityOf(file.stat)) // One name is enough.
	if !another && r.stays(file) {
		return false, errOdd
	}
	if r.batch == nil || another || !isRegular(file.stat) {
		return false, at.unlink()
	}
	refused := r.batch.hide(i, at)
	if refused == nil {
		return true, nil
	}
	if r.batch.must {
		return false, refused
	}
	if err := at.unlink(); err != nil {
		return false, err
	}
	r.batch.lose(refused)
	return false, nil
}

// stays reports whether a file is one that the batch has to take, and cannot.
func (r *removal) stays(file heldFile) bool {
	return r.batch != nil && r.batch.must && !isRegular(file.stat)
}

// DeleteFor names the session and the address of its client, for those who list the
// messages that it deletes. It is called before Update, if at all.
func (m *Mailbox) DeleteFor(session, remote string) { m.origin = &origin{session, remote} }

// Kept implements pop3.Keeper.
func (m *Mailbox) Kept(n int) bool { return m.kept.IsDeleted(n) }

// putAway notes after an update which messages are in the batch, logs why others are not,
// and removes what is older than keep-deleted.
func (m *Mailbox) putAway(b *batch) {
	defer b.close()
	for n := 1; n <= m.Listing().Len() && !b.kept.IsEmpty(); n++ {
		if b.kept.IsDeleted(m.snap.index(n) + 1) {
			m.kept.Delete(n)
		}
	}
	if b.lost > 0 {
		m.logger().Warn("deleted messages not kept", "files", b.lost, "error", b.err)
	}
	// tpopsctl expire-deleted reports what cannot be removed.
	old := expiry{until: m.now().Add(-m.reader.options.KeepDeleted), batches: batchesAtQuit, limit: expiredAtQuit}
	_, _ = old.run(m.dir)
}
