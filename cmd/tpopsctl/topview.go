package main

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"

	"tpops/pkg/operator"
)

// topView is what top shows, and what the user is doing.
type topView struct {
	question operator.TopQuestion
	topAnswer
	answered bool   // once
	chosen   string // session under the cursor
	paused   bool
	typing   bool                // a text for the filter
	text     string              // typed so far
	doubting bool                // the user is asked whether to end doomed
	doomed   operator.TopSession // as it was when k was pressed
	note     string              // about the last action, or empty
}

// topAction is what a key demands besides drawing.
type topAction int

const (
	topNothing topAction = iota
	topAsk               // ask the daemon
	topKick              // end the session doomed
	topQuit
)

// maxFilter bounds the text of the filter, in characters.
const maxFilter = 100

// show takes over an answer. The cursor stays on its session.
func (v *topView) show(a topAnswer) {
	v.topAnswer, v.answered = a, true
	if v.cursor() < 0 {
		v.chosen = ""
	}
}

// cursor returns the number of the chosen row, -1 if there is none.
func (v *topView) cursor() int {
	return slices.IndexFunc(v.rows, func(s operator.TopSession) bool { return s.ID == v.chosen })
}

// press obeys a key.
func (v *topView) press(key *tcell.EventKey) topAction {
	v.note = ""
	switch {
	case key.Key() == tcell.KeyCtrlC:
		return topQuit
	case v.typing:
		return v.pressTyping(key)
	case v.doubting:
		return v.pressDoubting(key)
	case key.Key() == tcell.KeyUp:
		v.move(-1)
	case key.Key() == tcell.KeyDown:
		v.move(1)
	case key.Key() == tcell.KeyRune:
		return v.pressRune(key.Rune())
	}
	return topNothing
}

// move moves the cursor.
func (v *topView) move(by int) {
	if len(v.rows) == 0 {
		return
	}
	i := v.cursor()
	if i < 0 && by < 0 {
		i = 1
	}
	v.chosen = v.rows[min(max(i+by, 0), len(v.rows)-1)].ID
}

// pressRune obeys a letter.
func (v *topView) pressRune(letter rune) topAction {
	if name := orderOf(letter); name != "" {
		v.question.Reverse = name == v.question.Sort && !v.question.Reverse
		v.question.Sort = name
		return topAsk
	}
	switch letter {
	case 'q':
		return topQuit
	case 'p':
		v.paused = !v.paused
		return topAsk
	case '/':
		v.typing, v.text = true, v.question.Text
	case 'k':
		if i := v.cursor(); i >= 0 {
			v.doubting, v.doomed = true, v.rows[i]
		} else {
			v.note = "choose a session with the arrows first"
		}
	}
	return topNothing
}

// orderOf returns the order that a letter stands for, or "".
func orderOf(letter rune) string {
	i := strings.IndexRune("uastorm", letter)
	if i < 0 {
		return ""
	}
	return operator.TopOrders()[i]
}

// pressTyping obeys a key while the text of the filter is typed.
func (v *topView) pressTyping(key *tcell.EventKey) topAction {
	switch key.Key() {
	case tcell.KeyEnter:
		v.typing, v.question.Text = false, v.text
		return topAsk
	case tcell.KeyEscape:
		v.typing = false
	case tcell.KeyBackspace, tcell.KeyBackspace2:
		_, size := utf8.DecodeLastRuneInString(v.text)
		v.text = v.text[:len(v.text)-size]
	case tcell.KeyRune:
		if utf8.RuneCountInString(v.text) < maxFilter {
			v.text += string(key.Rune())
		}
	}
	return topNothing
}

// pressDoubting obeys the answer to the question whether to end a session.
func (v *topView) pressDoubting(key *tcell.EventKey) topAction {
	v.doubting = false
	if key.Key() == tcell.KeyRune && key.Rune() == 'y' {
		return topKick
	}
	v.note = "not ended"
	return topNothing
}
