package eventlog

import (
	"iter"
	"slices"
)

// Field is the name of an attribute in the journal. Names are a promise to log
// readers and never change.
type Field struct {
	Key     string // of the attribute, and in the text line
	Name    string // in the journal
	Meaning Text   // of the value, with its unit, for the manual
}

// maxValue and maxError limit the length of a value in octets, before control
// characters are escaped. A truncated value ends in "...". Errors may be longer,
// because they may contain a stack trace.
const (
	maxValue = 1024
	maxError = 16384
)

// fieldNames maps keys to names.
var fieldNames = func() map[string]string {
	names := make(map[string]string, len(fields))
	for _, f := range fields {
		names[f.Key] = f.Name
	}
	return names
}()

// common has the fields that do not come from an attribute.
var common = []Field{
	{"", "MESSAGE", Text{"The event and its fields in printable ASCII, as in the text line.", "イベントとそのフィールド (印字可能な ASCII)。テキストの行と同じ。"}},
	{"", "MESSAGE_ID", Text{"The kind of event as a 128-bit id.", "イベントの種類を表す 128 ビットの ID。"}},
	{"", "TPOPS_EVENT", Text{"The name of the event.", "イベントの名前。"}},
	{"", "PRIORITY", Text{"3 error, 4 warning, 6 info, 7 debug.", "3 はエラー、4 は警告、6 は情報、7 はデバッグ。"}},
	{"", "SYSLOG_IDENTIFIER", Text{"tpops", "tpops"}},
	{"", "SYSLOG_FACILITY", Text{"Number of the facility in the parameter syslog. Missing for none.", "パラメータ syslog のファシリティの番号。none のときは付かない。"}},
	{"", "TPOPS_TIME", Text{"Time of the event, if it waited more than a second to be written.", "イベントの時刻 (書き込みまで 1 秒より長く待ったときだけ)。"}},
}

// commonFields returns the fields that records of all kinds may have in the journal. They have
// no key.
func commonFields() iter.Seq[Field] { return slices.Values(common) }

// Fields returns the fields for the attributes of events.
func Fields() iter.Seq[Field] { return slices.Values(fields) }

// fieldName returns the name in the journal for the key of an attribute. A key that is
// not in the table is converted to a name that journald accepts. Keys never come from a
// client.
func fieldName(key string) string {
	if name, ok := fieldNames[key]; ok {
		return name
	}
	name := []byte("TPOPS_")
	for _, c := range []byte(key) {
		switch {
		case len(name) == 64:
			return string(name)
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		case !(c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'):
			c = '_'
		}
		name = append(name, c)
	}
	return string(name)
}
