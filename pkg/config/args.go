package config

import "strings"

// args reads the words of the command line.
type args struct {
	*loader
	words    []string
	settings []setting
	mistyped bool   // the last option is unknown: a word after it may be its value, perhaps a secret
	secret   string // the last option if its value is a secret: a word after it may be part of it
}

// readArgs returns the options that are well formed, with values that are not yet
// checked. It notes the others as problems.
func (l *loader) readArgs() []setting {
	a := &args{loader: l, words: l.source.Args}
	for len(a.words) > 0 {
		word := a.next()
		switch {
		case word == "--":
			a.strays()
		case strings.HasPrefix(word, "--"):
			a.long(word)
		case len(word) > 1 && word[0] == '-':
			a.short(word)
		default:
			a.stray(word)
		}
	}
	return a.settings
}

func (a *args) next() string {
	word := a.words[0]
	a.words = a.words[1:]
	return word
}

// long handles --name, --name=value and --name value.
func (a *args) long(word string) {
	option, text, hasText := strings.Cut(word, "=")
	p, ok := a.byName[option[2:]]
	if !ok {
		a.unknown(option, option[2:])
		return
	}
	if !hasText {
		text, hasText = a.value(p)
	}
	a.add(p, option, text, hasText)
}

// short handles a word of single letters. The last one may have a value:
// -f FILE, -fFILE, -hf FILE.
func (a *args) short(word string) {
	name, _, _ := strings.Cut(word[1:], "=")
	_, isLong := a.byName[name] // -fg is meant as --fg, not as the file g
	for letters := word[1:]; letters != ""; {
		p := a.byLetter(letters[:1])
		if p == nil || isLong {
			a.unknown("-"+name, name)
			return
		}
		option := "-" + letters[:1]
		letters = letters[1:]
		switch {
		case p.Kind == KindSwitch:
			a.add(p, option, "yes", true)
		case letters != "":
			a.add(p, option, letters, true)
			return
		default:
			text, ok := a.value(p)
			a.add(p, option, text, ok)
		}
	}
}

func (a *args) byLetter(letter string) *Param {
	for i := range a.rows {
		if a.rows[i].Short == letter {
			return &a.rows[i]
		}
	}
	return nil
}

// value returns the value of p from the words after its name. A switch has none,
// and a word that is an option is never a value.
func (a *args) value(p *Param) (string, bool) {
	if p.Kind == KindSwitch {
		return "yes", true
	}
	if len(a.words) == 0 || a.isLong(a.words[0]) {
		return "", false
	}
	return a.next(), true
}

func (a *args) isLong(word string) bool {
	option, _, _ := strings.Cut(word, "=")
	name, ok := strings.CutPrefix(option, "--")
	return ok && (name == "" || a.byName[name] != nil)
}

func (a *args) add(p *Param, option, text string, hasText bool) {
	at := place{option: option}
	a.mistyped, a.secret = false, ""
	if p.Kind == KindSecret {
		a.secret = option
	}
	if !hasText {
		a.problem(at, "needs a value")
		a.broken[p.Name] = true
		return
	}
	a.settings = append(a.settings, setting{p.Name, text, at})
}

func (a *args) unknown(option, name string) {
	a.problem(place{option: printable(option)}, "unknown option%s", DidYouMean(name, "--", a.names))
	a.mistyped = true
}

// stray rejects a word that belongs to no option.
func (a *args) stray(word string) {
	switch {
	case a.mistyped:
	case a.secret != "":
		a.problem(place{option: a.secret}, "is followed by a word that is not an option: put quotes around a value with spaces")
	case word == "":
		a.problem(place{option: `""`}, "not an option")
	default:
		a.problem(place{option: printable(word)}, "not an option%s", DidYouMean(strings.TrimLeft(word, "-"), "--", a.names))
	}
}

// strays rejects all words after a bare --.
func (a *args) strays() {
	for len(a.words) > 0 {
		a.stray(a.next())
	}
}
