package main

import (
	"sync"
	"sync/atomic"

	"github.com/gdamore/tcell/v2"
)

// openScreen prepares a terminal to be drawn on; the caller ends it with Fini. The error
// is that of a terminal that is unknown.
func openScreen(tty tcell.Tty) (tcell.Screen, error) {
	steady := &steadyTty{Tty: tty, first: sync.OnceValues(tty.WindowSize)}
	screen, err := tcell.NewTerminfoScreenFromTty(steady)
	if err == nil {
		err = screen.Init()
	}
	if err != nil {
		return nil, err
	}
	steady.begun.Store(true)
	screen.Show() // It asks for the size again.
	return screen, nil
}

// steadyTty is a terminal that has one size until the screen has begun. tcell asks for the size
// twice when it begins. If the second answer is narrower, and the window has its first
// size again later, tcell draws without end.
type steadyTty struct {
	tcell.Tty
	first func() (tcell.WindowSize, error)
	begun atomic.Bool
}

// WindowSize returns the size.
func (s *steadyTty) WindowSize() (tcell.WindowSize, error) {
	if s.begun.Load() {
		return s.Tty.WindowSize()
	}
	return s.first()
}
