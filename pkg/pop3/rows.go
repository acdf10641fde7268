package pop3

import "iter"

// rowsAtOnce is after how many octets rows are passed on.
const rowsAtOnce = 4 << 10

// rows yields a line for each message not marked as deleted: its number, a space, and what
// column appends. Many lines come at once, with line ends between them.
func (t *transaction) rows(column func([]byte, Message) []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		l, number := t.listing(), newDecimal()
		some := make([]byte, 0, rowsAtOnce+rowsAtOnce/8)
		for n, last := 1, l.Len(); n <= last; n++ {
			number.increment()
			if t.Marks.IsDeleted(n) {
				continue
			}
			if len(some) >= rowsAtOnce {
				if !yield(some) {
					return
				}
				some = some[:0]
			}
			if len(some) > 0 {
				some = append(some, '\r', '\n')
			}
			some = column(append(append(some, number.digits()...), ' '), l.Message(n))
		}
		if len(some) > 0 {
			yield(some)
		}
	}
}

// decimal counts in decimal digits, which is faster than to convert each number.
type decimal struct {
	all   [20]byte // digits of any uint64
	first int      // the index of the first one
}

// newDecimal returns 0, which has no digits.
func newDecimal() *decimal { return &decimal{first: len(decimal{}.all)} }

func (d *decimal) digits() []byte { return d.all[d.first:] }

func (d *decimal) increment() {
	for i := len(d.all) - 1; i >= d.first; i-- {
		if d.all[i] != '9' {
			d.all[i]++
			return
		}
		d.all[i] = '0'
	}
	d.first--
	d.all[d.first] = '1'
}
