package maildir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// uidlFile is the file of maildir-uidl-convert, with lines of a file name, a
// TAB and the UIDL that the message had on another server. If its first line is
// OrderLine, the messages are in the order of its lines, and those that it does
// not list come after them. For 0.8 that line is one of a file that is not there.
const uidlFile = "tpops_uidl"

// OrderLine is the first line of a tpops_uidl whose lines are in the order of the
// messages, without its line end.
const OrderLine = "#order\tlines"

// How large uidlFile may be. It is the user's, so it has a limit.
const (
	maxUIDLFile  = 64 << 20 // octets
	maxUIDLLines = 1 << 20
)

// givenUIDLs is what uidlFile says. A nil one says nothing.
type givenUIDLs struct {
	byName  map[string]givenUIDL // by unique name
	byUIDL  map[string]string    // UIDL to the unique name that it belongs to
	ordered bool                 // the lines are in the order of the messages

	recalled *recalled // instead of all lines: what the index has of them
}

// givenUIDL is a line of uidlFile.
type givenUIDL struct {
	uidl string
	line int
}

// givenUIDLs reads uidlFile if there is one and the settings say so. One that
// cannot be used is an error, since to go on without it would give all
// messages new UIDLs, and clients would fetch them again.
func (r *reader) givenUIDLs(ctx context.Context) (*givenUIDLs, error) {
	if !r.options.UIDLConvert {
		r.warnOfUIDLs()
		return nil, nil
	}
	text, err := r.readUIDLs(ctx)
	if errors.Is(err, errNoUIDLs) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", uidlFile, err)
	}
	g, unused, err := parseUIDLs(text, maxUIDLLines)
	if err != nil {
		return nil, err
	}
	if unused > 0 {
		r.logger().Warn("tpops_uidl has invalid lines", "lines", unused)
	}
	return g, nil
}

// warnOfUIDLs logs that there is a uidlFile that the settings do not use.
func (r *reader) warnOfUIDLs() {
	if _, err := statAt(r.dir, uidlFile); err == nil {
		r.logger().Warn("tpops_uidl ignored, since maildir-uidl-convert is no")
	}
}

// errNoUIDLs means that there is no uidlFile.
var errNoUIDLs = errors.New("there is no such file")

// readUIDLs reads uidlFile. A file that another program is writing is read
// again when it rests: a part of it would give all other messages new UIDLs.
func (r *reader) readUIDLs(ctx context.Context) (string, error) {
	until := time.Now().Add(patience)
	for pause := firstRest; ; pause = min(2*pause, maxRest) {
		text, err := r.readUIDLsOnce(ctx)
		if !errors.Is(err, errUnsettled) || !time.Now().Before(until) {
			return text, err
		}
		if err := sleep(ctx, pause); err != nil {
			return "", err
		}
	}
}

func (r *reader) readUIDLsOnce(ctx context.Context) (string, error) {
	fd, before, err := openRegular(r.dir, uidlFile, unix.O_RDONLY)
	if errors.Is(err, unix.ENOENT) && err != errNoFile {
		return "", errNoUIDLs
	}
	if err != nil {
		return "", notPassing(err)
	}
	opened := time.Now()
	file := os.NewFile(uintptr(fd), uidlFile)
	defer file.Close()
	if before.Size > maxUIDLFile {
		return "", fmt.Errorf("%w: larger than %d octets", pop3.ErrPermanent, maxUIDLFile)
	}
	var text strings.Builder
	if _, err := io.Copy(&text, io.LimitReader(contextReader{ctx, file}, maxUIDLFile)); err != nil {
		return "", err
	}
	var after unix.Stat_t
	if err := retry(func() error { return unix.Fstat(fd, &after) }); err != nil {
		return "", err
	}
	if !stateOf(before).same(stateOf(after)) || isUnfinished(text.String(), before, opened) {
		return "", fmt.Errorf("another program is writing it: %w", errUnsettled)
	}
	return text.String(), nil
}

// isUnfinished reports whether a file that had that status at the time now is
// being written, as far as one can see: it was changed just now, or a moment
// ago and does not end with a line.
func isUnfinished(text string, stat unix.Stat_t, now time.Time) bool {
	age := now.Sub(time.Unix(stat.Ctim.Unix()))
	if age < 0 {
		return false // The clock was set back; nothing can be said.
	}
	return age <= ticks || age <= granularity && !strings.HasSuffix(text, "\n")
}

// parseUIDLs reads the lines of uidlFile. Of two lines for one message the
// last counts, of two messages with one UIDL the first. It returns how many
// lines were of no use: not in the form, the UIDL illegal or another's.
func parseUIDLs(text string, limit int) (g *givenUIDLs, unused int, err error) {
	const most = 1 << 17 // Not what a file of blank lines would have.
	count := min(strings.Count(text, "\n"), limit, most) + 1
	g = &givenUIDLs{byName: make(map[string]givenUIDL, count), byUIDL: make(map[string]string, count)}
	text, g.ordered = cutOrder(text)
	number := 0
	for line := range strings.Lines(text) {
		if number++; number > limit {
			return nil, 0, fmt.Errorf("%s: %w: more than %d lines", uidlFile, pop3.ErrPermanent, limit)
		}
		if g.addLine(line, number) != lineUsed {
			unused++
		}
	}
	return g, unused, nil
}

// lineUse is what a line of uidlFile is good for.
type lineUse uint8

const (
	lineUsed    lineUse = iota
	lineNoForm          // there is no name, or no UIDL
	lineIllegal         // the UIDL is illegal
	lineDouble          // another message has the UIDL
)

// addLine adds a line, if it is of use.
func (g *givenUIDLs) addLine(line string, number int) lineUse {
	name, uidl, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
	unique := name[:uniqueLen(name)]
	owner, double := g.byUIDL[uidl]
	switch {
	case unique == "" || uidl == "":
		return lineNoForm
	case !isUIDL(uidl):
		return lineIllegal
	case double && owner != unique:
		return lineDouble
	}
	g.byName[unique], g.byUIDL[uidl] = givenUIDL{uidl, number}, unique
	return lineUsed
}

// cutOrder returns the text without its first line if that is OrderLine.
func cutOrder(text string) (rest string, ordered bool) {
	first, rest, _ := strings.Cut(text, "\n")
	if strings.TrimSuffix(first, "\r") != OrderLine {
		return text, false
	}
	return rest, true
}
