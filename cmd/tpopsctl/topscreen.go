package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/signal"
	"syscall"
	"time"

	"github.com/gdamore/tcell/v2"

	"tpops/pkg/operator"
)

// topPause is how often the sessions are shown again.
const topPause = 2 * time.Second

// topScreen shows a view on a terminal. Only one goroutine uses it; others send to its
// channels.
type topScreen struct {
	*topOptions
	screen  tcell.Screen
	view    topView
	answers chan fetched
	notes   chan string // what became of ending a session
	asking  bool        // an answer will come
}

// fetched is an answer or the error in its place.
type fetched struct {
	topAnswer
	err error
}

// watch shows the sessions until the user quits. The terminal is restored however it
// ends.
func (o *topOptions) watch(ctx context.Context, out io.Writer) error {
	tty, err := tcell.NewStdIoTty()
	if err != nil {
		return err
	}
	screen, err := openScreen(tty)
	if err != nil {
		return o.once(ctx, out) // The terminal is unknown.
	}
	defer screen.Fini()
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
	defer stop()
	t := &topScreen{
		topOptions: o, screen: screen, view: topView{question: o.question},
		answers: make(chan fetched), notes: make(chan string),
	}
	return t.run(ctx)
}

// run shows the view until the user quits.
func (t *topScreen) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // so that the goroutines end
	events := make(chan tcell.Event)
	go t.screen.ChannelEvents(events, ctx.Done())
	tick := time.NewTicker(topPause)
	defer tick.Stop()
	t.ask(ctx)
	for {
		select {
		case <-ctx.Done():
			return errInterrupted
		case event := <-events: // nil if the terminal is gone, or after a signal
			if event == nil {
				return errInterrupted
			}
			if t.obey(ctx, event) {
				return nil
			}
		case a := <-t.answers:
			if err := t.take(a); err != nil {
				return err
			}
		case t.view.note = <-t.notes:
			t.ask(ctx)
		case <-tick.C:
			t.refresh(ctx)
		}
		t.draw(time.Now())
	}
}

// refresh asks the daemon again, unless the user has paused.
func (t *topScreen) refresh(ctx context.Context) {
	if !t.view.paused {
		t.ask(ctx)
	}
}

// ask asks the daemon in the background, unless an answer is to come.
func (t *topScreen) ask(ctx context.Context) {
	if t.asking {
		return
	}
	t.asking = true
	q := t.view.question
	_, height := t.screen.Size()
	q.Limit = min(max(height-topLines, 1), operator.MaxTop)
	go func() {
		a, err := t.fetch(ctx, q)
		select {
		case t.answers <- fetched{a, err}:
		case <-ctx.Done():
		}
	}()
}

// take shows an answer. It returns the error that ends the program.
func (t *topScreen) take(a fetched) error {
	t.asking = false
	var known *failure
	switch {
	case a.err == nil:
		t.view.show(a.topAnswer)
	case !errors.As(a.err, &known):
		return &failure{code: exitNoServer, err: a.err} // The connection broke off.
	case known.code == exitTemporary || known.code == exitUsage:
		t.view.note = known.Error()
	default:
		return a.err
	}
	return nil
}

// obey obeys an event of the terminal. It reports whether the user quits.
func (t *topScreen) obey(ctx context.Context, event tcell.Event) (quits bool) {
	switch event := event.(type) {
	case *tcell.EventResize:
		t.screen.Sync()
		t.ask(ctx)
	case *tcell.EventKey:
		switch t.view.press(event) {
		case topQuit:
			return true
		case topAsk:
			t.ask(ctx)
		case topKick:
			t.kick(ctx, t.view.doomed)
		}
	}
	return false
}

// kick ends a session in the background.
func (t *topScreen) kick(ctx context.Context, s operator.TopSession) {
	go func() {
		note := "no such session"
		_, err := t.askUntil(ctx, "kick", operator.Filter{Session: s.ID}, func(row json.RawMessage) error {
			note = kickedText(&s.Session)
			return nil
		})
		if err != nil {
			note = fmt.Sprintf("%s: %v", s.ID, err)
		}
		select {
		case t.notes <- note:
		case <-ctx.Done():
		}
	}()
}
