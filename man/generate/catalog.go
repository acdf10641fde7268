package main

import (
	"fmt"
	"strings"

	"tpops/pkg/eventlog"
)

// catalog returns the message catalog in a language, in the format of
// systemd(1): https://systemd.io/CATALOG.
func catalog(l *language) string {
	var b strings.Builder
	b.WriteString(l.choose("# Message catalog of TPOPS, shown by journalctl -x. Written by man/generate.\n"+
		"# See tpops-events(7) for all events and fields.\n",
		"# TPOPS のメッセージカタログ。journalctl -x で表示される。man/generate が生成する。\n"+
			"# イベントとフィールドの一覧は tpops-events(7) にある。\n"))
	for k := range eventlog.Kinds() {
		fmt.Fprintf(&b, "\n-- %s\nSubject: %s\nDefined-By: TPOPS\nDocumentation:", k.ID, l.choose(k.Subject.English, k.Subject.Japanese))
		for page := range strings.FieldsSeq(k.Pages) {
			b.WriteString(" man:" + page)
		}
		fmt.Fprintf(&b, "\n\n%s\n", l.choose(k.Explanation.English, k.Explanation.Japanese))
	}
	return b.String()
}
