package main

import (
	"fmt"
	"os"
	"syscall"
)

// spareFiles is how many files a process needs besides those of sessions.
const spareFiles = 500

// filesPerSession is how many files a server has open for a session that waits:
// its connection, and the folder of its mailbox.
const filesPerSession = 2

// moreFiles allows this process, and the servers that it starts, as many open
// files as the system permits, and returns how many sessions that suffices for.
func moreFiles() (sessions int, err error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, fmt.Errorf("read the limit of open files: %w", err)
	}
	if more := (syscall.Rlimit{Cur: 400_000, Max: 400_000}); os.Getuid() == 0 && limit.Max < more.Max {
		// Root in a container may lack the right.
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &more) == nil {
			limit = more
		}
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, fmt.Errorf("raise the limit of open files: %w", err)
	}
	return (int(limit.Cur) - spareFiles) / filesPerSession, nil
}

// sessions returns how many of the wanted sessions can be opened here.
func (b *bench) sessions(wanted int) int {
	if wanted <= b.most {
		return wanted
	}
	b.note("The row %s has %d sessions instead of %d: a process may open no more files here (ulimit -n).", b.row, b.most, wanted)
	return b.most
}
