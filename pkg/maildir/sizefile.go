package maildir

import (
	"errors"

	"golang.org/x/sys/unix"
)

// fileOctets returns the size of a file.
func fileOctets(at place) (measured, error) {
	stat, err := statAt(at.dir(), at.name)
	if err != nil {
		return measured{}, err
	}
	if !isRegular(stat) {
		return measured{}, errNoFile
	}
	return sizeOfFile(stat), nil
}

// sizeOfFile returns the size of a file with that status.
func sizeOfFile(stat unix.Stat_t) measured {
	return measured{octets: stat.Size, file: stat.Size, print: contentMark(stat)}
}

// statedOctets returns the size of a message by its name or its file, which is not opened.
func statedOctets(at place, named int64, isNamed bool) (measured, error) {
	size, err := fileOctets(at)
	if isNamed && errors.Is(err, unix.EACCES) {
		return measured{octets: named}, nil // What cannot be looked at cannot be sent either.
	}
	if isNamed {
		size.octets = named
	}
	return size, err
}
