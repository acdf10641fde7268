package uidlist

import (
	"fmt"
	"strconv"
	"strings"
)

// KeywordsName is the name of Dovecot's list of keywords.
const KeywordsName = "dovecot-keywords"

// maxKeywords is how many keywords a mailbox can have: one for each letter.
const maxKeywords = 26

// Keywords are the names of the keywords of a mailbox: that of index 0 is the
// flag 'a' of a file name. "" means that a letter has no keyword.
type Keywords [maxKeywords]string

// ReadKeywords reads a dovecot-keywords. The error is a *DamageError if a line is
// not a number from 0 to 25, a space and a name, or if a number or name is there
// twice.
func ReadKeywords(s Source) (*Keywords, error) {
	l, err := s.open()
	if err != nil {
		return nil, err
	}
	k := &Keywords{}
	for {
		line, more, err := l.next()
		if err != nil {
			return nil, err
		}
		if !more {
			return k, nil
		}
		number, name, _ := strings.Cut(line, " ")
		i, bad := strconv.ParseUint(number, 10, 32)
		switch {
		case bad != nil || i >= maxKeywords:
			return nil, l.damage("%.20q is not a number from 0 to 25", number)
		case name == "":
			return nil, l.damage("the keyword has no name")
		case k[i] != "":
			return nil, l.damage("number %d is there twice", i)
		}
		if _, double := k.Letter(name); double {
			return nil, l.damage("the keyword %q is there twice", name)
		}
		k[i] = name
	}
}

// Letter returns the letter by which a file name has the keyword, and whether
// there is one. Dovecot compares keywords without regard to case.
func (k *Keywords) Letter(keyword string) (byte, bool) {
	for i, name := range k {
		if name != "" && strings.EqualFold(name, keyword) {
			return 'a' + byte(i), true
		}
	}
	return 0, false
}

// Encode returns the file as Dovecot writes it.
func (k *Keywords) Encode() []byte {
	var text []byte
	for i, name := range k {
		if name != "" {
			text = fmt.Appendf(text, "%d %s\n", i, name)
		}
	}
	return text
}
