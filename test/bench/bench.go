package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"tpops/test/bench/peer"
	"tpops/test/bench/table"
)

// bench is a run of the benchmark and what it has found so far.
type bench struct {
	options
	size    scale
	dir     string // for all that is needed until the end of the run
	cert    *peer.Certificate
	built   string // version of TPOPS
	started time.Time
	load    string // average when the run began
	fast    string // for mailboxes where nothing is removed
	most    int    // sessions that can be open at a time

	dovecots []peer.Kind // those that are installed
	courier  []peer.Kind // one, or none if it is not installed
	row      string      // being measured
	lines    []*table.Line
	curves   []*table.Curve
	notes    []string
	worlds   int // made so far
}

// program stands for columns that are measured without a server: a program that
// only does the least that the work needs.
const program = "program"

// columns is the order of all columns that there can be.
func columns() []string {
	return []string{"thread", "thread alone", "prefork", "fork", "Dovecot 2.3 kept", "Dovecot 2.3 shared",
		"Dovecot 2.4 kept", "Dovecot 2.4 shared", "Courier", "null", "floor", program}
}

// findPeers notes which servers are missing.
func (b *bench) findPeers() {
	if b.profile != "" {
		return
	}
	b.dovecots = b.installed(peer.Dovecot23(false), peer.Dovecot23(true), peer.Dovecot24(b.root13, false), peer.Dovecot24(b.root13, true))
	b.courier = b.installed(peer.Courier(b.rootCourier))
}

// installed returns the servers that can be measured here.
func (b *bench) installed(kinds ...peer.Kind) []peer.Kind {
	return slices.DeleteFunc(kinds, func(k peer.Kind) bool {
		if k.Missing != "" {
			b.note("%s is left out: %s.", product(k), k.Missing)
		}
		return k.Missing != ""
	})
}

// product returns the name of a server without the way that it is set up.
func product(k peer.Kind) string {
	return strings.TrimSuffix(strings.TrimSuffix(k.Column, " kept"), " shared")
}

// others returns all other servers.
func (b *bench) others() []peer.Kind { return slices.Concat(b.dovecots, b.courier) }

// tpops returns TPOPS with each of the concurrency models.
func (b *bench) tpops(models ...string) []peer.Kind {
	var kinds []peer.Kind
	for _, model := range models {
		if b.profile == "" || model == "thread" {
			kinds = append(kinds, peer.TPOPS(b.program, model))
		}
	}
	return kinds
}

// null returns the server of constant answers.
func (b *bench) null() []peer.Kind {
	if b.profile != "" {
		return nil
	}
	return []peer.Kind{peer.Null()}
}

// floor returns null as a poll needs it at least.
func (b *bench) floor() []peer.Kind {
	if b.profile != "" {
		return nil
	}
	return []peer.Kind{peer.Floor()}
}

// shared returns each Dovecot whose processes serve many sessions.
func (b *bench) shared() []peer.Kind {
	var kinds []peer.Kind
	for _, k := range b.dovecots {
		if strings.HasSuffix(k.Column, "shared") {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// kept returns each Dovecot whose processes serve one session at a time.
func (b *bench) kept() []peer.Kind {
	var kinds []peer.Kind
	for _, k := range b.dovecots {
		if strings.HasSuffix(k.Column, "kept") {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// note adds a sentence to the report, unless it is there.
func (b *bench) note(format string, args ...any) {
	text := strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")
	if !slices.Contains(b.notes, text) {
		b.notes = append(b.notes, text)
	}
}

// progress shows on standard error what is being done.
func (b *bench) progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%4.0f s  %s: %s\n", time.Since(b.started).Seconds(), b.row, fmt.Sprintf(format, args...))
}
