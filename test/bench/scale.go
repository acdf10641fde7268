package main

import "time"

// scale is how large everything is and how often it is measured.
type scale struct {
	rounds     int           // each figure is the median of so many
	window     time.Duration // of one measurement that counts sessions or replies
	big, huge  int           // messages in a large and in a very large mailbox
	large      int           // octets of a large message
	waiting    int           // sessions whose memory is measured
	settle     time.Duration // that a server gets after work until its memory is measured
	memory     int           // rounds with fresh servers in rows that measure memory
	crowd      int           // sessions in one process
	same       int           // messages in a mailbox that ten sessions use
	starts     int           // processes to start
	mailboxes  int           // polled in turn
	curve      int           // largest number of messages of a curve
	curveCrowd int           // largest number of sessions of a curve
}

var scales = map[string]scale{
	"quick": {rounds: 3, window: 40 * time.Millisecond, big: 500, huge: 2000, large: 4 << 20, waiting: 100, settle: 200 * time.Millisecond, memory: 1,
		crowd: 1000, same: 5000, starts: 10, mailboxes: 100, curve: 100, curveCrowd: 100},
	"full": {rounds: 5, window: 300 * time.Millisecond, big: 10_000, huge: 100_000, large: 20 << 20, waiting: 5000, settle: time.Second, memory: 1,
		crowd: 100_000, same: 200_000, starts: 60, mailboxes: 10_000, curve: 100_000, curveCrowd: 10_000},
	"all": {rounds: 9, window: time.Second, big: 10_000, huge: 100_000, large: 20 << 20, waiting: 5000, settle: time.Second, memory: 5,
		crowd: 100_000, same: 200_000, starts: 200, mailboxes: 100_000, curve: 1_000_000, curveCrowd: 100_000},
}

// users is how many lines the passwd-file has where its size matters.
const users = 6000

// small is the size of an ordinary message in octets.
const small = 1000
