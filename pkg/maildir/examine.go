package maildir

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/osuser"
)

// Examine looks for faults in the Maildir dir, an absolute path, with the rights of
// owner. deep reads all messages. Without fix it changes nothing and takes no lock, so
// that the server may run.
//
// With fix it locks the Maildir as a session does, and repairs what it can: it deletes
// no message, changes no UIDL, and replaces files as a whole. The error then is or wraps
// pop3.ErrLocked if a session has the lock.
//
// The error is or wraps ErrNoMaildir if the Maildir alone is missing. Other errors are
// those of the system, or that of ctx.
func Examine(ctx context.Context, owner *osuser.Owner, dir string, options Options, deep, fix bool) (*Health, error) {
	options.readOnly, options.Cache = true, nil
	x := &examination{ctx: ctx, survey: &Survey{m: newMailbox(owner, &options)}, deep: deep, subs: [...]int{-1, -1, -1}}
	x.fix, x.store = fix, &x.survey.m.store
	x.path = dir
	defer x.close()
	health := &Health{Messages: -1}
	err := x.owner.Do(func() error { return x.run(health) })
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x.askLogin(ctx, &options)
	health.Findings = x.list()
	return health, nil
}

// inTmp is the directory in which mail is delivered, after inNew and inCur.
const inTmp = len(subNames)

// examined are the directories of a Maildir.
var examined = [...]string{subNames[inNew], subNames[inCur], "tmp"}

// examination is an Examine at work.
type examination struct {
	findings
	*store
	ctx    context.Context
	survey *Survey // for its lock, and to write tpops_uidl
	deep   bool
	uid    uint32 // to which all files should belong
	subs   [len(examined)]int
	table  *table // nil if the messages cannot be listed
}

func (x *examination) close() {
	for _, fd := range x.subs {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
	x.survey.Close()
}

// run looks for all faults, and repairs them.
func (x *examination) run(health *Health) error {
	if !filepath.IsAbs(x.path) {
		return errors.New("not an absolute path")
	}
	find := finder{x.owner, x.survey.m.reader.options.Roots}
	fd, err := find.open(filepath.Clean(x.path))
	if err != nil {
		return err
	}
	x.use(fd)
	if x.fix {
		if err := x.survey.lock(); err != nil {
			return err
		}
	}
	x.uid = uint32(threadUID())
	x.directories()
	if err := x.messages(health); err != nil {
		return err
	}
	for _, part := range []func() error{x.ownFiles, x.uidls, x.locks, x.lists} {
		if err := part(); err != nil {
			return err
		}
	}
	x.repair()
	return nil
}

// messages looks at all that is in the directories.
func (x *examination) messages(health *Health) error {
	if x.subs[inNew] >= 0 && x.subs[inCur] >= 0 {
		t, err := x.survey.m.newView(nil).scanner(x.ctx).table()
		if err != nil {
			return err
		}
		x.table, health.Messages = t, len(t.files)
		x.twins()
	}
	for sub, fd := range x.subs {
		if fd < 0 {
			continue
		}
		err := readDir(fd, make([]byte, 64<<10), x.ctx.Err, func(entry dirent) error {
			return x.entry(sub, string(entry.name))
		})
		if err != nil {
			return fmt.Errorf("read %s: %w", examined[sub], err)
		}
	}
	return nil
}

// twins looks for files that share their unique names.
func (x *examination) twins() {
	t := x.table
	for i, f := range t.files {
		if t.isTwin(i) {
			x.add(noteTwins, subNames[f.sub]+"/"+t.name(f), "", nil)
		}
	}
	for _, f := range t.copies {
		x.add(noteCopies, subNames[f.sub]+"/"+t.name(f), "", nil)
	}
}

// askLogin finds out whether a login would be refused.
func (x *examination) askLogin(ctx context.Context, options *Options) {
	if x.has(faultDirectory, faultUIDLFile) {
		return // which says so
	}
	err := x.owner.Do(x.writable)
	if err == nil {
		err = Foresee(ctx, x.owner, x.path, *options)
	}
	if err != nil && ctx.Err() == nil {
		x.add(faultRefused, "", err.Error(), nil)
	}
}

// ageOf returns how long nothing has changed a file.
func (x *examination) ageOf(stat unix.Stat_t) time.Duration {
	return x.now().Sub(laterOf(stat.Mtim, stat.Ctim))
}
