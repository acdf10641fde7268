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
// not a number from 0 to 25, a space and a name, if a number or name is there
// twice, or if a name has a CR.
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
		if bad != nil || i >= maxKeywords {
			return nil, l.damage("%.20q is not a number from 0 to 25", number)
		}
		if why := k.set(int(i), name); why != "" {
			return nil, l.damage("%s", why)
		}
	}
}

// set sets the name of keyword i. It returns why that is wrong, or "".
func (k *Keywords) set(i int, name string) string {
	switch _, double := k.Letter(name); {
	case name == "":
		return "the keyword has no name"
	case strings.Contains(name, "\r"): // At the end of a line it would be taken for a part of that end.
		return fmt.Sprintf("the keyword %q has a carriage return", name)
	case k[i] != "":
		return fmt.Sprintf("number %d is there twice", i)
	case double:
		return fmt.Sprintf("the keyword %q is there twice", name)
	}
	k[i] = name
	return ""
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
