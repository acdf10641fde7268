package maildir

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// uidls looks at the lines of tpops_uidl.
func (x *examination) uidls() error {
	text, err := x.survey.m.reader.readUIDLs(x.ctx)
	if errors.Is(err, errNoUIDLs) {
		return nil
	}
	if err == nil {
		_, _, err = parseUIDLs(text, maxUIDLLines)
	}
	if err != nil {
		if !isPassing(err) {
			x.add(faultUIDLFile, uidlFile, err.Error(), nil)
			return nil
		}
		return err
	}
	g, useless := x.uidlLines(text)
	if x.table != nil {
		x.absent(g)
	}
	if x.fix && useless > 0 {
		return x.removeLines(text)
	}
	return nil
}

// uidlLines notes faults of the lines, and returns the lines of use and the number of
// others.
func (x *examination) uidlLines(text string) (g *givenUIDLs, useless int) {
	names := [...]string{lineNoForm: faultUIDLLine, lineIllegal: faultUIDLIllegal, lineDouble: faultUIDLDouble}
	g, number := emptyUIDLs(), 0
	rest, ordered := cutOrder(text)
	if ordered {
		number = 1
	}
	for line := range strings.Lines(rest) {
		number++
		before := len(g.byName)
		switch use := g.addLine(line, number); {
		case use != lineUsed:
			useless++
			x.add(names[use], uidlFile, lineDetail(number, line), nil)
		case len(g.byName) == before:
			x.add(noteUIDLTwice, uidlFile, lineDetail(number, line), nil)
		}
	}
	return g, useless
}

// emptyUIDLs returns givenUIDLs without a line.
func emptyUIDLs() *givenUIDLs {
	return &givenUIDLs{byName: map[string]givenUIDL{}, byUIDL: map[string]string{}}
}

// lineDetail names a line.
func lineDetail(number int, line string) string {
	const most = 200
	line = strings.TrimRight(line, "\r\n")
	return fmt.Sprintf("line %d: %s", number, line[:min(len(line), most)])
}

// absent notes lines whose messages are not there.
func (x *examination) absent(g *givenUIDLs) {
	inOrder := slices.SortedFunc(maps.Keys(g.byName), func(a, b string) int { return g.byName[a].line - g.byName[b].line })
	for _, unique := range inOrder {
		if first, end := x.table.find(unique); first == end {
			x.add(noteUIDLAbsent, uidlFile, fmt.Sprintf("line %d: %s", g.byName[unique].line, unique), nil)
		}
	}
}

// errOrderFirst is why lines are not removed.
var errOrderFirst = errors.New("the line #order would become the first one, and messages would have another order")

// removeLines writes tpops_uidl without the lines that are of no use. The others give
// the same UIDLs and the same order without them.
func (x *examination) removeLines(text string) error {
	kept, err := usefulLines(text)
	if err == nil {
		err = x.replaceLines(text, kept)
	}
	for k := range x.all {
		switch found := &x.all[k]; found.Fault.Name {
		case faultUIDLLine, faultUIDLIllegal, faultUIDLDouble:
			if found.Failed = err; err == nil {
				found.Repaired = found.Count
			}
		}
	}
	return nil
}

// usefulLines returns the lines of text that are of use.
func usefulLines(text string) (string, error) {
	var kept strings.Builder
	rest, ordered := cutOrder(text)
	kept.WriteString(text[:len(text)-len(rest)])
	g, number := emptyUIDLs(), 0
	for line := range strings.Lines(rest) {
		if number++; g.addLine(line, number) == lineUsed {
			kept.WriteString(strings.TrimRight(line, "\r\n") + "\n")
		}
	}
	if _, would := cutOrder(kept.String()); would != ordered {
		return "", errOrderFirst
	}
	return kept.String(), nil
}

// replaceLines writes tpops_uidl, unless it has become another than it was.
func (x *examination) replaceLines(was, text string) error {
	again, err := x.survey.m.reader.readUIDLs(context.WithoutCancel(x.ctx))
	if err == nil && again != was {
		err = errListWritten
	}
	if err != nil {
		return err
	}
	return x.survey.replace(text)
}
