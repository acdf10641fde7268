package main

import (
	"io"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
)

// windows is a terminal that has the next size each time that it is asked, and then
// the last one.
type windows struct {
	sizes  []tcell.WindowSize
	closed chan struct{}
}

func (w *windows) WindowSize() (tcell.WindowSize, error) {
	size := w.sizes[0]
	if len(w.sizes) > 1 {
		w.sizes = w.sizes[1:]
	}
	return size, nil
}

func (w *windows) Start() error                { return nil }
func (w *windows) Stop() error                 { return nil }
func (w *windows) Drain() error                { close(w.closed); return nil }
func (w *windows) NotifyResize(func())         {}
func (w *windows) Read([]byte) (int, error)    { <-w.closed; return 0, io.EOF }
func (w *windows) Write(p []byte) (int, error) { return len(p), nil }
func (w *windows) Close() error                { return nil }

// A window whose size changes while the screen begins is drawn, and has its last size.
func TestOpenScreenResized(t *testing.T) {
	t.Setenv("TERM", "linux")
	wide, narrow := tcell.WindowSize{Width: 402, Height: 100}, tcell.WindowSize{Width: 401, Height: 99}
	for name, sizes := range map[string][]tcell.WindowSize{
		"steady":                  {wide},
		"narrower":                {wide, narrow},
		"wider":                   {narrow, wide},
		"narrower and wide again": {wide, narrow, wide},
	} {
		t.Run(name, func(t *testing.T) {
			last := sizes[len(sizes)-1]
			drawn := make(chan tcell.Screen)
			go func() {
				screen, err := openScreen(&windows{sizes, make(chan struct{})})
				if err != nil {
					t.Error(err)
				} else {
					screen.Show()
				}
				drawn <- screen
			}()
			select {
			case screen := <-drawn:
				if screen == nil {
					return
				}
				defer screen.Fini()
				if width, height := screen.Size(); width != last.Width || height != last.Height {
					t.Errorf("%d × %d, want %v", width, height, last)
				}
			case <-time.After(time.Minute):
				t.Fatal("it is drawn for a minute")
			}
		})
	}
}
