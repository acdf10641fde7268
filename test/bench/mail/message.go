// Package mail makes the mailboxes that the servers of a benchmark serve.
package mail

import (
	"bytes"
	"fmt"
	"strings"
)

// header is that of each message; TOP n 0 returns it.
const header = "Return-Path: <ann@example.org>\nReceived: from mx.example.org (mx.example.org [192.0.2.1])\n" +
	"\tby mail.example.net with ESMTPS id 4F2Q1x; Sat, 28 Nov 2026 12:00:00 +0000\n" +
	"From: Ann <ann@example.org>\nTo: Bob <bob@example.net>\nSubject: minutes of the meeting\n" +
	"Date: Sat, 28 Nov 2026 12:00:00 +0000\nMessage-ID: <4F2Q1x@example.org>\nContent-Type: text/plain\n\n"

// text is a line of a body, like one of base64.
var text = strings.Repeat("QUJD", 19) + "\n"

// Message returns a message of about this many octets, with the line ends of a
// file. No line begins with a dot.
func Message(octets int) []byte {
	lines := max(octets-len(header), 0)/len(text) + 1
	return append([]byte(header), strings.Repeat(text, lines)...)
}

// OnTheWire returns a message with the line ends of POP3.
func OnTheWire(message []byte) []byte {
	return bytes.ReplaceAll(message, []byte("\n"), []byte("\r\n"))
}

// name returns the file name of message i of a mailbox: without a size, as
// Postfix delivers it, or if exact with the sizes that Dovecot writes. The flag
// S keeps Dovecot from renaming it.
func name(i int, message []byte, exact bool) string {
	sizes := ""
	if exact {
		sizes = fmt.Sprintf(",S=%d,W=%d", len(message), len(message)+bytes.Count(message, []byte("\n")))
	}
	return fmt.Sprintf("%d.M%06dP1.mail.example.net%s:2,S", 1_700_000_000+i, i%1_000_000, sizes)
}
