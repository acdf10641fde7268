package backend

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/maildir"
	"tpops/pkg/pop3"
)

// A client that repeats its login each minute makes one record an hour for each reason.
func TestRefusedOncePerHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		log, r := slog.New(slog.NewTextHandler(&text, nil)), newRefusals()
		for range 121 {
			for _, reason := range []string{"uid", "path"} {
				r.note(log, "/m", maildir.Refusal{Reason: reason, Fix: "do"}, errors.New("cause"))
			}
			time.Sleep(time.Minute)
		}
		if n := strings.Count(text.String(), "\n"); n != 6 {
			t.Errorf("%d records\n%s", n, text.String())
		}
		for _, part := range []string{`msg="mailbox refused" maildir=/m reason=uid fix=do error=cause`, "reason=path"} {
			if !strings.Contains(text.String(), part) {
				t.Errorf("no %s in\n%s", part, text.String())
			}
		}
	})
}

// What is remembered has a bound.
func TestRefusedBounded(t *testing.T) {
	r := newRefusals()
	for i := range 3 * maxRefused {
		if !r.isDue(refusedMailbox{fmt.Sprint(i), "uid"}, time.Now()) {
			t.Fatal("not due")
		}
		if len(r.last) > maxRefused {
			t.Fatal(len(r.last))
		}
	}
}

// An owner below first-uid is refused with the parameter.
func TestRefusedUID(t *testing.T) {
	var text bytes.Buffer
	open := OpenMaildir(load(t, "--parallel-type=thread", "--first-uid=1000"), slog.New(slog.NewTextHandler(&text, nil)), Kept{})
	account := &pop3.Account{Name: "ann", UID: 7, Maildrop: "/nonexistent"}
	for range 3 {
		if m, err := open(t.Context(), account, &pop3.Client{}); m != nil || !errors.Is(err, pop3.ErrPermanent) {
			t.Errorf("%v, %v", m, err)
		}
	}
	if got := text.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `user=ann maildir=/nonexistent reason=uid fix="first-uid = 7"`) {
		t.Error(got)
	}
}
