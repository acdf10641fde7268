package sd

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"
)

func TestStatusPace(t *testing.T) {
	n, m := notifier(t)
	synctest.Test(t, func(t *testing.T) {
		n.Status("first")
		synctest.Wait()
		m.want("STATUS=first\n")

		for i := range 100 { // within the second
			n.Status(fmt.Sprint(i))
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		m.want()
		time.Sleep(time.Second)
		synctest.Wait()
		m.want("STATUS=99\n")

		time.Sleep(time.Hour)
		m.want()
		n.Status("after a pause")
		synctest.Wait()
		m.want("STATUS=after a pause\n")

		n.Status("along")
		if err := n.Stopping(); err != nil {
			t.Error(err)
		}
		m.want("STOPPING=1\nSTATUS=along\n")
		time.Sleep(time.Minute)
		synctest.Wait()
		m.want()
	}) // It fails when a goroutine is left behind.
}

// TestStatusRate counts what is sent in ten seconds of changes.
func TestStatusRate(t *testing.T) {
	n, m := notifier(t)
	synctest.Test(t, func(t *testing.T) {
		got := 0
		for i := range 1000 {
			n.Status(fmt.Sprint(i))
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
			if _, ok := m.next(); ok {
				got++
			}
		}
		if got < 9 || got > 11 {
			t.Errorf("%d in ten seconds", got)
		}
		time.Sleep(time.Second)
	})
}

// FuzzOneLine holds that no value ends its line or is too long.
func FuzzOneLine(f *testing.F) {
	f.Add("12 sessions")
	f.Add("a\nREADY=1\r\x00\x1b[31m")
	f.Add("\xff\xfe\u2028\u0085")
	f.Add(strings.Repeat("日本語", 400))
	f.Add(strings.Repeat("\xff", 1000))
	f.Fuzz(func(t *testing.T, text string) {
		got := oneLine(text)
		if len(got) > maxStatus || !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("%q", got)
		}
		if oneLine(got) != got {
			t.Errorf("%q is changed again", got)
		}
		if len(text) <= maxStatus && utf8.ValidString(text) &&
			utf8.RuneCountInString(got) != utf8.RuneCountInString(text) && len(got) < maxStatus-4 {
			t.Errorf("%q has lost something: %q", text, got)
		}
	})
}
