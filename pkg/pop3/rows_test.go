package pop3

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

func TestDecimal(t *testing.T) {
	d := newDecimal()
	for n := 1; n <= 123_456; n++ {
		if d.increment(); string(d.digits()) != strconv.Itoa(n) {
			t.Fatalf("%s, want %d", d.digits(), n)
		}
	}
}

// Each message that is not marked as deleted has one line, whatever comes at once.
func TestRows(t *testing.T) {
	for _, deleted := range []func(n int) bool{
		func(int) bool { return false },
		func(int) bool { return true },
		func(n int) bool { return n%3 == 1 },
		func(n int) bool { return n > 10 && n < 2990 },
	} {
		tx := listed(3000)
		var lists, uidls strings.Builder
		for n := 1; n <= 3000; n++ {
			if deleted(n) {
				tx.Marks.Delete(n)
				continue
			}
			_, _ = fmt.Fprintf(&lists, "%d %d\r\n", n, (n-1)*100)
			_, _ = fmt.Fprintf(&uidls, "%d 1700000000.M123456P123.host\r\n", n)
		}
		for command, want := range map[string]string{"LIST": lists.String(), "UIDL": uidls.String()} {
			var got bytes.Buffer
			list(t, tx, &writer{to: &got}, command)
			if got.String() != want+".\r\n" {
				t.Errorf("%s: %d octets, want %d", command, got.Len(), len(want)+3)
			}
		}
	}
}
